"""The figures, from facts about calls.

Pure: facts in, figures with their definitions out. A number of calls from 1 to `smallest` - 1 is never shown, and
neither is a share that would tell it: few calls may be one person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from voice_agent.call.handoff import Disposition
from voice_agent.records.call_facts import CallFact

ALONE: Final = frozenset(
    {
        Disposition.APPOINTMENT_BOOKED,
        Disposition.APPOINTMENT_RESCHEDULED,
        Disposition.APPOINTMENT_CANCELLED,
        Disposition.SELF_SERVED,
    }
)
"""Ends that needed no person."""
REASONS: Final = {"red_flag": "Red flag", "symptom": "Symptom", "asked": "Asked for a person", "other": "Other"}
NOTHING: Final = "–"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, with what it means."""

    id: str
    name: str
    value: str
    of: str
    """What it is counted from."""
    definition: str


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one day, hour or language."""

    key: str
    calls: str
    contained: str
    transferred: str


@dataclass(frozen=True, slots=True)
class Report:
    """The page."""

    figures: list[Figure]
    reasons: list[Figure]
    by_day: list[Group]
    by_hour: list[Group]
    by_language: list[Group]


def report(facts: Sequence[CallFact], overdue: int, smallest: int, zone: ZoneInfo) -> Report:
    """All figures of these calls; `overdue`: call-backs that are owed and late now."""
    shown = _Shown(smallest)
    started = [(fact, fact.started_at.astimezone(zone)) for fact in facts]
    return Report(
        _calls(facts, shown) + _nurses(facts, shown) + _afterwards(facts, overdue, shown) + _talk(facts, shown),
        _reasons(facts, shown),
        _groups(shown, ((fact, at.date().isoformat()) for fact, at in started)),
        _groups(shown, ((fact, f"{at.hour:02}:00") for fact, at in started)),
        _groups(shown, ((fact, fact.language) for fact in facts)),
    )


def is_contained(fact: CallFact) -> bool:
    """Ended without a person, and the caller did not ring again within a week."""
    return fact.disposition in ALONE and fact.transfer_status is None and not fact.repeated


class _Shown:
    """Numbers as they may be shown."""

    def __init__(self, smallest: int) -> None:
        self._smallest = smallest

    def is_small(self, number: int) -> bool:
        return 0 < number < self._smallest

    def count(self, number: int) -> str:
        return f"fewer than {self._smallest}" if self.is_small(number) else str(number)

    def share(self, part: int, whole: int) -> str:
        """In percent; neither part nor rest may be few."""
        if whole == 0:
            return NOTHING
        if any(self.is_small(number) for number in (part, whole - part, whole)):
            return "too few to show"
        return f"{part / whole:.1%}"

    def mean(self, values: Iterable[int | None], unit: str) -> tuple[str, int]:
        """The mean, and of how many."""
        known = [value for value in values if value is not None]
        if not known:
            return NOTHING, 0
        if self.is_small(len(known)):
            return "too few to show", len(known)
        return f"{sum(known) / len(known):.1f}{unit}", len(known)


def _calls(facts: Sequence[CallFact], shown: _Shown) -> list[Figure]:
    at_once = sum(fact.answer == "stream" for fact in facts)
    answered = sum(fact.answer is not None for fact in facts)
    ended = [fact for fact in facts if fact.disposition is not None]
    contained = sum(map(is_contained, ended))
    handled, of_handled = shown.mean((fact.seconds for fact in ended), " s")
    return [
        Figure("calls", "Calls", shown.count(len(facts)), "", "Every call that rang on this line."),
        Figure(
            "answered_at_once",
            "Answered at once",
            shown.share(at_once, answered),
            f"{shown.count(answered)} calls",
            "Answered by the assistant at the first ring; the others were sent on: we were full, late or down.",
        ),
        Figure(
            "containment",
            "Containment (true)",
            shown.share(contained, len(ended)),
            f"{shown.count(len(ended))} calls",
            "Ended without a person, and the same number did not ring again within 7 days, for whatever reason. "
            "Calls of the last 7 days count until the caller rings again.",
        ),
        Figure(
            "handling_time",
            "Average handling time",
            handled,
            f"{shown.count(of_handled)} calls",
            "Time with the assistant, from the first sound to the end of our stream; without the nurse's time.",
        ),
    ]


def _nurses(facts: Sequence[CallFact], shown: _Shown) -> list[Figure]:
    transfers = [fact for fact in facts if fact.transfer_status is not None]
    accepted = sum(fact.nurse_answer_s is not None for fact in transfers)
    answer, of_answer = shown.mean((fact.nurse_answer_s for fact in transfers), " s")
    talk, of_talk = shown.mean(map(_nurse_talk_s, transfers), " s")
    return [
        Figure(
            "transfers",
            "Transfers to a nurse",
            shown.share(len(transfers), len(facts)),
            f"{shown.count(len(facts))} calls",
            "Calls for which a nurse was rung.",
        ),
        Figure(
            "nurse_answer_time",
            "Nurse answer time",
            answer,
            f"{shown.count(of_answer)} transfers",
            "From the wish for a nurse to the moment when one accepted, on average.",
        ),
        Figure(
            "nurse_time",
            "Nurse's time with the caller",
            talk,
            f"{shown.count(of_talk)} transfers",
            "From her acceptance to the end of their talk, on average.",
        ),
        Figure(
            "accept_rate",
            "Accept rate",
            shown.share(accepted, len(transfers)),
            f"{shown.count(len(transfers))} transfers",
            "Transfers that a nurse accepted while the caller was on the line.",
        ),
    ]


def _afterwards(facts: Sequence[CallFact], overdue: int, shown: _Shown) -> list[Figure]:
    made = [fact for fact in facts if fact.callback_due_at and fact.callback_done_at]
    in_time = sum(fact.callback_done_at <= fact.callback_due_at for fact in made)  # type: ignore[operator]  # both known
    marked = [fact for fact in facts if fact.held]
    again, held = sum(fact.asked_again or 0 for fact in marked), sum(fact.held or 0 for fact in marked)
    return [
        Figure(
            "callbacks_in_time",
            "Call-backs in time",
            shown.share(in_time, len(made) + overdue),
            f"{shown.count(len(made) + overdue)} call-backs",
            "Call-backs that reached the caller before they were due, of those made and of those that are late now.",
        ),
        Figure(
            "repeat_question_rate",
            "Repeat-question rate",
            NOTHING if not held else "too few to show" if shown.is_small(len(marked)) else f"{again / held:.1%}",
            f"{shown.count(len(marked))} marked cases",
            "Of what a case held, the share that the nurse had to ask again; of cases that a nurse marked.",
        ),
    ]


def _nurse_talk_s(fact: CallFact) -> int | None:
    if fact.nurse_answer_s is None or fact.nurse_end_s is None:
        return None
    return fact.nurse_end_s - fact.nurse_answer_s


def _talk(facts: Sequence[CallFact], shown: _Shown) -> list[Figure]:
    talked = [fact for fact in facts if fact.turns is not None]
    turns = sum(fact.turns or 0 for fact in talked)
    silences, misses = sum(fact.no_inputs or 0 for fact in talked), sum(fact.no_matches or 0 for fact in talked)
    rating, of_rating = shown.mean((fact.rating for fact in facts), " of 5")
    few = shown.is_small(len(talked))

    def per_turn(number: int, whole: int) -> str:
        return NOTHING if not whole else "too few to show" if few else f"{number / whole:.1%}"

    return [
        Figure(
            "no_match_rate",
            "No-match rate",
            per_turn(misses, turns),
            f"{shown.count(len(talked))} calls",
            "Answers of callers that meant nothing to the assistant, of all that callers said.",
        ),
        Figure(
            "no_input_rate",
            "No-input rate",
            per_turn(silences, turns + silences),
            f"{shown.count(len(talked))} calls",
            "Questions that were met with silence, of all that awaited an answer.",
        ),
        Figure(
            "caller_rating",
            "Caller rating",
            rating,
            f"{shown.count(of_rating)} ratings",
            "What callers pressed at the end of a call, 1 to 5, on average; only where they are asked.",
        ),
    ]


def _reasons(facts: Sequence[CallFact], shown: _Shown) -> list[Figure]:
    counts = Counter(fact.transfer_why or "other" for fact in facts if fact.transfer_status is not None)
    hidden = _hidden(counts, shown)
    return [
        Figure(f"transfer_{why}", words, "too few to show" if why in hidden else str(counts[why]), "", "")
        for why, words in REASONS.items()
    ]


def _groups(shown: _Shown, keyed: Iterable[tuple[CallFact, str]]) -> list[Group]:
    groups: dict[str, list[CallFact]] = {}
    for fact, key in keyed:
        groups.setdefault(key, []).append(fact)
    hidden = _hidden(Counter({key: len(facts) for key, facts in groups.items()}), shown)

    def row(key: str, facts: list[CallFact]) -> Group:
        if key in hidden:
            return Group(key, "too few to show", NOTHING, NOTHING)
        transferred = sum(fact.transfer_status is not None for fact in facts)
        shares = [shown.share(number, len(facts)) for number in (sum(map(is_contained, facts)), transferred)]
        return Group(key, str(len(facts)), *shares)

    return [row(key, groups[key]) for key in sorted(groups)]


def _hidden(counts: Counter[str], shown: _Shown) -> set[str]:
    """Keys whose count is not shown; never one alone, for it would follow from the sum."""
    hidden = {key for key, count in counts.items() if shown.is_small(count)}
    others = sorted((key for key in counts if counts[key] and key not in hidden), key=lambda key: counts[key])
    return hidden | set(others[:1]) if len(hidden) == 1 else hidden


def as_rows(page: Report) -> list[tuple[str, str, str, str]]:
    """(group, key, figure, value) of every number, for a spreadsheet."""
    rows = [("all", "", figure.id, figure.value) for figure in (*page.figures, *page.reasons)]
    tables: list[tuple[str, list[Group]]] = [
        ("day", page.by_day),
        ("hour", page.by_hour),
        ("language", page.by_language),
    ]
    columns: list[tuple[str, Callable[[Group], str]]] = [
        ("calls", lambda group: group.calls),
        ("containment", lambda group: group.contained),
        ("transfers", lambda group: group.transferred),
    ]
    for table, groups in tables:
        rows += [(table, group.key, name, value(group)) for group in groups for name, value in columns]
    return rows
