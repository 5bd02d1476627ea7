"""Whom to ring for a caller: the nurses' ladder, as far as it applies now.

Pure: the ladder as it stands in config.yaml, the time and the caller's language in; numbers and their steps out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Annotated, ClassVar, Final

from pydantic import Field

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
"""E.164, as Twilio takes it: +15551234567."""


@dataclass(frozen=True, slots=True)
class LadderEntry:
    """One number of the ladder, and when it is rung.

    Raises ValueError, with a sentence, for a weekday or a span that is none.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    number: Number = field(repr=False)
    hours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Weekday ("monday") → ("08:00-17:00"), clinic time; over midnight if it ends before it begins; none is always."""
    languages: tuple[str, ...] = ()
    """What is spoken there, as `en`, `es`; none is every language."""
    with_previous: bool = False
    """Rings together with the number before it."""

    def __post_init__(self) -> None:
        for weekday, spans in self.hours.items():
            if weekday not in WEEKDAYS:
                raise ValueError(f"hours: {weekday!r} is no weekday; write monday … sunday")
            for span in spans:
                _times(span)

    def answers_at(self, now: datetime) -> bool:
        """Whether it is rung at this time, in the clinic's zone."""
        if not self.hours:
            return True
        today, yesterday = WEEKDAYS[now.weekday()], WEEKDAYS[now.weekday() - 1]
        moment = now.time()
        for span in self.hours.get(today, ()):
            begins, ends = _times(span)
            if begins <= moment and (moment < ends or ends <= begins):
                return True
        # What began yesterday and goes on over midnight.
        return any(ends <= begins and moment < ends for begins, ends in map(_times, self.hours.get(yesterday, ())))


def entry(one: str | LadderEntry) -> LadderEntry:
    """A plain number is rung at any time, alone."""
    return LadderEntry(one) if isinstance(one, str) else one


def whom_to_ring(
    ladder: Sequence[str | LadderEntry], on_call: str | None, now: datetime, language: str
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """(numbers, their steps), those with the same step ring together; `on_call` comes last, at any hour.

    Where nobody on duty speaks the caller's language, all who are on duty are rung: a nurse with an interpreter is
    better than none.
    """
    numbers: list[str] = []
    steps: list[int] = []
    on_duty = [(step, one) for step, one in _stepped(ladder) if one.answers_at(now)]
    speaking = [(step, one) for step, one in on_duty if not one.languages or language in one.languages]
    for step, one in speaking or on_duty:
        if one.number not in numbers:
            numbers.append(one.number)
            steps.append(step)
    if on_call and on_call not in numbers:
        numbers.append(on_call)
        steps.append(len(ladder))
    return tuple(numbers), tuple(steps)


def _stepped(ladder: Sequence[str | LadderEntry]) -> list[tuple[int, LadderEntry]]:
    step = -1
    found: list[tuple[int, LadderEntry]] = []
    for one in map(entry, ladder):
        step += not (one.with_previous and found)
        found.append((step, one))
    return found


def _times(span: str) -> tuple[time, time]:
    matched = _SPAN.fullmatch(span)
    if matched is None:
        raise ValueError(f"hours: {span!r} is no span; write 08:00-17:00")
    begins, ends = time(int(matched[1]), int(matched[2])), time(int(matched[3]), int(matched[4]))
    if begins == ends:
        raise ValueError(f"hours: {span!r} is empty; leave `hours` out for every hour")
    return begins, ends
