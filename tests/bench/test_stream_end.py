"""The carrier's end of a stream: played, marked, cleared, and written down."""

from __future__ import annotations

import base64
import json

import pytest

from voice_agent.audio.frames import FRAME_MS
from voice_agent.bench.stream_end import Spoken, StreamEnd, Stretches, Timing, key_of, sentences
from voice_agent.simulator import sound
from voice_agent.simulator.line import LineQuality
from voice_agent.telephony import media_stream

SID = "MZ1"
QUIET = base64.b64encode(sound.SILENCE)
TONE = sound.tone(440.0, ms=100, rms=2000.0)
"""Five frames."""


class Ear:
    """A stream's end with its clock."""

    def __init__(self, quality: LineQuality | None = None, *, echo: bool = False) -> None:
        self.sent: list[dict[str, object]] = []
        self.end = StreamEnd(
            SID, quality or LineQuality(), echo=echo, send=lambda text: self.sent.append(json.loads(text))
        )
        self.now_ms = 1000.0

    def says(self, mulaw: bytes, mark: str = "") -> None:
        for frame in sound.frames(mulaw):
            self.end.arrived(media_stream.media(SID, frame).encode(), self.now_ms)
        if mark:
            self.end.arrived(media_stream.mark(SID, mark).encode(), self.now_ms)

    def clears(self) -> None:
        self.end.arrived(media_stream.clear(SID).encode(), self.now_ms)

    def pass_frames(self, count: int, timing: Timing | None = None) -> None:
        for frame in range(count):
            self.end.tick(QUIET, 0, (timing, frame) if timing else None, self.now_ms)
            self.now_ms += FRAME_MS

    def marks(self) -> list[object]:
        return [message["mark"]["name"] for message in self.sent if message["event"] == "mark"]  # type: ignore[index]

    def payloads(self) -> list[bytes]:
        return [
            base64.b64decode(message["media"]["payload"])  # type: ignore[index]
            for message in self.sent
            if message["event"] == "media"
        ]


def test_a_mark_comes_back_when_it_was_played() -> None:
    ear = Ear()
    ear.says(TONE, "one")
    ear.pass_frames(5)
    assert ear.marks() == []
    ear.pass_frames(1)
    assert ear.marks() == ["one"]
    (one,) = sentences(ear.end.spoken, {key_of(TONE): "hello"})
    assert (one.text, one.arrived_ms, one.began_ms, one.over_ms, one.cut) == ("hello", 1000, 1000, 1100, False)
    assert ear.end.heard.all() == ((1000, 1100),)
    assert ear.end.arrivals.all() == ((1000, 1000),)


def test_clear_throws_away_and_sends_the_marks_back() -> None:
    ear = Ear()
    ear.says(TONE, "one")
    ear.says(TONE)
    ear.pass_frames(2)
    ear.clears()
    assert ear.marks() == ["one"]
    ear.pass_frames(3)
    assert [(one.cut, one.over_ms) for one in sentences(ear.end.spoken, {})] == [(True, 1040), (True, 1040)]
    assert ear.end.heard.all() == ((1000, 1040),)
    assert ear.end.clears == [1040]


def test_what_was_not_played_at_the_end_was_cut() -> None:
    ear = Ear()
    ear.says(TONE, "one")
    ear.pass_frames(2)
    ear.end.end(ear.now_ms)
    assert [one.cut for one in sentences(ear.end.spoken, {})] == [True]


def test_a_second_sentence_is_heard_after_the_first() -> None:
    ear = Ear()
    ear.says(TONE, "one")
    ear.says(TONE, "two")
    ear.pass_frames(12)
    assert [(one.began_ms, one.over_ms) for one in sentences(ear.end.spoken, {})] == [(1000, 1100), (1100, 1200)]


def test_a_sentence_is_known_by_its_sound_alone() -> None:
    assert key_of(TONE) == key_of(sound.SILENCE + TONE + sound.SILENCE * 3)
    assert key_of(TONE) != key_of(TONE[:-1])
    assert key_of(sound.SILENCE) == ""


def test_a_buffer_that_runs_dry_in_a_sentence_is_a_hole() -> None:
    ear = Ear()
    ear.pass_frames(1)
    ear.says(TONE)
    ear.pass_frames(9)
    ear.says(TONE, "one")
    ear.pass_frames(6)
    assert [one.holes for one in sentences(ear.end.spoken, {})] == [1]


def test_frames_are_timed_when_they_are_really_sent() -> None:
    at_once, in_bursts = Timing(), Timing()
    Ear().pass_frames(5, at_once)
    assert at_once.times == {0: 1000, 1: 1020, 2: 1040, 3: 1060, 4: 1080}
    Ear(LineQuality(burst_ms=100)).pass_frames(5, in_bursts)
    assert set(in_bursts.times.values()) == {1080}


def test_timestamps_go_on_in_bursts() -> None:
    ear = Ear(LineQuality(burst_ms=60))
    ear.pass_frames(6)
    stamps = [message["media"]["timestamp"] for message in ear.sent]  # type: ignore[index]
    assert stamps == ["0", "20", "40", "60", "80", "100"]


def test_an_echo_comes_back_later_and_softer() -> None:
    ear = Ear(echo=True)
    ear.says(TONE, "one")
    ear.pass_frames(14)
    loud = [place for place, payload in enumerate(ear.payloads()) if payload != sound.SILENCE]
    assert loud == [6, 7, 8, 9, 10]
    back, gone = (float((sound.samples(frame) ** 2).mean()) for frame in (ear.payloads()[7], TONE[160:320]))
    assert back / gone == pytest.approx(10**-2.5, rel=0.1)


def test_what_twilio_would_refuse_is_an_error() -> None:
    ear = Ear()
    ear.end.arrived(b"{}", 0)
    ear.end.arrived(media_stream.clear("another").encode(), 0)
    assert [error[:5] for error in ear.end.errors] == ["31924", "31924"]
    assert ear.end.clears == []


def test_moments_become_stretches() -> None:
    stretches = Stretches(100)
    assert stretches.all() == ()
    assert [stretches.add(at, at + 20) for at in (0, 50, 169, 300)] == [True, False, False, True]
    assert stretches.all() == ((0, 189), (300, 320))


def test_silence_between_marks_is_no_sentence() -> None:
    assert sentences([Spoken(0.0, over_ms=20.0)], {}) == ()
