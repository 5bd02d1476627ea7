"""A call's steps as a conversation to read."""

from __future__ import annotations

from collections.abc import Callable

from voice_agent.simulator.run import CallResult
from voice_agent.simulator.timeline import Step, What

WIDTH = 22
SHOWN_AS = {
    What.RANG: "rings",
    What.ANSWERED: "picks up",
    What.PRESSED: "presses",
    What.STREAM: "media stream",
    What.STATUS: "told the server",
    What.ON_HOLD: "waits",
    What.JOINED: "enters",
    What.BRIDGED: "talks with",
    What.LEFT: "leaves",
    What.HUNG_UP: "hangs up",
    What.ENDED: "call over:",
    What.ERROR: "ERROR",
    What.TWIML: "does",
}


def print_timeline(result: CallResult, write: Callable[[str], object] = print) -> None:
    """The whole call, then the verdict."""
    for step in result.steps:
        write(line(step))
    gaps = result.gaps_ms
    if gaps:
        write(f"silence before the agent speaks: median {sorted(gaps)[len(gaps) // 2]} ms, longest {max(gaps)} ms")
    if result.recording:
        write(f"recording: {result.recording}")
    for failure in result.failures:
        write(f"NOT as expected: {failure}")
    write(f"{result.name}: {'as expected' if result.ok else 'FAILED'} ({result.ended}, {clock(result.lasted_ms)})")


def line(step: Step) -> str:
    """One step: when, who, what, and how long the agent took."""
    match step.what:
        case What.SAID:
            who, words = step.who, f"“{step.text}”"
        case What.HEARD if step.who == "caller":
            who, words = "agent", f"“{step.text or '…'}”"
        case What.HEARD:
            who, words = f"→ {step.who}", f"“{step.text or '…'}”"
        case _:
            who, words = step.who, f"{SHOWN_AS[step.what]} {step.text}".rstrip()
    gap = f"   [after {step.gap_ms} ms]" if step.gap_ms is not None else ""
    return f"{clock(step.at_ms)}  {who:<{WIDTH}}  {words}{gap}"


def clock(at_ms: int) -> str:
    """mm:ss.t"""
    tenths = max(0, at_ms) // 100
    return f"{tenths // 600:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"
