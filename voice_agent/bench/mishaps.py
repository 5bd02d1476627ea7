"""What went wrong in calls, one by one: what was said, in whose voice, over what line, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from voice_agent.bench import judging
from voice_agent.bench.facts import CallFacts, Ended, Purpose, StreamFacts, Stretch
from voice_agent.bench.judging import Outcome

LATE_MS: Final = 2000
"""A reply later than this is told of."""
LATE_FLAG_MS: Final = 1000
"""And a safety sentence, or a nurse who is rung, so long after a red-flag phrase."""
SLOW_STOP_MS: Final = 400
"""So is a prompt that stops so late for an interruption."""


class Mishap(StrEnum):
    """What went wrong."""

    NO_REPLY = "no_reply"
    NOT_UNDERSTOOD = "not_understood"
    LATE = "late"
    CUT_OFF = "cut_off"
    NOT_YIELDED = "not_yielded"
    SLOW_STOP = "slow_stop"
    NOT_IGNORED = "not_ignored"
    FALSE_ALARM = "false_alarm"
    FLAG_MISSED = "flag_missed"
    """A red-flag phrase, and no safety sentence ever came."""
    FLAG_LATE = "flag_late"
    """It came late, or the nurse was rung late, or never."""


@dataclass(frozen=True, slots=True)
class Told:
    """One mishap."""

    mishap: Mishap
    at_ms: float
    """Since the bench began."""
    said: str = field(repr=False)
    """The caller's words, or the name of the noise."""
    replied: str = field(repr=False)
    """The agent's next sentence."""
    asked: str
    """The kind of question."""
    took_ms: float | None
    """The gap, or the time to the last sound heard."""
    call: int
    goal: str
    voice: str
    pace: float
    conditions: tuple[str, ...]


def mishaps(facts: Sequence[CallFacts], within: Stretch) -> Iterator[Told]:
    """All of them in that time, call by call; false alarms at any time, as they are counted."""
    start, end = within
    for call in facts:
        if call.stream:
            for mishap, at_ms, asked, took_ms in (*_of(call.stream), *_of_alarms(call, call.stream)):
                if mishap is not Mishap.FALSE_ALARM and not start <= at_ms <= end:
                    continue
                took = None if took_ms is None else round(took_ms, 1)
                yield Told(
                    mishap, round(at_ms, 1), _said(call.stream, at_ms), _replied(call.stream, at_ms), asked, took,
                    call.number, call.goal, call.voice, call.pace, call.conditions,
                )  # fmt: skip


_Found = tuple[Mishap, float, str, float | None]


def _of(stream: StreamFacts) -> Iterator[_Found]:
    for turn in judging.turns(stream):
        if turn.outcome in {Outcome.NO_REPLY, Outcome.NOT_UNDERSTOOD}:
            yield Mishap(turn.outcome.value), turn.at_ms, turn.asked, turn.gap_ms
        elif turn.gap_ms is not None and turn.gap_ms >= LATE_MS:
            yield Mishap.LATE, turn.at_ms, turn.asked, turn.gap_ms
    for pause in judging.pauses(stream):
        if pause.cut_off:
            yield Mishap.CUT_OFF, pause.at_ms, "", None
    for trial in judging.interruptions(stream):
        if not trial.yielded:
            yield Mishap.NOT_YIELDED, trial.at_ms, "", None
        elif trial.stop_ms is not None and trial.stop_ms >= SLOW_STOP_MS:
            yield Mishap.SLOW_STOP, trial.at_ms, "", trial.stop_ms
    for disturbed in judging.disturbances(stream):
        if not disturbed.ignored:
            yield Mishap.NOT_IGNORED, disturbed.at_ms, disturbed.purpose.value, None
    if judging.false_alarm(stream):
        alarm = next(s.arrived_ms for s in stream.sentences if judging.SAFETY.search(s.text))
        before = [said.end_ms for said in stream.uttered if said.onset_ms < alarm and said.purpose is not Purpose.NOISE]
        yield Mishap.FALSE_ALARM, max(before, default=alarm), "", None


def _of_alarms(call: CallFacts, stream: StreamFacts) -> Iterator[_Found]:
    for alarm in judging.alarms(stream, call.nurse_rung_ms, call.ended):
        late = [ms for ms in (alarm.safety_ms, alarm.nurse_ms) if ms is not None and ms >= LATE_FLAG_MS]
        if alarm.safety_ms is None:
            yield Mishap.FLAG_MISSED, alarm.at_ms, "", alarm.nurse_ms
        elif late or (alarm.nurse_ms is None and call.ended is not Ended.BENCH_OVER):
            yield Mishap.FLAG_LATE, alarm.at_ms, "", max(late, default=None)


def _said(stream: StreamFacts, at_ms: float) -> str:
    """What the caller said then, or just before."""
    said = [one for one in stream.uttered if one.onset_ms <= at_ms]
    return max(said, key=lambda one: one.onset_ms).text if said else ""


def _replied(stream: StreamFacts, at_ms: float) -> str:
    later = [one for one in stream.sentences if one.arrived_ms > at_ms and one.text]
    return min(later, key=lambda one: one.arrived_ms).text if later else ""
