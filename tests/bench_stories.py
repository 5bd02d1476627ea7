"""Hand-made facts of calls: a timeline in milliseconds, written short."""

from __future__ import annotations

from voice_agent.bench.facts import CallFacts, Ended, Purpose, Sentence, StreamFacts, Stretch, Uttered


def said(
    purpose: Purpose, onset: float, end: float, *pauses: Stretch, asked: str = "open", text: str = "some words"
) -> Uttered:
    """A sound of the caller; `text` is repeated behind each pause."""
    return Uttered(purpose, asked, " <500> ".join([text] * (len(pauses) + 1)), onset, end, tuple(pauses))


def answer(onset: float, end: float, *pauses: Stretch, asked: str = "open") -> Uttered:
    """An ordinary answer."""
    return said(Purpose.ANSWER, onset, end, *pauses, asked=asked)


def sentence(
    start: float, end: float, text: str = "how can i help you", *, cut: bool = False, holes: int = 0
) -> Sentence:
    """A sentence of the agent, heard as soon as it arrives."""
    return Sentence(text, "" if cut else f"key of {text}", start, start, end, cut, holes)


def stream(
    *events: Uttered | Sentence,
    clears: tuple[float, ...] = (),
    heard: tuple[Stretch, ...] | None = None,
    ended: float = 60_000,
) -> StreamFacts:
    """A stream in which the agent was heard while its sentences lasted, unless told otherwise."""
    sentences = tuple(event for event in events if isinstance(event, Sentence))
    sounded = tuple((one.began_ms, one.over_ms) for one in sentences)
    return StreamFacts(
        began_ms=0,
        ended_ms=ended,
        uttered=tuple(event for event in events if isinstance(event, Uttered)),
        sentences=sentences,
        heard=sounded if heard is None else heard,
        arrived=sounded,
        clears=clears,
        late_ms=(1.0, 2.0),
        said_levels=bytes([0, 60, 90, 20] * 500),
        heard_levels=bytes([0, 0, 80, 100] * 500),
    )


def call(
    facts: StreamFacts | None,
    *,
    ended: Ended = Ended.HUNG_UP,
    expected: str = "hung_up",
    nurse_rung_ms: float | None = None,
    console_ms: float | None = None,
) -> CallFacts:
    """One call around a stream."""
    return CallFacts(
        number=1,
        goal="booking",
        voice="flite:slt",
        pace=1.0,
        conditions=("echo",),
        expected=expected,
        ended=ended,
        placed_ms=0,
        over_ms=60_000,
        stream=facts,
        nurse_rung_ms=nurse_rung_ms,
        console_ms=console_ms,
    )
