"""What is measured about a call; nothing of it tells what was said.

Times are milliseconds on the caller's line (`line_clock.py`); a time is None when the thing did not happen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voice_agent.call.replies import Listen


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """One turn, from the caller's last sound to the proof that our answer was heard."""

    kind: Listen
    """The answer that was expected."""
    endpoint_ms: int
    """The session acted on the complete utterance, key or red flag."""
    speech_ended_ms: int | None = None
    """End of the caller's last voiced frame before that, back-dated by what the detector holds on; none for a key."""
    flushed_ms: int | None = None
    """The recogniser was asked for the words that `words_ms` brought."""
    words_ms: int | None = None
    """The final words were back. Before `endpoint_ms` when we waited on to see whether the caller goes on."""
    reply_ms: int | None = None
    """The dialog's reply was there; none for a turn that needed no dialog."""
    first_frame_ms: int | None = None
    """Our first frame went out: of the reply, or of the filler that covered it."""
    first_mark_ms: int | None = None
    """The carrier told that our first sentence was heard."""
    transfer_ms: int | None = None
    """The nurse was ordered."""
    covered: bool = False
    """A filler was the first that the caller heard."""
    red_flag: bool = False
    """A red flag made the turn: no dialog, the safety sentence at once."""

    @property
    def platform_gap_ms(self) -> int | None:
        """From the caller's last sound to our first, at our socket: what the caller waits because of us."""
        return _between(self.speech_ended_ms, self.first_frame_ms)

    @property
    def endpoint_delay_ms(self) -> int | None:
        """How long we waited until we took the utterance for complete; recognition lies within."""
        return _between(self.speech_ended_ms, self.endpoint_ms)

    @property
    def recognition_ms(self) -> int | None:
        """How long the flushed words took."""
        return _between(self.flushed_ms, self.words_ms)

    @property
    def dialog_ms(self) -> int | None:
        """How long the dialog thought."""
        return _between(self.endpoint_ms, self.reply_ms)

    @property
    def synthesis_ms(self) -> int | None:
        """From knowing what to say to our first frame; none when a filler came first."""
        if self.covered:
            return None
        return _between(self.endpoint_ms if self.reply_ms is None else self.reply_ms, self.first_frame_ms)

    @property
    def red_flag_ms(self) -> int | None:
        """From the end of the words that raised a red flag to the order for the nurse."""
        return _between(self.speech_ended_ms, self.transfer_ms) if self.red_flag else None


class Outcome(StrEnum):
    """How a caller's sound over a prompt ended."""

    YIELDED = "yielded"
    """The prompt was dropped: the caller has the floor."""
    RESUMED = "resumed"
    """It was a noise or a mm-hm: the prompt went on."""
    OVER = "over"
    """Neither: the prompt had been sent to its end, or the call ended."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """The caller made a sound while we spoke."""

    outcome: Outcome
    onset_ms: int | None
    """Begin of the unbroken sound that made us stop; none for a key."""
    silent_ms: int
    """The command to pause or to stop; the carrier may play on for `loop.lead_ms`."""

    @property
    def barge_in_ms(self) -> int | None:
        """From the caller's onset to our command."""
        return _between(self.onset_ms, self.silent_ms)


class SecondEarOutcome(StrEnum):
    """What became of an utterance that the second ear was to hear."""

    HEARD = "heard"
    """In time for its turn."""
    LATE = "late"
    """The turn had gone on: only looked through for red flags."""
    IN_VAIN = "in_vain"
    """The caller went on: the whole is heard later."""
    SHED = "shed"
    """Left out because of load."""
    FAILED = "failed"
    """No second ear works, or it took too long."""


@dataclass(frozen=True, slots=True)
class SecondEarTimes:
    """One hearing of the second ear."""

    outcome: SecondEarOutcome
    answered_ms: int
    """From the order to the answer, waiting in the queue included."""
    waited_ms: int | None = None
    """So long the turn waited for it past its own end; none when it was no turn, because the caller went on."""
    work_ms: int | None = None
    """What hearing cost, on the wall; none when nothing was heard."""
    sound_ms: int | None = None
    """How much was heard."""


class Counted(StrEnum):
    """What is only counted."""

    NO_INPUT = "no_input"
    NO_MATCH = "no_match"
    FILLER = "filler"
    PARTIALS_SHED = "partials_shed"
    SPECULATION_USED = "speculation_used"
    SPECULATION_IN_VAIN = "speculation_in_vain"


Measurement = TurnTimes | Interruption | SecondEarTimes | Counted


def _between(start_ms: int | None, end_ms: int | None) -> int | None:
    return None if start_ms is None or end_ms is None else max(0, end_ms - start_ms)
