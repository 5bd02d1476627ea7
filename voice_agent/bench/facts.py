"""What happened in one call, as the caller's end of it noticed.

Facts only; what they mean is judged elsewhere (`judging`). All times are milliseconds since the bench began, on the
wall clock: a sound is timed when its frame went into or came out of the socket, or when the carrier's buffer played it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

Stretch = tuple[float, float]
"""From, to."""


class Purpose(StrEnum):
    """Why a caller makes a sound."""

    ANSWER = "answer"
    INTERRUPTION = "interruption"
    BACKCHANNEL = "backchannel"
    NOISE = "noise"
    RED_FLAG = "red_flag"
    NUDGE = "nudge"
    """Nothing was heard for long, or what was heard made no sense: "hello?", "could you repeat that"."""


@dataclass(frozen=True, slots=True)
class Uttered:
    """One sound of the caller, complete."""

    purpose: Purpose
    asked: str
    """The kind of question that it answers; `other` for what answers none."""
    text: str = field(repr=False)
    onset_ms: float
    """Its first frame that can be heard was sent."""
    end_ms: float
    """Its last frame that can be heard was sent."""
    pauses: tuple[Stretch, ...] = ()
    """Silences inside, from the last frame of speech sent to the next one."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the agent: what came between two marks."""

    text: str = field(repr=False)
    """By the ears of the bench; empty when nobody needed to know."""
    key: str
    """Names its exact sound; empty for one that was cut before its mark came."""
    arrived_ms: float
    """Its first frame that can be heard was received."""
    began_ms: float
    """The carrier's buffer began to play it."""
    over_ms: float
    """It was played to its end, or thrown away."""
    cut: bool
    """Thrown away by `clear`, or by the end of the stream."""
    holes: int = 0
    """Times that the carrier's buffer ran dry in the middle of it for 40 ms or longer, with the caller silent."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One media stream."""

    began_ms: float
    ended_ms: float
    uttered: tuple[Uttered, ...]
    sentences: tuple[Sentence, ...]
    heard: tuple[Stretch, ...]
    """When the agent could be heard at the caller's ear; pauses of 60 ms and longer are between."""
    arrived: tuple[Stretch, ...]
    """When frames that can be heard were received; pauses of 300 ms and longer are between."""
    clears: tuple[float, ...] = ()
    gave_up: bool = False
    """The caller lost patience and hung up."""
    late_ms: tuple[float, ...] = ()
    """How late our own clock ticked: the worst of each second."""
    errors: tuple[str, ...] = ()
    """What Twilio would have reported."""
    said_levels: bytes = field(default=b"", repr=False)
    """Each 20 ms of the caller's line, 0 to 127, logarithmic."""
    heard_levels: bytes = field(default=b"", repr=False)
    """Each 20 ms at the caller's ear, likewise."""


class Ended(StrEnum):
    """How a call ended."""

    HUNG_UP = "hung_up"
    """The agent said goodbye."""
    NURSE = "nurse"
    """Joined with a nurse."""
    REFUSED = "refused"
    """Sent to the nurse line instead of the agent."""
    NURSE_LINE = "nurse_line"
    """Sent to the nurse line in mid-call."""
    GAVE_UP = "gave_up"
    """The caller was not answered, or understood nothing, and hung up."""
    FAILED = "failed"
    """The socket or a document failed."""
    BENCH_OVER = "bench_over"
    """Still going well when the time was up."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One call."""

    number: int
    goal: str
    voice: str
    pace: float
    conditions: tuple[str, ...]
    """Such as `loud room`, `echo`, `bursts`."""
    expected: str
    ended: Ended
    placed_ms: float
    over_ms: float
    stream: StreamFacts | None
    """None when it never came to a media stream."""
    nurse_rung_ms: float | None = None
    """The server's order to ring a nurse for this call arrived over REST."""
    console_ms: float | None = None
    """Its case stood on a nurse's console."""
    errors: tuple[str, ...] = ()
