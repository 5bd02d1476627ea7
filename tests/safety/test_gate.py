"""The gate: what may not get worse. Real content, real session, real ears; every bound was measured and recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from voice_agent import config
from voice_agent.evaluation import command, gate, report, sets, stress
from voice_agent.evaluation.cases import Part
from voice_agent.evaluation.outcomes import Heard
from voice_agent.evaluation.report import SentenceReport
from voice_agent.evaluation.workers import Worker, WorkerSettings

FLOORS = gate.load_floors(command.FLOORS)
KNOWN = gate.load_misses(command.KNOWN_MISSES)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    """The whole line, as `make test` installs it."""
    sounds = tmp_path_factory.mktemp("spoken")
    worker = Worker(WorkerSettings(config.DEFAULT_CONFIG, config.DEFAULT_DIALOGS, False, sounds))
    assert worker.line.judge, "the extra `meaning` is missing: `make test` installs it"
    return worker


Scored = Callable[[Part, str], SentenceReport]


@pytest.fixture(scope="module")
def scored(worker: Worker) -> Scored:
    """A part, written, by the whole line or by its rules alone; scored once."""

    @cache
    def score(part: Part, way: str) -> SentenceReport:
        judge = worker.written if way == report.WRITTEN else worker.rules_alone
        return report.of_sentences(part, way, "", [judge(one) for one in sets.load(command.SETS, part).sentences])

    return score


@pytest.mark.parametrize("part", list(Part))
@pytest.mark.parametrize("way", [report.WRITTEN, report.RULES_ALONE])
def test_floors_and_ceilings_hold(scored: Scored, part: Part, way: str) -> None:
    bounds = (FLOORS.written if way == report.WRITTEN else FLOORS.rules_alone)[part]
    assert {"caught", "flagged", "crisis_caught"} <= set(bounds.at_least)
    assert {"harmless_flagged", "harmless_asked", "idioms_flagged"} <= set(bounds.at_most)
    assert gate.breaches(scored(part, way).figures, bounds, f"{part}, {way}") == []


def test_no_emergency_of_the_locked_part_is_newly_missed(scored: Scored) -> None:
    """Neither flagged nor asked about: only those that are recorded, and all of those."""
    ids = {one.id for one in sets.load(command.SETS, Part.LOCKED).sentences}
    assert gate.wrong_misses(scored(Part.LOCKED, report.WRITTEN).missed, KNOWN, ids) == []


def test_what_is_known_to_be_missed_is_of_the_locked_part_and_says_what_it_would_need() -> None:
    emergencies = {one.id: one for one in sets.load(command.SETS, Part.LOCKED).emergencies}
    for miss in KNOWN:
        assert (emergencies[miss.id].flag, emergencies[miss.id].wording) == (miss.flag, miss.wording)
        assert len(miss.needs.split()) >= 3, miss.id


def test_nothing_that_stands_around_an_emergency_lowers_it(worker: Worker) -> None:
    cases = sets.load_stress(command.SETS)
    texts = dict.fromkeys([*(case.base for case in cases), *(case.text for case in cases)])
    heard: dict[str, Heard] = {text: worker.text(text) for text in texts}
    told = report.of_stress(stress.judged(cases, heard))
    assert FLOORS.stress.at_most, "a ceiling is recorded"
    lowered = [f"{one.kind} {one.number}: {one.text}" for one in told.lowered]
    assert gate.breaches([command.lowered(told)], FLOORS.stress, "stress") == [], lowered


def test_a_spoken_sample_of_the_locked_part_is_heard(worker: Worker) -> None:
    """Few sentences by one voice: a change of the ear, the vocabulary or the turn taking that ruins hearing is seen."""
    drawn = command.sample(sets.load(command.SETS, Part.LOCKED))
    told = report.of_sentences("locked", "spoken", "", [worker.spoken(one) for one in drawn])
    assert len(drawn) == command.SAMPLE
    assert FLOORS.spoken_sample.at_least, "a floor is recorded"
    assert gate.breaches(told.figures, FLOORS.spoken_sample, "spoken sample") == []


def test_the_files_of_the_gate_are_where_the_command_looks() -> None:
    here = Path(__file__).parent
    assert {command.FLOORS, command.KNOWN_MISSES, command.SETS} == {
        here / "floors.yaml",
        here / "known_misses.yaml",
        here / "sets",
    }
