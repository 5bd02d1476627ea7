"""When the caller has begun, paused and ended.

The only clock is audio: 20 ms frames judged by the voice-activity detector. `TurnTaker` turns them and the
recogniser's words into signals; the session decides what a signal means. How long a silence ends an utterance
depends on what was asked: a yes ends sooner than a date of birth (Twilio: endpointing; Sacks, Schegloff and
Jefferson 1974 on turn-taking).

Recognition runs behind the sound, so words that arrive belong to the past: the end of an utterance is decided
from silence, then the recogniser is flushed, and the utterance is complete when the flushed words are back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from voice_agent.audio.frames import FRAME_MS
from voice_agent.call.events import Listened, Transcribed, Word
from voice_agent.call.replies import Listen


@dataclass(frozen=True, slots=True)
class EndpointSilence:
    """Milliseconds of silence that end an utterance, by what was asked."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    open: int = 700
    yes_no: int = 300
    digits: int = 1000
    date: int = 900
    time: int = 700
    name: int = 900

    def for_answer(self, listen: Listen) -> int:
        """The silence that ends an answer of this kind."""
        silences: Mapping[Listen, int] = {
            Listen.OPEN: self.open,
            Listen.YES_NO: self.yes_no,
            Listen.DIGITS: self.digits,
            Listen.DATE: self.date,
            Listen.TIME: self.time,
            Listen.NAME: self.name,
        }
        return silences[listen]


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """How turns are taken. All times are audio time in milliseconds."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    endpoint_silence_ms: EndpointSilence = field(default_factory=EndpointSilence)
    onset_ms: int = 100
    """Unbroken speech that counts as a beginning; shorter is a click."""
    no_input_ms: int = 7000
    """Silence after a question that counts as no answer."""
    longest_utterance_ms: int = 30000
    """A caller who speaks on is answered after this long, so that noise cannot hold the line for ever."""
    flush_ms: int = 2000
    """Flushed words that are not back after this long count as none."""
    wordless_ms: int = 600
    """Speech without a word, at least this long, counts as not understood; shorter is a noise."""
    keys_ms: int = 2500
    """Pause after the last key that ends a number typed on the keypad; # ends it at once."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of caller speech, complete."""

    text: str = field(repr=False)
    started_ms: int
    ended_ms: int
    """Audio time of the last voiced frame (back-dated: before the silence that ended it)."""
    words: tuple[Word, ...] = field(default=(), repr=False)

    @property
    def confidence(self) -> float | None:
        """Mean word confidence, 0 to 1; none without words."""
        return sum(word.confidence for word in self.words) / len(self.words) if self.words else None


# Signals: what the session is told.


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller makes a sound that may be speech."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """The silence is long enough: the recogniser must be flushed under this number."""

    utterance: int


@dataclass(frozen=True, slots=True)
class UtteranceEnded:
    """The words of the utterance are complete; may be none (a noise)."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class NothingSaid:
    """The caller has been silent for too long after a question."""


Signal = SpeechBegan | SpeechPaused | UtteranceEnded | NothingSaid


class TurnTaker:
    """Counts frames; knows nothing of prompts, dialogs or what the words mean."""

    def __init__(self, settings: TurnSettings) -> None:
        self._settings = settings
        self._listen = Listen.OPEN
        self._awaiting_answer = False
        self._speaking = False
        self._voiced_ms = 0
        self._silent_ms = 0
        self._waited_ms = 0
        self._started_ms = 0
        self._last_voiced_ms = 0
        self._finals: list[Transcribed] = []
        self._utterances = 0
        self._flushing: int | None = None
        self._flush_waited_ms = 0

    def expect(self, listen: Listen) -> None:
        """The next answer is of this kind."""
        self._listen = listen

    def await_answer(self) -> None:
        """The question has been heard: from now on silence counts as no input."""
        self._awaiting_answer = True
        self._waited_ms = 0

    def stop_awaiting(self) -> None:
        """It is not the caller's turn: silence is expected."""
        self._awaiting_answer = False

    def listened(self, event: Listened) -> list[Signal]:
        """Count one frame."""
        signals: list[Signal] = []
        if self._flushing is not None:
            self._flush_waited_ms += FRAME_MS
            if self._flush_waited_ms >= self._settings.flush_ms:
                signals.append(self._complete())
        if event.is_speech:
            signals.extend(self._voiced(event.at_ms))
        else:
            signals.extend(self._silent())
        return signals

    def transcribed(self, event: Transcribed) -> list[Signal]:
        """Take words; those that answer the flush complete the utterance."""
        if event.final and event.text:
            self._finals.append(event)
        if event.final and event.utterance is not None and event.utterance == self._flushing:
            return [self._complete()]
        if event.text and not self._speaking and self._flushing is None:
            # Speech too soft for the detector, or words that lagged behind it: nothing said is lost.
            return [self._begin(event.words[0].start_ms if event.words else event.at_ms, event.at_ms)]
        return []

    def _voiced(self, at_ms: int) -> list[Signal]:
        self._voiced_ms += FRAME_MS
        self._silent_ms = 0
        self._last_voiced_ms = at_ms
        if not self._speaking:
            if self._voiced_ms < self._settings.onset_ms or self._flushing is not None:
                return []
            return [self._begin(at_ms - self._voiced_ms, at_ms)]
        if at_ms - self._started_ms >= self._settings.longest_utterance_ms:
            return [self._pause()]
        return []

    def _silent(self) -> list[Signal]:
        self._voiced_ms = 0
        if self._speaking:
            self._silent_ms += FRAME_MS
            if self._silent_ms >= self._settings.endpoint_silence_ms.for_answer(self._listen):
                return [self._pause()]
            return []
        if not self._awaiting_answer or self._flushing is not None:
            return []
        self._waited_ms += FRAME_MS
        if self._waited_ms < self._settings.no_input_ms:
            return []
        self._waited_ms = 0
        return [NothingSaid()]

    def _begin(self, started_ms: int, now_ms: int) -> SpeechBegan:
        self._speaking = True
        self._started_ms = started_ms
        self._last_voiced_ms = now_ms
        self._silent_ms = 0
        self._waited_ms = 0
        return SpeechBegan(started_ms)

    def _pause(self) -> SpeechPaused:
        self._speaking = False
        self._silent_ms = 0
        self._voiced_ms = 0
        self._utterances += 1
        self._flushing = self._utterances
        self._flush_waited_ms = 0
        return SpeechPaused(self._utterances)

    def _complete(self) -> UtteranceEnded:
        finals, self._finals = self._finals, []
        self._flushing = None
        self._waited_ms = 0
        return UtteranceEnded(
            Utterance(
                text=" ".join(final.text for final in finals),
                started_ms=self._started_ms,
                ended_ms=self._last_voiced_ms,
                words=tuple(word for final in finals for word in final.words),
            )
        )
