"""How a caller who waits is heard: utterances, both ears, and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from voice_agent.audio import mulaw
from voice_agent.call.events import Transcribed
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed
from voice_agent.call.replies import Listen
from voice_agent.call_loop import SocketClosedError
from voice_agent.errors import RecognizerError
from voice_agent.fakes.speech import FakeRecognizer, FakeRecognizers, FakeSecondEars, FakeVoiceActivity
from voice_agent.hearing import HearingSettings
from voice_agent.ports import Services
from voice_agent.telephony import media_stream as wire
from voice_agent.wait_listening import LONGEST_MS, SILENCE_MS, Said, WaitListening

LOUD, QUIET = mulaw.encode(b"\x00\x20" * 160), mulaw.encode(bytes(320))
FRAME_MS = 20
PARTIAL = Transcribed("call me back", at_ms=100)


class Line:
    """A socket that plays sound as fast as it is taken; at its end `ending` is what is said or raised."""

    def __init__(self, *sound: tuple[bytes, int], ending: str | Exception | None = None) -> None:
        """`sound`: (frame, milliseconds) …"""
        frames = [frame for frame, ms in sound for _ in range(ms // FRAME_MS)]
        self._messages: list[str | Exception] = [
            wire.connected_message(),
            wire.start_message("MZ1", "CA1", account_id="AC1", parameters={}),
            *(
                wire.media_message("MZ1", frame, at_ms=n * FRAME_MS, chunk=n + 1, sequence=n)
                for n, frame in enumerate(frames)
            ),
        ]
        self._messages.append(ending or wire.stop_message("MZ1", "CA1", account_id="AC1", sequence=9))
        self.on_message: Callable[[], None] = lambda: None

    def receive(self, timeout_s: float) -> str | bytes | None:
        self.on_message()
        message = self._messages.pop(0)
        if isinstance(message, Exception):
            raise message
        return message

    def send(self, text: str) -> None:
        raise AssertionError("it never speaks")


@dataclass
class Ears:
    """Listening, with what it is made of."""

    pool: ThreadPoolExecutor
    said: list[Said] = field(default_factory=list)
    recognizers: FakeRecognizers = field(default_factory=lambda: FakeRecognizers([PARTIAL]))
    second: FakeSecondEars | None = None
    goes_on: Callable[[], bool] = lambda: True

    def listen(self, line: Line, listen: Listen = Listen.OPEN) -> None:
        nothing = cast("Any", None)
        services = Services(
            self.recognizers, FakeVoiceActivity, nothing, nothing, nothing, nothing, nothing, self.second
        )
        line.on_message = self._settle
        WaitListening(line, services, self.pool, HearingSettings(), self.goes_on, self.said.append, listen).run()
        self._settle()

    def _settle(self) -> None:
        """Wait for what is being recognised: in life a frame takes 20 ms."""
        self.pool.submit(lambda: None).result()


@pytest.fixture
def ears() -> Iterator[Ears]:
    with ThreadPoolExecutor(1) as pool:
        yield Ears(pool)


def test_an_utterance_is_handed_on_when_silence_has_ended_it(ears: Ears) -> None:
    ears.listen(Line((QUIET, 200), (LOUD, 400), (QUIET, SILENCE_MS + 200)))
    assert [said.first for said in ears.said] == ["call me back"]
    assert ears.said[0].confidence is not None
    assert ears.recognizers.opened[0].expected == [Listen.OPEN]
    assert ears.recognizers.opened[0].closed


def test_a_short_pause_ends_nothing(ears: Ears) -> None:
    ears.listen(Line((LOUD, 400), (QUIET, SILENCE_MS - 100), (LOUD, 200), (QUIET, SILENCE_MS - 100)))
    assert ears.said == []


def test_silence_alone_is_no_utterance(ears: Ears) -> None:
    ears.recognizers = FakeRecognizers()
    ears.listen(Line((QUIET, 3000)))
    assert ears.said == []


def test_words_that_nobody_understood_are_not_handed_on(ears: Ears) -> None:
    ears.recognizers = FakeRecognizers()
    ears.listen(Line((LOUD, 400), (QUIET, SILENCE_MS + 200)))
    assert ears.said == []


def test_a_room_that_is_never_quiet_is_cut(ears: Ears) -> None:
    ears.listen(Line((LOUD, LONGEST_MS + 400)))
    assert [said.first for said in ears.said] == ["call me back"]


def test_what_the_recogniser_cut_by_itself_belongs_to_the_utterance(ears: Ears) -> None:
    ears.recognizers = FakeRecognizers([Transcribed("please", at_ms=100, final=True), Transcribed("call me back", 300)])
    ears.listen(Line((LOUD, 400), (QUIET, SILENCE_MS + 200)))
    assert ears.said[0].first == "please call me back"


def test_the_second_ear_hears_the_same_and_is_read_first(ears: Ears) -> None:
    ears.second = FakeSecondEars([SecondHearing("Call me back, please.")])
    ears.listen(Line((LOUD, 400), (QUIET, SILENCE_MS + 200)))
    assert ears.said[0].readings == ("Call me back, please.", "call me back")
    assert len(ears.second.sounds) == 1


def test_a_second_ear_that_fails_holds_nothing_up(ears: Ears) -> None:
    ears.second = FakeSecondEars([Missed.FAILED])
    ears.listen(Line((LOUD, 400), (QUIET, SILENCE_MS + 200)))
    assert ears.said[0].readings == ("call me back",)


def test_it_ends_with_the_line(ears: Ears) -> None:
    ears.listen(Line((LOUD, 200), ending=SocketClosedError()))
    assert ears.recognizers.opened[0].closed


def test_what_is_no_message_is_survived(ears: Ears) -> None:
    line = Line((LOUD, 400), (QUIET, SILENCE_MS + 200))
    line._messages.insert(3, "nonsense")
    ears.listen(line)
    assert ears.said


def test_it_ends_when_the_caller_waits_no_more(ears: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice_agent.wait_listening.LOOK_S", 0.0)
    ears.goes_on = lambda: False
    line = Line((QUIET, 2000))
    ears.listen(line)
    assert len(line._messages) > 90, "it has left at once"


def test_a_broken_recogniser_ends_it(ears: Ears) -> None:
    class Broken(FakeRecognizer):
        def accept(self, *_: object, **__: object) -> list[Transcribed]:
            raise RecognizerError("The model is gone.")

    class BrokenOnes(FakeRecognizers):
        def open(self) -> FakeRecognizer:
            self.opened.append(Broken(()))
            return self.opened[-1]

    ears.recognizers = BrokenOnes()
    line = Line((LOUD, 2000))
    ears.listen(line)
    assert len(line._messages) > 50
