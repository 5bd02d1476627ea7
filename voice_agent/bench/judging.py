"""What the facts of a call mean: gaps, interruptions, cut-offs.

Pure functions over `facts`, one for each measure; the measures' definitions in words stand in `figures`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voice_agent.bench.facts import Ended, Purpose, Sentence, StreamFacts, Stretch, Uttered
from voice_agent.simulator.pauses import split

LOST_AFTER_MS: Final = 4000
"""Words without an answer for so long are lost."""
NOTICED_WITHIN_MS: Final = 1500
"""After the end of an interruption; a prompt that is still going then was not given up for it."""
STOPPED_MS: Final = 1000
"""A prompt that is silent for longer than this has not ignored the noise."""
TRIAL_MS: Final = 300
"""So much of the sentence must be left, or nothing was tried."""
QUIET_BEFORE_MS: Final = 2500
"""A sound of the caller so close by may be why the agent stops: words take a while to be recognised."""
LONGEST_PAUSE_MS: Final = 1000
"""Longer pauses in open speech are nobody's to wait for."""

NOT_UNDERSTOOD: Final = re.compile(
    r"did(n't| not) (understand|get|catch|hear)|other words|not sure what you mean|trouble understanding|cannot hear"
)
SAFETY: Final = re.compile(
    r"may be an emergency|be an emergency|needs a nurse|heard by a nurse|really glad that you|"
    r"^thank you for telling me$|i hear you and"
)
FILLER: Final = re.compile(r"^one moment$")


class Outcome(StrEnum):
    """What became of an answer."""

    ANSWERED = "answered"
    NOT_UNDERSTOOD = "not_understood"
    """The agent asked again."""
    NO_REPLY = "no_reply"
    CUT_OFF = "cut_off"
    """The agent spoke before the caller had finished."""
    UNKNOWN = "unknown"
    """The call ended before one could tell."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An ordinary answer of the caller, and the reply."""

    asked: str
    outcome: Outcome
    at_ms: float
    gap_ms: float | None = None
    """End of the caller's speech to the first sound of ours; None without one."""
    filler: bool = False
    """That sound was a filler ("One moment.")."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A real interruption of a prompt."""

    at_ms: float
    yielded: bool
    stop_ms: float | None
    """Onset to the last sound of the agent that was heard; None when it did not yield."""


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A noise or a backchannel over a prompt."""

    at_ms: float
    purpose: Purpose
    ignored: bool


@dataclass(frozen=True, slots=True)
class Paused:
    """A pause for thought in the middle of an answer."""

    at_ms: float
    cut_off: bool
    """The agent spoke into it, or into the words after it."""
    goes_on: bool = False
    """The words before it sounded as if more came."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A red-flag phrase."""

    at_ms: float
    safety_ms: float | None
    """End of the phrase to the first sound of the safety sentence; None when none came. Negative: it was quicker."""
    nurse_ms: float | None
    """End of the phrase to the order to ring a nurse; None when none came."""
    console_ms: float | None = None
    """End of the phrase to the case on the console; None when it never came, or nobody looked."""


def turns(stream: StreamFacts) -> list[Turn]:
    """Every ordinary answer."""
    return [_turn(stream, said) for said in stream.uttered if said.purpose is Purpose.ANSWER]


def interruptions(stream: StreamFacts) -> list[Interrupted]:
    """Every real interruption that came while there was something to interrupt."""
    found = (_interrupted(stream, said) for said in stream.uttered if said.purpose is Purpose.INTERRUPTION)
    return [one for one in found if one]


def disturbances(stream: StreamFacts) -> list[Disturbed]:
    """Every noise and backchannel that came while a sentence was under way."""
    purposes = {Purpose.NOISE, Purpose.BACKCHANNEL}
    found = (_disturbed(stream, said) for said in stream.uttered if said.purpose in purposes)
    return [one for one in found if one]


def pauses(stream: StreamFacts) -> list[Paused]:
    """Every scripted pause of at most a second."""
    return [
        pause
        for said in stream.uttered
        if said.purpose in {Purpose.ANSWER, Purpose.RED_FLAG}
        for pause in _pauses(stream, said)
    ]


def alarms(
    stream: StreamFacts, nurse_rung_ms: float | None, ended: Ended, console_ms: float | None = None
) -> list[Alarm]:
    """The first red-flag phrase of the call, unless the bench ended before one could tell."""
    for said in stream.uttered:
        if said.purpose is not Purpose.RED_FLAG:
            continue
        reply = next((s for s in stream.sentences if s.arrived_ms > said.onset_ms and SAFETY.search(s.text)), None)
        rung = None if nurse_rung_ms is None else nurse_rung_ms - said.end_ms
        shown = None if console_ms is None else console_ms - said.end_ms
        if reply is None and ended is Ended.BENCH_OVER and stream.ended_ms - said.end_ms < LOST_AFTER_MS:
            return []
        return [Alarm(said.end_ms, reply.arrived_ms - said.end_ms if reply else None, rung, shown)]
    return []


