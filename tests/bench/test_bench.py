"""A whole bench, short: real callers on the real line. Whether it measures, not how fast anything is."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from whole_line import Line as WholeLine

from voice_agent.__main__ import main
from voice_agent.bench import command, report, script
from voice_agent.bench.callers import BenchError
from voice_agent.bench.command import Options
from voice_agent.bench.lines import Line
from voice_agent.bench.report import Report
from voice_agent.bench.script import Shares
from voice_agent.demo.progress import Progress

pytestmark = pytest.mark.timeout(600)
CALLS = 2
SECONDS = 25.0


@dataclass
class Run:
    """What came of it."""

    reports: list[Report]
    printed: str
    json: Path
    html: Path


class Screen:
    """A terminal that remembers."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """All is there already."""

    def isatty(self) -> bool:
        return False


@pytest.fixture(scope="module")
def run(line: WholeLine, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two callers who book, undisturbed. The line's own twin is used, and given its voice and streams back."""
    whole = script.load()
    quiet = Shares(**{one.name: 0.0 for one in fields(Shares)})
    play = replace(whole, goals=tuple(goal for goal in whole.goals if goal.name == "booking"), shares=quiet)
    folder = tmp_path_factory.mktemp("bench")
    screen = Screen()
    progress = Progress(screen)  # type: ignore[arg-type]
    options = Options(
        calls=CALLS,
        seconds=SECONDS,
        seed=5,
        warm_up=False,
        folder=folder,
        json=folder / "b.json",
        html=folder / "b.html",
    )
    settings = line.plan.settings
    ports = {"server": line.plan.port, "rasa": _port(line.rasa_url), "redis": _port(line.redis_url)}
    opened = Line(line.plan.url, line.twin, settings.nurse_desk.ladder, settings.telephony.nurse_line, ports)
    voice, connect = line.twin.voice, line.twin.connect
    try:
        reports = command.on_line(opened, options, progress, play)
    finally:
        line.twin.voice, line.twin.connect = voice, connect
    command.tell(reports, options, None, progress.say)
    assert options.json is not None
    assert options.html is not None
    return Run(reports, screen.text, options.json, options.html)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


def test_turns_were_measured(run: Run) -> None:
    (told,) = run.reports
    gap = told.figure("gap_p50")
    assert gap is not None
    assert gap.n >= 1
    assert gap.value is not None
    assert 0 < gap.value < 10_000


def test_no_call_failed_or_was_refused(run: Run) -> None:
    (told,) = run.reports
    assert told.value("failed") == 0
    assert told.value("refused") == 0
    assert sum(told.endings.values()) >= CALLS


def test_what_the_processes_used_is_known(run: Run) -> None:
    (told,) = run.reports
    assert {part for sample in told.samples for part in sample.parts} == {"server", "rasa", "redis", "callers", "twin"}
    assert all((told.value(f"cpu_{part}") or -1) >= 0 for part in ("server", "callers", "twin"))
    assert max(sample.live for sample in told.samples) == CALLS


def test_the_example_call_has_both_voices(run: Run) -> None:
    (told,) = run.reports
    assert told.example is not None
    assert told.example.uttered
    assert any(sentence.text for sentence in told.example.sentences)


def test_it_told_how_it_went_on(run: Run) -> None:
    assert len(re.findall(r"of 2 live", run.printed)) >= SECONDS / 4 - 2
    assert "Platform gap, all ordinary questions, p95" in run.printed


def test_the_files_are_whole(run: Run) -> None:
    assert report.from_json(run.json.read_text(encoding="utf-8"), "b.json") == tuple(run.reports)
    page = run.html.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert 'aria-label="timeline of one call"' in page


def test_the_command_refuses_a_report_that_is_none(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text("{}")
    result = CliRunner().invoke(main, ["bench", "--compare", str(old)])
    assert result.exit_code == 1
    assert "is no report of this bench" in result.output


@pytest.mark.parametrize(
    ("api_url", "problem"),
    [("", "lacks TWILIO_API_URL"), ("https://api.twilio.com", "no stand-in for Twilio can live")],
)
def test_a_running_server_needs_an_address_for_the_twin(api_url: str, problem: str, tmp_path: Path) -> None:
    environ = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "x", "PUBLIC_URL": "http://a.example"}
    options = Options(url="http://127.0.0.1:1", environ=environ | {"TWILIO_API_URL": api_url}, folder=tmp_path)
    with pytest.raises(BenchError, match=problem):
        command.bench(options, Progress(Screen()))  # type: ignore[arg-type]
