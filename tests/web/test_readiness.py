"""Readiness: asked beforehand, never trusted for too long."""

from __future__ import annotations

import threading
import time

from voice_agent.web.readiness import FIRST_ANSWER_S, Readiness


def test_the_first_question_waits_for_the_first_answers() -> None:
    readiness = Readiness(lambda: {"dialog": None}, every_s=600)
    assert readiness.answers() == {"dialog": None}
    assert readiness.ready
    readiness.stop()


def test_before_calls_are_taken_the_first_answers_may_take_longer() -> None:
    def checks() -> dict[str, str | None]:
        time.sleep(FIRST_ANSWER_S + 0.5)
        return {"dialog": None, "call_store": "is down"}

    readiness = Readiness(checks, every_s=600)
    assert "still running" in (readiness.answers()["server"] or "")
    readiness.start()
    assert readiness.answers() == {"dialog": None, "call_store": "is down"}, "which is an answer too"
    readiness.stop()


def test_questions_do_not_ask_the_dependencies_again() -> None:
    asked = []
    readiness = Readiness(lambda: asked.append(1) or {"dialog": None}, every_s=600)
    for _ in range(50):
        assert readiness.ready
    assert len(asked) == 1
    readiness.stop()


def test_a_check_that_raises_is_a_failure_and_not_the_end() -> None:
    works = [False]

    def checks() -> dict[str, str | None]:
        if not works[0]:
            raise RuntimeError("surprise")
        return {"dialog": None}

    readiness = Readiness(checks, every_s=600)
    assert "failed unexpectedly (RuntimeError)" in str(readiness.answers())
    works[0] = True
    readiness.refresh()
    assert readiness.ready
    readiness.stop()


def test_old_answers_count_as_a_failure() -> None:
    """A check that hangs keeps the thread; what it said before is not true for ever."""
    at = [0.0]
    readiness = Readiness(lambda: {"dialog": None}, every_s=600, stale_after_s=30, clock=lambda: at[0])
    assert readiness.ready
    at[0] = 31
    assert not readiness.ready
    assert "31 s old" in (readiness.answers()["server"] or "")
    readiness.stop()


def test_it_asks_again_by_itself() -> None:
    asked = threading.Semaphore(0)
    readiness = Readiness(lambda: asked.release() or {}, every_s=0.01)
    assert readiness.ready
    for _ in range(3):
        assert asked.acquire(timeout=5)
    readiness.stop()


def test_what_the_line_can_do_without_never_makes_it_not_ready() -> None:
    readiness = Readiness(lambda: {"dialog": None}, extras=lambda: {"second_ear": "is not there"}, every_s=600)
    assert readiness.extras() == {"second_ear": "is not there"}
    assert readiness.ready
    readiness.stop()


def test_not_even_when_its_check_raises() -> None:
    def extras() -> dict[str, str | None]:
        raise RuntimeError("surprise")

    readiness = Readiness(lambda: {"dialog": None}, extras=extras, every_s=600)
    assert "failed unexpectedly" in str(readiness.extras())
    assert readiness.ready
    readiness.stop()


def test_the_servers_other_processes_count_and_hear_of_each_verdict() -> None:
    answers: dict[str, str | None] = {"dialog": None}
    told: list[bool] = []
    all_well = [True]
    readiness = Readiness(lambda: answers, every_s=600, tell=told.append, siblings=lambda: all_well[0])
    assert readiness.ready
    all_well[0] = False
    assert not readiness.ready
    assert "another worker process" in (readiness.answers()["server"] or "")
    answers["dialog"] = "is down"
    readiness.refresh()
    assert readiness.answers() == {"dialog": "is down"}, "what we know ourselves says more"
    assert told == [True, False]
    readiness.stop()
