"""What can happen in a call, in the past tense.

Every event is a frozen value that survives a round trip through JSON, so a call is replayed from its file.
Times are `at_ms`: milliseconds of audio since the stream began, the only clock that the core knows.
Fields that carry speech, names or numbers are `repr=False`: they never reach a log by accident.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed
from voice_agent.call.replies import DialogReply
from voice_agent.call.word import Word as Word
from voice_agent.triage.second_opinion import Opinion


@dataclass(frozen=True, slots=True)
class CallConnected:
    """The media stream is up; the caller hears us from now on."""

    call_id: str
    """Twilio's CallSid."""
    caller_number: str = field(default="", repr=False)
    """As the carrier gives it, E.164; a hint, never an identity."""
    started_at: str = ""
    """Wall clock, ISO 8601 with offset, for the record only."""
    resumed: bool = False
    """The caller was already in conversation; the socket was lost and is back."""


@dataclass(frozen=True, slots=True)
class Listened:
    """20 ms of the caller's line were judged."""

    at_ms: int
    """Audio time at the end of the frame."""
    is_speech: bool


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The recogniser heard words: a partial (may change) or a final (will not)."""

    text: str = field(repr=False)
    at_ms: int
    """Audio time up to which the recogniser has listened."""
    final: bool = False
    words: tuple[Word, ...] = field(default=(), repr=False)
    """Only with finals."""
    alternatives: tuple[str, ...] = field(default=(), repr=False)
    """Other readings of the same audio, best first, without `text`."""
    utterance: int | None = None
    """The `FinishUtterance` that this final answers; none when the recogniser cut by itself."""


@dataclass(frozen=True, slots=True)
class HeardAgain:
    """The second ear has heard what was said of an utterance up to a look."""

    utterance: int
    """The `HearAgain` that this answers."""
    hearing: SecondHearing


@dataclass(frozen=True, slots=True)
class NotHeardAgain:
    """The second ear did not hear what `HearAgain` asked for."""

    utterance: int
    """The `HearAgain` that this answers."""
    why: Missed


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """The caller pressed a key."""

    digit: str
    """One of 0-9, * and #."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class SentenceHeard:
    """The mark after a sentence came back, not from a `clear`: the caller heard it to its end."""

    prompt: int
    sentence: int
    """Index in the prompt, from 0."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeakingCut:
    """A prompt was stopped while this sentence of it was being said."""

    prompt: int
    sentence: int
    """Index in the prompt, from 0."""
    heard_ms: int
    """So much of the sentence had been played to the caller."""
    lasts_ms: int
    """So long is the whole sentence."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class PromptFinished:
    """The last sentence of a prompt was heard."""

    prompt: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Understood:
    """What the words of `Speculate` would mean to the dialog, which knows nothing of them yet."""

    utterance: int
    intent: str
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class MeaningJudged:
    """The second opinion on words of the caller."""

    request: int
    """The `JudgeMeaning` that this answers."""
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class DialogReplied:
    """The dialog manager answered request `request`."""

    request: int
    reply: DialogReply


@dataclass(frozen=True, slots=True)
class DialogFailed:
    """The dialog manager did not answer request `request` in time, or wrongly."""

    request: int


@dataclass(frozen=True, slots=True)
class DialogDelayed:
    """The answer to request `request` is taking longer than a caller waits in silence."""

    request: int
    times: int = 1
    """Counts up while it goes on."""


@dataclass(frozen=True, slots=True)
class ServiceFailed:
    """A part that the call stands on stopped working: the answer is a person."""

    service: str
    """An error `code`: recognizer, synthesizer, call_store, carrier …"""


@dataclass(frozen=True, slots=True)
class TransferProgressed:
    """The nurse leg moved while the caller is still on our stream."""

    status: str
    """A value of `transfer.TransferStatus`."""


@dataclass(frozen=True, slots=True)
class StreamStalled:
    """No frame has arrived for some time; `silent_ms` of wall clock, measured by the shell."""

    silent_ms: int


@dataclass(frozen=True, slots=True)
class ServerDraining:
    """This server is about to stop; the call must go on elsewhere."""


@dataclass(frozen=True, slots=True)
class CallerHungUp:
    """The stream stopped from the other side."""

    at_ms: int


Event = (
    CallConnected
    | Listened
    | Transcribed
    | HeardAgain
    | NotHeardAgain
    | DigitPressed
    | SentenceHeard
    | SpeakingCut
    | PromptFinished
    | Understood
    | MeaningJudged
    | DialogReplied
    | DialogFailed
    | DialogDelayed
    | ServiceFailed
    | TransferProgressed
    | StreamStalled
    | ServerDraining
    | CallerHungUp
)
