"""What one call hears: in order, fairly, and without silence."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from voice_agent.audio.frames import AudioFrame
from voice_agent.call.commands import HearAgain
from voice_agent.call.events import HeardAgain, NotHeardAgain, Transcribed
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed, Weight
from voice_agent.call.replies import Listen
from voice_agent.errors import RecognizerError, VoiceAgentError
from voice_agent.fakes.speech import FakeRecognizer, FakeSecondEars, FakeVoiceActivity
from voice_agent.hearing import Hearing, HearingSettings
from voice_agent.ports import Recognizer, SecondEars

LOUD = b"\x00\x20"
SOFT = b"\x00\x02"
QUIET = bytes(2)
SAMPLES = 160
ATTENTIVE_DBFS = -60.0


class NotedRecognizer(FakeRecognizer):
    """Remembers what it was given; may be held up, or broken."""

    def __init__(self, script: Sequence[Transcribed] = (), name: str = "", order: list[str] | None = None) -> None:
        """`order`: where it writes its name for each thing that it does."""
        super().__init__(script)
        self._name = name
        self._order = order if order is not None else []
        self.given: list[tuple[int, ...]] = []
        """Each batch's frames, by their audio time."""
        self.asked_partials: list[bool] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.was_closed = threading.Event()
        self.broken = False

    def accept(self, frames: Sequence[AudioFrame], *, partials: bool = True) -> list[Transcribed]:
        self.may_go_on.wait(10)
        if self.broken:
            raise RecognizerError("The model is gone.")
        self.given.append(tuple(frame.at_ms for frame in frames))
        self.asked_partials.append(partials)
        self._order.append(self._name)
        return super().accept(frames, partials=partials)

    def expect(self, listen: Listen) -> None:
        self.may_go_on.wait(10)
        super().expect(listen)

    def finish(self, utterance: int) -> Transcribed:
        self._order.append(f"{self._name} finished")
        return super().finish(utterance)

    def close(self) -> None:
        super().close()
        self.was_closed.set()

    def times(self) -> list[int]:
        return [at_ms for batch in self.given for at_ms in batch]


