"""Second ears in processes: heard in order, started anew, and never waited for in vain."""

from __future__ import annotations

import os
import queue
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from voice_agent.audio import mulaw
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed, Weight
from voice_agent.call.replies import Listen
from voice_agent.call.word import Word
from voice_agent.simulator.speech import Voice
from voice_agent.speech.second_ear_pool import PROCESS, SecondEarPool, SecondEarPoolSettings

STAND_IN = (sys.executable, str(Path(__file__).with_name("second_ear_stand_in.py")))
HEARS, REFUSES, DIES, HANGS, PRINTS, TELLS_NICE = range(6)
PATIENCE_S = 60
SECOND = 8000


def sound(does: int, samples: int = SECOND) -> bytes:
    """Sound that makes the stand-in do this."""
    return does.to_bytes(2, "little") + bytes(2 * samples - 2)


class Answers:
    """What a caller is told."""

    def __init__(self, pool: SecondEarPool) -> None:
        self._pool = pool
        self.told: queue.SimpleQueue[SecondHearing | Missed] = queue.SimpleQueue()

    def ask(self, does: int, listen: Listen = Listen.OPEN, weight: Weight = Weight.OPEN, samples: int = SECOND) -> None:
        self._pool.hear(self, sound(does, samples), listen, "", weight, self.told.put)

    def answer(self) -> SecondHearing | Missed:
        return self.told.get(timeout=PATIENCE_S)


def settled(pool: SecondEarPool) -> str:
    """What the check says once the first start is over."""
    while (problem := pool.check()) in {"The second ear is still starting.", "The second ear is being started anew."}:
        time.sleep(0.02)
    return str(problem)


@pytest.fixture
def opened() -> Iterator[Callable[..., SecondEarPool]]:
    pools = []

    def opens(*command: str, **settings: int) -> SecondEarPool:
        settings = {"workers": 1, "deadline_ms": 20_000, "stale_ms": 60_000, **settings}
        pools.append(SecondEarPool(SecondEarPoolSettings(**settings), command or STAND_IN))
        return pools[-1]

    yield opens
    for pool in pools:
        pool.close()


@pytest.fixture
def pool(opened: Callable[..., SecondEarPool]) -> SecondEarPool:
    """One that works."""
    pool = opened()
    assert pool.wait_until_ready(PATIENCE_S)
    return pool


def test_an_utterance_comes_back_as_what_was_heard(pool: SecondEarPool) -> None:
    caller = Answers(pool)
    caller.ask(HEARS, Listen.DATE)
    assert caller.answer() == SecondHearing("date", (Word("date", 0, 1000, 0.9),), "yes", 0.8, 0.5, 1000, 12.5)


def test_it_is_told_what_the_streaming_ear_heard(pool: SecondEarPool) -> None:
    told: queue.SimpleQueue[SecondHearing | Missed] = queue.SimpleQueue()
    pool.hear(told, sound(HEARS), Listen.OPEN, "my chase hearts", Weight.OPEN, told.put)
    answer = told.get(timeout=PATIENCE_S)
    assert isinstance(answer, SecondHearing)
    assert (answer.text, answer.ahead) == ("my chase hearts", 0.5)


def test_long_sound_fits_through(pool: SecondEarPool) -> None:
    caller = Answers(pool)
    caller.ask(HEARS, samples=30 * SECOND)
    answer = caller.answer()
    assert isinstance(answer, SecondHearing)
    assert answer.audio_ms == 30_000


def test_what_the_engine_prints_does_not_get_between(pool: SecondEarPool) -> None:
    caller = Answers(pool)
    caller.ask(PRINTS)
    assert isinstance(caller.answer(), SecondHearing)


def test_what_cannot_be_heard_is_told_and_the_next_is_heard(pool: SecondEarPool) -> None:
    caller = Answers(pool)
    caller.ask(REFUSES)
    assert caller.answer() is Missed.FAILED
    caller.ask(HEARS)
    assert isinstance(caller.answer(), SecondHearing)


@pytest.mark.parametrize("does", [DIES, HANGS])
def test_a_process_that_dies_or_hangs_is_started_anew(opened: Callable[..., SecondEarPool], does: int) -> None:
    pool = opened(deadline_ms=1000)
    assert pool.wait_until_ready(PATIENCE_S)
    caller = Answers(pool)
    caller.ask(does)
    assert caller.answer() is Missed.FAILED
    assert pool.wait_until_ready(PATIENCE_S)
    caller.ask(HEARS)
    assert isinstance(caller.answer(), SecondHearing)


def test_its_processes_let_the_calls_go_first(opened: Callable[..., SecondEarPool]) -> None:
    pool = opened(nice=3)
    assert pool.wait_until_ready(PATIENCE_S)
    caller = Answers(pool)
    caller.ask(TELLS_NICE)
    answer = caller.answer()
    assert isinstance(answer, SecondHearing)
    assert int(answer.text) == min(19, os.nice(0) + 3)


def test_without_a_model_callers_are_told_at_once_and_the_check_says_why(opened: Callable[..., SecondEarPool]) -> None:
    pool = opened(*STAND_IN, "no_model")
    pool.start()
    assert not pool.wait_until_ready(0)
    caller = Answers(pool)
    caller.ask(HEARS, weight=Weight.TRIAGE)
    assert caller.answer() is Missed.FAILED
    assert settled(pool) == "There is no model here."


def test_a_command_that_does_not_exist_is_a_problem_and_no_crash(opened: Callable[..., SecondEarPool]) -> None:
    pool = opened("/nowhere/to/be/found")
    assert "could not be started" in settled(pool)


def test_a_closed_pool_tells_whoever_waits(opened: Callable[..., SecondEarPool]) -> None:
    pool = opened(deadline_ms=1000)
    assert pool.wait_until_ready(PATIENCE_S)
    first, second = Answers(pool), Answers(pool)
    first.ask(HANGS)
    second.ask(HEARS)
    pool.close()
    assert first.answer() is Missed.FAILED
    assert second.answer() is Missed.FAILED
    third = Answers(pool)
    third.ask(HEARS)
    assert third.answer() is Missed.FAILED


def test_what_the_settings_allow_is_shared_by_the_servers_processes() -> None:
    """Each has one at least: a call has no other second ear than its own process's."""

    def of(workers: int, sharers: int) -> int:
        return SecondEarPool(SecondEarPoolSettings(workers=workers), STAND_IN, sharers=sharers).workers

    assert of(6, 1) == 6
    assert of(6, 2) == 3
    assert of(5, 2) == 2
    assert of(1, 4) == 1


def test_two_processes_hear_at_once(opened: Callable[..., SecondEarPool]) -> None:
    pool = opened(workers=2, deadline_ms=20_000)
    assert pool.wait_until_ready(PATIENCE_S)
    hung, heard = Answers(pool), Answers(pool)
    hung.ask(HANGS)
    heard.ask(HEARS)
    assert isinstance(heard.answer(), SecondHearing)
    assert hung.told.empty()


def test_the_real_second_ear_hears_a_voice_on_the_telephone(opened: Callable[..., SecondEarPool]) -> None:
    pool = opened(*PROCESS)
    assert pool.wait_until_ready(PATIENCE_S), pool.check()
    told: queue.SimpleQueue[SecondHearing | Missed] = queue.SimpleQueue()
    said = mulaw.decode(Voice("flite:slt").speak("when are you open on friday"))
    pool.hear(told, said, Listen.OPEN, "", Weight.OPEN, told.put)
    heard = told.get(timeout=PATIENCE_S)
    assert isinstance(heard, SecondHearing)
    assert "open on friday" in heard.text
