"""Many sentences over several processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from voice_agent import config
from voice_agent.evaluation.cases import Sentence
from voice_agent.evaluation.outcomes import Verdict
from voice_agent.evaluation.workers import EvaluationError, Worker, Workers, WorkerSettings, left

SAID = ["my chest feels tight and my arm is heavy", "what are your opening hours", "my baby has a fever"] * 2
VERDICTS = [Verdict.FLAGGED, Verdict.PASSED, Verdict.ASKED] * 2


def workers(folder: Path, processes: int, told: list[str]) -> Workers:
    settings = WorkerSettings(config.DEFAULT_CONFIG, config.DEFAULT_DIALOGS, True, folder)
    return Workers(settings, processes, told.append)


def ended(worker: Worker, job: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("processes", [1, 2])
def test_the_order_stays_and_it_says_when_it_is_done(tmp_path: Path, processes: int) -> None:
    told: list[str] = []
    heard = workers(tmp_path, processes, told).all("some", Worker.text, SAID)
    assert [one.verdict for one in heard] == VERDICTS
    assert told[-1].startswith("  some: 6 in ")


def test_a_process_that_is_ended_from_outside_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="ended from outside"):
        workers(tmp_path, 2, []).all("some", ended, SAID)


def test_time_to_go_is_for_people() -> None:
    assert [left(12.3), left(89), left(200)] == ["12 s", "89 s", "3 min"]


def test_a_worker_judges_sentences_both_ways(tmp_path: Path) -> None:
    worker = Worker(WorkerSettings(config.DEFAULT_CONFIG, config.DEFAULT_DIALOGS, True, tmp_path))
    judged = worker.written(Sentence(SAID[0], "heart_attack", None, "lay"))
    assert judged.spoken is None
    assert judged.heard.verdict is Verdict.FLAGGED
    assert not worker.fires_early(judged.sentence)
    assert worker.rules_alone(judged.sentence).heard.verdict is Verdict.FLAGGED
    assert worker.calibrated(judged.sentence).heard.probability is None, "there is no model of meaning here"
