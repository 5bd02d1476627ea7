"""`voice-agent evaluate safety`, whole, on a few invented sentences."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from voice_agent.__main__ import main
from voice_agent.demo.progress import Progress
from voice_agent.evaluation import command, gate, report, sets
from voice_agent.evaluation.cases import Part
from voice_agent.evaluation.command import Options
from voice_agent.evaluation.gate import Bounds, Floors, KnownMiss
from voice_agent.evaluation.report import Report
from voice_agent.evaluation.workers import EvaluationError

EXAMPLES = Path(__file__).parent / "sets"
MISSED = "the library opens at nine"


@dataclass
class Screen:
    """A terminal that remembers."""

    text: str = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return False


@dataclass
class Ran:
    """One run."""

    printed: str
    report: Report
    html: str = field(repr=False)


def run(folder: Path, options: Options) -> Ran:
    screen = Screen()
    options = replace(options, json=folder / "r.json", html=folder / "r.html", folder=folder / "run", rules_only=True)
    assert command.safety(replace(options, sets=EXAMPLES), Progress(screen))  # type: ignore[arg-type]
    text = (folder / "r.json").read_text(encoding="utf-8")
    return Ran(screen.text, report.from_json(text, "r.json"), (folder / "r.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(tmp_path_factory.mktemp("written"), Options())


def test_both_parts_are_scored(written: Ran) -> None:
    for part in ("development", "locked"):
        one = written.report.of(part, report.RULES_ALONE)
        assert written.report.of(part, report.WRITTEN) is None, "there was no second opinion"
        assert one
        assert (one.figure("caught").share.hits, one.figure("caught").share.n) == (4, 5)
        assert one.figure("harmless_flagged").share.hits == 0
        assert [told.text for told in one.missed] == [MISSED]


def test_the_missed_one_is_printed_and_shown(written: Ran) -> None:
    assert MISSED in written.printed
    assert MISSED in written.html
    assert "Emergencies flagged or asked about" in written.printed


def test_stress_is_part_of_every_run(written: Ran) -> None:
    stress = written.report.stress
    assert stress
    assert (stress.all.n, stress.all.hits, stress.not_caught_plain) == (4, 0, 1)


def test_spoken_sentences_are_heard_over_the_line(tmp_path: Path) -> None:
    ran = run(tmp_path, Options(parts=(Part.LOCKED,), spoken=True, limit=3))
    spoken = ran.report.of("locked", "spoken")
    assert spoken
    assert sum(sum(counts) for counts in spoken.confusion.counts) == 3
    assert "3 of 48 renditions by 6 synthetic voices" in spoken.conditions
    assert len(list((tmp_path / "run" / "spoken").glob("*.ulaw"))) == 3


@pytest.mark.timeout(600)
def test_whole_calls_are_held_against_a_rasa_of_our_own(tmp_path: Path) -> None:
    ran = run(tmp_path, Options(parts=(Part.LOCKED,), calls=True, environ={**os.environ}))
    calls = ran.report.calls
    assert calls
    assert [(one.kind, one.case) for one in calls.calls][:3] == [
        ("vignette", "thunderclap"), ("vignette", "plain_headache"), ("hidden", "infant_fever.1"),
    ]  # fmt: skip
    assert [one.kind for one in calls.calls][3:] == ["missed"]
    assert "Whole calls (4)" in ran.printed


def test_an_earlier_run_is_shown_again_without_a_new_one(tmp_path: Path, written: Ran) -> None:
    (tmp_path / "earlier.json").write_text(report.to_json(written.report), encoding="utf-8")
    arguments = ["evaluate", "safety", "--sets", str(EXAMPLES), "--from", str(tmp_path / "earlier.json")]
    result = CliRunner().invoke(main, [*arguments, "--html", str(tmp_path / "again.html")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == written.html


def test_the_gate_sees_what_got_worse(written: Ran) -> None:
    loaded = [sets.load(EXAMPLES, part) for part in Part]
    missed = next(one for one in loaded[1].sentences if one.text == MISSED)
    known = [KnownMiss(missed.id, "heart_attack", "lay", "nothing can")]
    held = Floors({}, {"locked": Bounds({"caught": 0.8})}, Bounds(), Bounds(at_most={"lowered": 0.0}))
    assert command.breaches(written.report, loaded, held, known) == []
    higher = replace(held, rules_alone={"locked": Bounds({"caught": 0.9}), "development": Bounds({"flagged": 1.0})})
    found = command.breaches(whole_line(written.report), loaded, replace(higher, written=higher.rules_alone), [])
    assert [breach.split(":")[0] for breach in found] == [
        "development, written",
        "development, written, rules alone",
        "locked, written",
        "locked, written, rules alone",
        "a new false reassurance",
    ]
    assert command.breaches(whole_line(written.report), loaded, held, known) == []


def whole_line(told: Report) -> Report:
    """As if a second opinion had been there, and silent."""
    return replace(told, sentences=(*told.sentences, *(replace(one, way=report.WRITTEN) for one in told.sentences)))


def test_a_wrong_set_is_named_and_leaves_status_2(tmp_path: Path) -> None:
    for name in ("development.yaml", "locked.yaml"):
        shutil.copy(EXAMPLES / name, tmp_path)
    text = (tmp_path / "locked.yaml").read_text(encoding="utf-8")
    (tmp_path / "locked.yaml").write_text(text.replace("harmless:", "harmles:"), encoding="utf-8")
    result = CliRunner().invoke(main, ["evaluate", "safety", "--sets", str(tmp_path)])
    assert result.exit_code == 2
    assert "did you mean 'harmless'?" in result.output


def test_calls_need_the_projects_own_dialogs(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="leave out --dialogs"):
        command.safety(Options(sets=EXAMPLES, calls=True, dialogs=tmp_path), Progress(Screen()))  # type: ignore[arg-type]


def test_the_command_holds_the_recorded_gate_on_request(tmp_path: Path, written: Ran) -> None:
    (tmp_path / "earlier.json").write_text(report.to_json(whole_line(written.report)), encoding="utf-8")
    arguments = ["evaluate", "safety", "--sets", str(EXAMPLES), "--from", str(tmp_path / "earlier.json"), "--gate"]
    assert "leave out --rules-only" in CliRunner().invoke(main, [*arguments, "--rules-only"]).output
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1, "invented sentences are not those that the gate was recorded on"
    assert "GATE: a new false reassurance" in result.output
    assert json.loads((tmp_path / "earlier.json").read_text(encoding="utf-8"))["version"] == report.VERSION
    assert gate.load_floors(command.FLOORS)
