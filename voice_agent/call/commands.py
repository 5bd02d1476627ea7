"""What the agent can do about a call, in the imperative.

The session answers events with these; the shell (`call_loop`) performs them in order. Like events they are
frozen values that survive a round trip through JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from voice_agent.call.handoff import CallSummary, Disposition
from voice_agent.call.listening_again import Weight
from voice_agent.call.replies import Listen
from voice_agent.triage.care_levels import CareLevel

OnlyIfAny = Annotated[tuple[str, ...], Field(exclude_if=lambda denied: not denied)]
"""Not written when there is none, as in calls that were recorded before: they replay byte for byte."""


class PromptKind(StrEnum):
    """How a prompt may be interrupted."""

    NORMAL = "normal"
    """A caller's word stops it."""
    SAFETY = "safety"
    """Nothing stops it; what was not heard to its end is said again."""
    FILLER = "filler"
    """Covers a wait; the reply that it covers replaces it."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something to say, one sentence at a time."""

    id: int
    """Counts up within the call."""
    sentences: tuple[str, ...] = field(repr=False)
    kind: PromptKind = PromptKind.NORMAL
    rate_wpm: int = 165
    """Words per minute."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Say a prompt after whatever is still being said."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class PauseSpeaking:
    """Stop sending at the next frame and keep the place."""


@dataclass(frozen=True, slots=True)
class ResumeSpeaking:
    """Go on from the frame where it paused."""


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """Drop all that is left to say, and what the carrier still holds (`clear`)."""


@dataclass(frozen=True, slots=True)
class ExpectAnswer:
    """Tell the ear what kind of answer comes next."""

    listen: Listen


@dataclass(frozen=True, slots=True)
class FinishUtterance:
    """The caller has paused: flush the recogniser; the final comes back tagged with `utterance`."""

    utterance: int


@dataclass(frozen=True, slots=True)
class HearAgain:
    """Have the second ear hear all that was said of the utterance; `HeardAgain` or `NotHeardAgain` answers."""

    utterance: int
    """The flush that it goes up to."""
    from_ms: int
    """Audio time at which the utterance began; the detector may have noticed it late."""
    listen: Listen
    """What was asked."""
    weight: Weight
    first: str = field(default="", repr=False)
    """What the streaming ear heard, to be compared."""


@dataclass(frozen=True, slots=True)
class AwaitSecondEar:
    """The utterance is over, and only `HearAgain` with this number is waited for."""

    utterance: int


@dataclass(frozen=True, slots=True)
class Speculate:
    """The words so far may be all: find out what they mean, and get the likely reply ready. Changes nothing."""

    utterance: int
    """The flush that gave the words; `Understood` answers with it."""
    text: str = field(repr=False)
    question: str | None = None
    """Id of the question that they may answer."""


@dataclass(frozen=True, slots=True)
class JudgeMeaning:
    """Have the second opinion judge words of the caller; `MeaningJudged` answers, or nothing when it cannot."""

    request: int
    """Counts up within the call."""
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskDialog:
    """Send the caller's words, or `/intent` for a key, to the dialog manager."""

    request: int
    message: str = field(repr=False)
    denied: OnlyIfAny = ()
    """Ids of red-flag questions that were put for these words and answered no: the dialog does not ask them again."""


@dataclass(frozen=True, slots=True)
class TransferToNurse:
    """Start ringing the nurse, now; the caller stays with us until `LeaveStream`."""

    care_level: CareLevel
    summary: CallSummary = field(repr=False)


@dataclass(frozen=True, slots=True)
class SaveProgress:
    """Keep what is known of the call, so that it can go on without this process."""

    summary: CallSummary = field(repr=False)


class NextStep(StrEnum):
    """What Twilio is told when it asks how the call goes on (`POST /twilio/resume`)."""

    CONFERENCE = "conference"
    """Join the transfer's conference."""
    NURSE_LINE = "nurse_line"
    """Dial the nurse line directly: no transfer could be started."""
    RECONNECT = "reconnect"
    """Open a new stream and go on."""
    HANG_UP = "hang_up"
    """Goodbye was said."""


@dataclass(frozen=True, slots=True)
class LeaveStream:
    """Close the socket: the carrier then asks what comes next."""

    next_step: NextStep
    disposition: Disposition


Command = (
    Speak
    | PauseSpeaking
    | ResumeSpeaking
    | StopSpeaking
    | ExpectAnswer
    | FinishUtterance
    | HearAgain
    | AwaitSecondEar
    | Speculate
    | JudgeMeaning
    | AskDialog
    | TransferToNurse
    | SaveProgress
    | LeaveStream
)