class Ear:
    """A hearing and its call's inbox."""

    def __init__(
        self, threads: ThreadPoolExecutor, recognizer: Recognizer, second: SecondEars | None = None, **settings: int
    ) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.failures: queue.SimpleQueue[VoiceAgentError] = queue.SimpleQueue()
        self.hearing = Hearing(
            recognizer,
            FakeVoiceActivity(attentive_dbfs=ATTENTIVE_DBFS),
            threads,
            self.inbox.put,
            self.failures.put,
            HearingSettings(**settings),
            second,
        )
        self.at_ms = 0

    def line(self, ms: int, sample: bytes = QUIET) -> list[bool]:
        """So much of one sound; whether each frame is speech."""
        speaks = []
        for _ in range(ms // 20):
            speaks += [listened.is_speech for listened in self.hearing.heard(self.at_ms, sample * SAMPLES)]
            self.at_ms += 20
        return speaks

    def final(self, utterance: int) -> Transcribed:
        """Flush, and wait for the answer."""
        self.hearing.finish(utterance)
        while True:
            event = self.inbox.get(timeout=10)
            if event.utterance == utterance:
                return event


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture
def opened(threads: ThreadPoolExecutor) -> Callable[..., tuple[Ear, NotedRecognizer]]:
    def opens(*script: Transcribed, **settings: Any) -> tuple[Ear, NotedRecognizer]:
        recognizer = NotedRecognizer(script)
        return Ear(threads, recognizer, **settings), recognizer

    return opens


Opened = Callable[..., tuple[Ear, NotedRecognizer]]


def test_each_frame_is_judged_at_once(opened: Opened) -> None:
    ear, recognizer = opened()
    recognizer.may_go_on.clear()
    assert ear.line(60) + ear.line(60, LOUD) == [False] * 3 + [True] * 3
    recognizer.may_go_on.set()


def test_chunks_of_any_size_become_frames(opened: Opened) -> None:
    ear, _ = opened()
    judged = ear.hearing.heard(1000, LOUD * 400)
    assert [listened.at_ms for listened in judged] == [1020, 1040]


def test_silence_never_reaches_the_recogniser(opened: Opened) -> None:
    ear, recognizer = opened()
    ear.line(10_000)
    assert ear.final(1).text == ""
    assert recognizer.given == []


def test_speech_comes_with_what_was_before_it_in_batches_of_100_ms(opened: Opened) -> None:
    ear, recognizer = opened(pre_roll_ms=100, hangover_ms=60)
    ear.line(1000)
    ear.line(300, LOUD)
    ear.line(1000)
    ear.final(1)
    assert recognizer.times() == list(range(900, 1360, 20))
    assert [len(batch) for batch in recognizer.given] == [6, 5, 5, 5, 2]


def test_words_come_to_the_inbox(opened: Opened) -> None:
    said = Transcribed("my chest", 200)
    ear, _ = opened(said)
    ear.line(300, LOUD)
    assert ear.inbox.get(timeout=10) == said
    assert ear.final(7).text == "my chest"


def test_a_final_knows_of_the_silence_that_was_kept_back(opened: Opened) -> None:
    ear, _ = opened(Transcribed("yes", 100), hangover_ms=0)
    ear.line(200, LOUD)
    ear.line(600)
    assert ear.final(1).at_ms == 800


def test_the_kind_of_answer_is_announced_in_order(opened: Opened) -> None:
    ear, recognizer = opened()
    ear.hearing.expect(Listen.YES_NO)
    ear.line(200, LOUD)
    ear.hearing.expect(Listen.DATE)
    ear.final(1)
    assert recognizer.expected == [Listen.YES_NO, Listen.DATE]


def test_how_far_recognition_is_behind_is_known(opened: Opened) -> None:
    ear, recognizer = opened()
    recognizer.may_go_on.clear()
    ear.line(500, LOUD)
    assert ear.hearing.behind_ms == 500
    recognizer.may_go_on.set()
    ear.final(1)
    assert (ear.hearing.behind_ms, len(recognizer.times())) == (0, 25)


def test_partials_are_shed_while_it_is_behind_and_finals_are_not(opened: Opened) -> None:
    script = [Transcribed("my", 100), Transcribed("my chest", 700), Transcribed("my chest hurts", 1000, final=True)]
    ear, recognizer = opened(*script, shed_partials_behind_ms=400)
    recognizer.may_go_on.clear()
    ear.hearing.expect(Listen.OPEN)
    ear.line(1000, LOUD)
    recognizer.may_go_on.set()
    ear.final(1)
    # 1,000 ms wait at the first batch, 500 ms at the sixth, 400 ms at the seventh
    assert recognizer.asked_partials == [False] * 6 + [True] * 4
    assert ear.hearing.partials_shed == 6
    ear, recognizer = opened(*script, shed_partials_behind_ms=0)
    ear.line(1000, LOUD)
    ear.hearing.finish(1)
    heard = [ear.inbox.get(timeout=10) for _ in range(2)]
    assert [event.text for event in heard if event.final] == ["my chest hurts", ""]
    assert not any(recognizer.asked_partials)


def test_a_broken_recogniser_is_told_and_survived(opened: Opened) -> None:
    ear, recognizer = opened()
    recognizer.broken = True
    ear.line(100, LOUD)
    assert ear.failures.get(timeout=10).code == "recognizer"
    recognizer.broken = False
    assert ear.final(1).final
    assert ear.hearing.behind_ms == 0


def test_a_closed_hearing_frees_its_recogniser_last(opened: Opened) -> None:
    ear, recognizer = opened(Transcribed("bye", 100))
    recognizer.may_go_on.clear()
    ear.line(100, LOUD)
    ear.hearing.close()
    assert not recognizer.was_closed.is_set()
    recognizer.may_go_on.set()
    assert ear.inbox.get(timeout=10).text == "bye"
    assert recognizer.was_closed.wait(10)


def test_a_call_that_is_behind_does_not_hold_up_another() -> None:
    """One thread for both: they take turns, however much of the first one's sound waits."""
    order: list[str] = []
    with ThreadPoolExecutor(1) as one:
        slow, quick = NotedRecognizer((), "slow", order), NotedRecognizer((), "quick", order)
        behind, prompt = Ear(one, slow), Ear(one, quick)
        slow.may_go_on.clear()
        behind.line(3000, LOUD)
        prompt.line(200, LOUD)
        prompt.hearing.finish(1)
        slow.may_go_on.set()
        behind.final(1)
    assert slow.times() == list(range(0, 3000, 20))
    assert order[:6] == ["slow", "quick", "slow", "quick", "slow", "quick finished"]


def test_our_own_echo_is_neither_judged_nor_recognised(opened: Callable[..., tuple[Ear, NotedRecognizer]]) -> None:
    """A caller who is just as loud in our silence is both."""
    ear, recognizer = opened()
    ear.line(1000)
    for at_ms in range(1000, 2000, 20):
        ear.hearing.spoke(LOUD * SAMPLES, at_ms)
        assert ear.line(20, SOFT) == [False]
    ear.final(1)
    assert recognizer.times() == []
    ear.line(1000)
    assert any(ear.line(400, SOFT))
    ear.final(2)
    assert recognizer.times() != []


class TestTheSecondEar:
    SAID = SecondHearing("my chest hurts")

    def order(self, from_ms: int = 0, weight: Weight = Weight.TRIAGE) -> HearAgain:
        return HearAgain(7, from_ms, Listen.OPEN, weight)

    def test_hears_the_utterance_from_its_beginning(self, threads: ThreadPoolExecutor) -> None:
        second = FakeSecondEars([self.SAID])
        ear = Ear(threads, NotedRecognizer(), second)
        ear.line(1000)
        ear.line(200, SOFT)
        ear.line(300, LOUD)
        ear.hearing.hear_again(self.order(from_ms=1200))
        assert ear.inbox.get(timeout=10) == HeardAgain(7, self.SAID)
        assert second.sounds == [LOUD * SAMPLES * 15]

    def test_hears_nothing_twice(self, threads: ThreadPoolExecutor) -> None:
        second = FakeSecondEars([self.SAID, self.SAID])
        ear = Ear(threads, NotedRecognizer(), second, pre_roll_ms=0, hangover_ms=0)
        ear.line(300, LOUD)
        ear.hearing.hear_again(self.order())
        ear.line(400, SOFT)
        ear.hearing.hear_again(self.order(from_ms=300))
        assert second.sounds == [LOUD * SAMPLES * 15, SOFT * SAMPLES * 20]

    def test_hears_the_end_of_a_long_one(self, threads: ThreadPoolExecutor) -> None:
        second = FakeSecondEars([self.SAID])
        ear = Ear(threads, NotedRecognizer(), second, kept_for_second_ear_ms=1000)
        ear.line(1500, LOUD)
        ear.line(500, SOFT)
        ear.hearing.hear_again(self.order())
        assert second.sounds == [LOUD * SAMPLES * 25 + SOFT * SAMPLES * 25]

    def test_is_left_out_while_recognition_is_behind_but_never_of_triage(self, threads: ThreadPoolExecutor) -> None:
        second = FakeSecondEars([self.SAID])
        recognizer = NotedRecognizer()
        ear = Ear(threads, recognizer, second, shed_partials_behind_ms=400)
        recognizer.may_go_on.clear()
        ear.line(1000, LOUD)
        ear.hearing.hear_again(self.order(weight=Weight.OPEN))
        assert ear.inbox.get(timeout=10) == NotHeardAgain(7, Missed.SHED)
        ear.hearing.hear_again(self.order(weight=Weight.TRIAGE))
        assert ear.inbox.get(timeout=10) == HeardAgain(7, self.SAID)
        recognizer.may_go_on.set()

    def test_that_is_broken_is_told(self, threads: ThreadPoolExecutor) -> None:
        ear = Ear(threads, NotedRecognizer(), FakeSecondEars(problem="It is gone."))
        ear.line(300, LOUD)
        ear.hearing.hear_again(self.order())
        assert ear.inbox.get(timeout=10) == NotHeardAgain(7, Missed.FAILED)

    def test_that_is_not_there_is_told(self, threads: ThreadPoolExecutor) -> None:
        ear = Ear(threads, NotedRecognizer())
        ear.hearing.hear_again(self.order())
        assert ear.inbox.get(timeout=10) == NotHeardAgain(7, Missed.FAILED)
