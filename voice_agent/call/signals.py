"""What the turn taker tells the session: sounds, pauses, and utterances that are complete."""

from __future__ import annotations

from dataclasses import dataclass, field

from voice_agent.call.events import Transcribed, Word
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Weight
from voice_agent.call.replies import Listen
from voice_agent.call.word import mean_confidence


@dataclass(frozen=True, slots=True)
class Utterance:
    """One stretch of caller speech, complete."""

    text: str = field(repr=False)
    started_ms: int
    ended_ms: int
    """Audio time of the last voiced frame (back-dated: before the silence that ended it)."""
    words: tuple[Word, ...] = field(default=(), repr=False)
    first: Transcribed | None = field(default=None, repr=False)
    """What the streaming ear heard."""
    second: SecondHearing | None = field(default=None, repr=False)
    """What the second ear heard; none when it did not, or not yet."""
    unsure: bool = False
    """Neither ear is to be believed."""
    voiced_ms: int | None = None
    """How much of it was speech, for the detector; none for what was typed."""
    still_heard: int | None = None
    """The look whose second hearing is still to come: nobody waits for it any more."""

    @property
    def readings(self) -> tuple[str, ...]:
        """What else the ears took it for: looked through for red flags, never told to the dialog."""
        heard = (self.first.text if self.first else "", self.second.text if self.second else "")
        return tuple(dict.fromkeys(text for text in heard if text and text != self.text))

    @property
    def lasted_ms(self) -> int:
        """From the first voiced frame to the last."""
        return self.ended_ms - self.started_ms

    @property
    def confidence(self) -> float | None:
        """Mean word confidence, 0 to 1; none without words."""
        return mean_confidence(self.words)


@dataclass(frozen=True, slots=True)
class SoundBegan:
    """The first frame of something that may be speech."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SoundEnded:
    """It was a click: over before it could be speech."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller makes a sound that may be speech, long enough to count."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """Silence after speech: the recogniser must be flushed under this number, to see what the words are."""

    utterance: int


@dataclass(frozen=True, slots=True)
class WordsSoFar:
    """The words before a pause that may not be the end; what they mean is worth finding out meanwhile."""

    utterance: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HearingWanted:
    """The second ear is to hear the utterance so far, up to this flush."""

    utterance: int
    from_ms: int
    listen: Listen
    weight: Weight
    first: str = field(default="", repr=False)
    """What the streaming ear heard."""


@dataclass(frozen=True, slots=True)
class HearingAwaited:
    """The utterance is over but for what the second ear hears in it."""

    utterance: int


@dataclass(frozen=True, slots=True)
class UtteranceEnded:
    """The words of the utterance are complete; may be none (a noise)."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class NothingSaid:
    """The caller has been silent for too long after a question."""


Signal = (
    SoundBegan
    | SoundEnded
    | SpeechBegan
    | SpeechPaused
    | WordsSoFar
    | HearingWanted
    | HearingAwaited
    | UtteranceEnded
    | NothingSaid
)
