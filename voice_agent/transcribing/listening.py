"""One recording through the ears of a call: detector, gate, recogniser, turn taking, second ear, agreement."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, Final

from voice_agent.audio.frames import FRAME_MS, PCM_FRAME_BYTES, SAMPLE_RATE_HZ
from voice_agent.call.agreed import mean
from voice_agent.call.agreement import Agreed, AgreementSettings, agree
from voice_agent.call.events import HeardAgain, Listened, NotHeardAgain, Transcribed
from voice_agent.call.hearings import EarKind, SecondHearing
from voice_agent.call.replies import Listen
from voice_agent.call.signals import Signal, SpeechPaused, Utterance, UtteranceEnded
from voice_agent.call.turn_settings import TurnSettings
from voice_agent.call.turns import TurnTaker
from voice_agent.errors import VoiceAgentError
from voice_agent.hearing import Hearing, HearingSettings
from voice_agent.ports import RecognizerFactory, SecondEar, VoiceActivity

BEFORE_MS: Final = 240
AFTER_MS: Final = 160
"""The second ear is given so much of what is before and after an utterance: the detector is late for soft sounds. More
behind it would bring the next word when the caller goes on."""
STEP_BYTES: Final = PCM_FRAME_BYTES


@dataclass(frozen=True, slots=True)
class Ears:
    """What listens, and how."""

    recognizers: RecognizerFactory
    second: SecondEar | None
    voice_activity: Callable[[], VoiceActivity]
    kind: EarKind
    agreement: AgreementSettings = field(default_factory=AgreementSettings)
    turns: TurnSettings = field(default_factory=TurnSettings)
    hearing: HearingSettings = field(default_factory=HearingSettings)


@dataclass(frozen=True, slots=True)
class Part:
    """One utterance of a recording."""

    first: Transcribed = field(repr=False)
    second: SecondHearing | None = field(repr=False)
    voiced_ms: int
    agreed: Agreed = field(repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole recording."""

    parts: tuple[Part, ...] = field(repr=False)
    took_s: float

    @property
    def vosk(self) -> str:
        """What the streaming ear heard."""
        return _joined(part.first.text for part in self.parts)

    @property
    def second_ear(self) -> str | None:
        """What the second ear heard; None when there is none."""
        if any(part.second is None for part in self.parts):
            return None
        return _joined(part.agreed.second or "" for part in self.parts)

    @property
    def text(self) -> str:
        """What the dialog would be told."""
        return _joined(part.agreed.text for part in self.parts)

    @property
    def unsure(self) -> bool:
        """Neither ear was to be believed somewhere."""
        return any(part.agreed.unsure for part in self.parts)

    @property
    def confidence(self) -> float:
        """Mean word confidence, 0 to 1."""
        return mean([word for part in self.parts for word in part.agreed.words])


def listen_to(sound: bytes, expect: Listen, ears: Ears) -> Heard:
    """PCM16 mono 8 kHz, as in a call that has just asked a question of this kind. Raises RecognizerError."""
    began = time.perf_counter()
    parts = [
        _part(sound, utterance, voiced_ms, expect, ears) for utterance, voiced_ms in _utterances(sound, expect, ears)
    ]
    return Heard(tuple(parts), time.perf_counter() - began)


def _utterances(sound: bytes, expect: Listen, ears: Ears) -> list[tuple[Utterance, int]]:
    """What turn taking cuts the recording into, and how long there was speech in each."""
    failures: list[VoiceAgentError] = []
    inbox: list[Transcribed] = []

    def put(heard: Transcribed | HeardAgain | NotHeardAgain) -> None:
        if isinstance(heard, Transcribed):  # the second ear is asked by us
            inbox.append(heard)

    hearing = Hearing(ears.recognizers.open(), ears.voice_activity(), _AtOnce(), put, failures.append, ears.hearing)
    turns = TurnTaker(ears.turns)
    turns.expect(expect)
    hearing.expect(expect)
    ended: list[tuple[Utterance, int]] = []
    voiced_ms = 0

    def follow(signals: list[Signal]) -> None:
        nonlocal voiced_ms
        for signal in signals:
            if isinstance(signal, SpeechPaused):
                hearing.finish(signal.utterance)
            elif isinstance(signal, UtteranceEnded):
                ended.append((signal.utterance, voiced_ms))
                voiced_ms = 0
        while inbox:
            follow(turns.transcribed(inbox.pop(0)))

    for start in range(0, len(sound) - len(sound) % STEP_BYTES, STEP_BYTES):
        at_ms = start // STEP_BYTES * FRAME_MS
        for listened in hearing.heard(at_ms, sound[start : start + STEP_BYTES]):
            voiced_ms += FRAME_MS if listened.is_speech else 0
            follow(turns.listened(listened))
    end_ms = len(sound) // STEP_BYTES * FRAME_MS
    for waited in range(ears.turns.goes_on_ms * 3 // FRAME_MS):  # the line falls silent, however the file ends
        follow(turns.listened(Listened(end_ms + waited * FRAME_MS, is_speech=False)))
    hearing.close()
    if failures:
        raise failures[0]
    return ended


def _part(sound: bytes, utterance: Utterance, voiced_ms: int, expect: Listen, ears: Ears) -> Part:
    first = Transcribed(utterance.text, utterance.ended_ms, final=True, words=utterance.words)
    second = None
    if ears.second is not None:
        from_ms, to_ms = max(0, utterance.started_ms - BEFORE_MS), utterance.ended_ms + AFTER_MS
        each_ms = SAMPLE_RATE_HZ // 1000 * 2
        second = ears.second.hear(sound[from_ms * each_ms : to_ms * each_ms], expect, first.text)
    return Part(first, second, voiced_ms, agree(first, second, expect, ears.kind, ears.agreement, voiced_ms=voiced_ms))


def _joined(texts: Any) -> str:
    return " ".join(text for text in texts if text)


class _AtOnce(Executor):
    """Does what it is given at once: a recording waits for its ears, and time is counted in audio."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Done when it returns."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future