def needless_stops(stream: StreamFacts) -> int:
    """How often the agent gave up what it was saying although the caller had made no sound: it heard itself."""
    return sum(
        not any(said.onset_ms - QUIET_BEFORE_MS <= clear <= said.end_ms + QUIET_BEFORE_MS for said in stream.uttered)
        for clear in stream.clears
        if any(sentence.cut and abs(sentence.over_ms - clear) < 1 for sentence in stream.sentences)
    )


def false_alarm(stream: StreamFacts) -> bool:
    """A safety sentence although the caller had said nothing alarming."""
    flagged = min((s.onset_ms for s in stream.uttered if s.purpose is Purpose.RED_FLAG), default=float("inf"))
    return any(s.arrived_ms < flagged and SAFETY.search(s.text) for s in stream.sentences)


def _turn(stream: StreamFacts, said: Uttered) -> Turn:
    if any(said.onset_ms < onset <= said.end_ms for onset, _ in stream.arrived):
        return Turn(said.asked, Outcome.CUT_OFF, said.end_ms)
    after = min((other.onset_ms for other in stream.uttered if other.onset_ms > said.end_ms), default=float("inf"))
    reply_ms = next((onset for onset, _ in stream.arrived if onset > said.end_ms), None)
    if reply_ms is None or reply_ms > after:
        over = min(after, stream.ended_ms) - said.end_ms
        return Turn(said.asked, Outcome.NO_REPLY if over >= LOST_AFTER_MS else Outcome.UNKNOWN, said.end_ms)
    gap_ms = reply_ms - said.end_ms
    reply = [sentence.text for sentence in stream.sentences if said.end_ms < sentence.arrived_ms < after]
    lost = any(NOT_UNDERSTOOD.search(text) for text in reply)
    outcome = Outcome.NO_REPLY if gap_ms >= LOST_AFTER_MS else Outcome.NOT_UNDERSTOOD if lost else Outcome.ANSWERED
    return Turn(said.asked, outcome, said.end_ms, gap_ms, bool(reply and FILLER.search(reply[0])))


def _interrupted(stream: StreamFacts, said: Uttered) -> Interrupted | None:
    under_way = _under_way(stream, said.onset_ms)
    if under_way is None:
        return None
    until = said.end_ms + NOTICED_WITHIN_MS
    clear = next((at for at in stream.clears if said.onset_ms <= at <= until), None)
    if clear is None:
        last = _last_of_prompt(stream, under_way)
        return None if last.over_ms - said.onset_ms < NOTICED_WITHIN_MS else Interrupted(said.onset_ms, False, None)
    heard_until = max((end for start, end in stream.heard if start < clear), default=said.onset_ms)
    return Interrupted(said.onset_ms, True, max(0.0, min(heard_until, clear) - said.onset_ms))


def _disturbed(stream: StreamFacts, said: Uttered) -> Disturbed | None:
    under_way = _under_way(stream, said.onset_ms)
    if under_way is None or under_way.over_ms - said.onset_ms < TRIAL_MS:
        return None
    if under_way.cut and under_way.over_ms >= stream.ended_ms:
        return None  # the stream ended, for another reason
    ignored = (
        not under_way.cut
        and longest_silence(stream.heard, (said.onset_ms, under_way.over_ms)) <= STOPPED_MS
        and not _asked_again(stream, said)
    )
    return Disturbed(said.onset_ms, said.purpose, ignored)


def _asked_again(stream: StreamFacts, said: Uttered) -> bool:
    """Whether the agent, before the caller next spoke, said that it had not understood."""
    after = min((other.onset_ms for other in stream.uttered if other.onset_ms > said.end_ms), default=float("inf"))
    return any(NOT_UNDERSTOOD.search(s.text) for s in stream.sentences if said.onset_ms < s.arrived_ms < after)


def _pauses(stream: StreamFacts, said: Uttered) -> Iterator[Paused]:
    starts = [start for start, _ in said.pauses] + [said.end_ms]
    written = split(said.text)[1]
    for place, (start, end) in enumerate(said.pauses):
        if end - start <= LONGEST_PAUSE_MS + 50:  # a frame or two of jitter in our own sending
            cut_off = any(start < onset <= starts[place + 1] for onset, _ in stream.arrived)
            yield Paused(start, cut_off, written[place].goes_on)


def _under_way(stream: StreamFacts, at_ms: float) -> Sentence | None:
    """The sentence that the caller was hearing."""
    return next((s for s in stream.sentences if s.began_ms <= at_ms < s.over_ms), None)


def _last_of_prompt(stream: StreamFacts, sentence: Sentence) -> Sentence:
    """Sentences that follow one another without much of a pause are one prompt."""
    last = sentence
    for later in stream.sentences:
        if later.began_ms > last.began_ms and later.began_ms - last.over_ms <= STOPPED_MS:
            last = later
    return last


def longest_silence(heard: tuple[Stretch, ...], within: Stretch) -> float:
    """The longest stretch inside `within` in which nothing was heard."""
    start, end = within
    longest, silent_since = 0.0, start
    for sound_from, sound_to in heard:
        if sound_to <= start or sound_from >= end:
            continue
        longest = max(longest, sound_from - silent_since)
        silent_since = max(silent_since, sound_to)
    return max(longest, end - silent_since)
