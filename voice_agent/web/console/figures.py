"""The figures, from facts about calls.

Pure: facts in, figures with their definitions out. `small_numbers` says what may be shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from voice_agent.call.handoff import Disposition
from voice_agent.call.transfer import FINISHED
from voice_agent.records.call_facts import CallFact
from voice_agent.web.console.small_numbers import FEW, NOTHING, Shown, not_alone

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
    values: Mapping[str, str]
    """Figure's id → its value; only `calls` where all of it is hidden."""


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
    shown = Shown(smallest)
    started = [(fact, fact.started_at.astimezone(zone)) for fact in facts]
    return Report(
        [*_of_calls(facts, shown), _callbacks(facts, overdue, shown)],
        _reasons(facts, shown),
        _groups(shown, ((fact, at.date().isoformat()) for fact, at in started)),
        _groups(shown, ((fact, f"{at.hour:02}:00") for fact, at in started)),
        _groups(shown, ((fact, fact.language) for fact in facts)),
    )


def _of_calls(facts: Sequence[CallFact], shown: Shown) -> list[Figure]:
    """What follows from the calls alone, and can be split by them."""
    return _calls(facts, shown) + _nurses(facts, shown) + [_asked_again(facts, shown)] + _talk(facts, shown)


def is_contained(fact: CallFact) -> bool:
    """Ended without a person, and the caller did not ring again within a week."""
    return fact.disposition in ALONE and fact.transfer_status is None and not fact.repeated


def _calls(facts: Sequence[CallFact], shown: Shown) -> list[Figure]:
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
            "Something was booked, changed or answered without a person, and the same number did not ring again within "
            "7 days, for whatever reason. Calls of the last 7 days count until the caller rings again; who withholds "
            "the number cannot be recognised.",
        ),
        Figure(
            "handling_time",
            "Average handling time",
            handled,
            f"{shown.count(of_handled)} calls",
            "Time with the assistant, from the first sound to the end of our stream; without the nurse's time.",
        ),
    ]


def _nurses(facts: Sequence[CallFact], shown: Shown) -> list[Figure]:
    transfers = [fact for fact in facts if fact.transfer_status is not None]
    decided = [fact for fact in transfers if fact.nurse_answer_s is not None or fact.transfer_status in FINISHED]
    accepted = sum(fact.nurse_answer_s is not None for fact in decided)
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
            shown.share(accepted, len(decided)),
            f"{shown.count(len(decided))} transfers",
            "Transfers that a nurse accepted while the caller was on the line; of those that do not ring any more.",
        ),
    ]


def _callbacks(facts: Sequence[CallFact], overdue: int, shown: Shown) -> Figure:
    made = [fact for fact in facts if fact.callback_due_at and fact.callback_done_at]
    in_time = sum(fact.callback_done_at <= fact.callback_due_at for fact in made)  # type: ignore[operator]  # both known
    return Figure(
        "callbacks_in_time",
        "Call-backs in time",
        shown.share(in_time, len(made) + overdue),
        f"{shown.count(len(made) + overdue)} call-backs",
        "Call-backs that reached the caller before they were due, of those made and of those that are late now.",
    )


def _asked_again(facts: Sequence[CallFact], shown: Shown) -> Figure:
    marked = [fact for fact in facts if fact.held]
    again, held = sum(fact.asked_again or 0 for fact in marked), sum(fact.held or 0 for fact in marked)
    return Figure(
        "repeat_question_rate",
        "Repeat-question rate",
        shown.rate(again, held, len(marked)),
        f"{shown.count(len(marked))} marked cases",
        "Of what a case held, the share that the nurse had to ask again; of cases that a nurse marked.",
    )


def _nurse_talk_s(fact: CallFact) -> int | None:
    if fact.nurse_answer_s is None or fact.nurse_end_s is None:
        return None
    return fact.nurse_end_s - fact.nurse_answer_s


def _talk(facts: Sequence[CallFact], shown: Shown) -> list[Figure]:
    talked = [fact for fact in facts if fact.turns is not None]
    turns = sum(fact.turns or 0 for fact in talked)
    silences, misses = sum(fact.no_inputs or 0 for fact in talked), sum(fact.no_matches or 0 for fact in talked)
    rating, of_rating = shown.mean((fact.rating for fact in facts), " of 5")
    return [
        Figure(
            "no_match_rate",
            "No-match rate",
            shown.rate(misses, turns, len(talked)),
            f"{shown.count(len(talked))} calls",
            "Answers of callers that meant nothing to the assistant, of all that callers said.",
        ),
        Figure(
            "no_input_rate",
            "No-input rate",
            shown.rate(silences, turns + silences, len(talked)),
            f"{shown.count(len(talked))} calls",
            "Questions that were met with silence, of all that awaited an answer.",
        ),
        Figure(
            "caller_rating",
            "Caller rating",
            rating,
            f"{shown.count(of_rating)} ratings",
            "How callers rated their call, 1 (poor) to 5 (very good), on average. Asked before goodbye where "
            "something was done for the caller and nothing clinical came up; only when conversation.ask_rating is on.",
        ),
    ]


def _reasons(facts: Sequence[CallFact], shown: Shown) -> list[Figure]:
    counts = Counter(fact.transfer_why or "other" for fact in facts if fact.transfer_status is not None)
    hidden = shown.hidden(counts)
    return [
        Figure(f"transfer_{why}", words, FEW if why in hidden else str(counts[why]), "", "")
        for why, words in REASONS.items()
    ]


def _groups(shown: Shown, keyed: Iterable[tuple[CallFact, str]]) -> list[Group]:
    """The figures of each key's calls; nothing that is hidden follows from what is shown beside it and the sum."""
    groups: dict[str, list[CallFact]] = {}
    for fact, key in keyed:
        groups.setdefault(key, []).append(fact)
    sizes = {key: len(facts) for key, facts in groups.items()}
    hidden = shown.hidden(sizes)
    values = {
        key: {figure.id: figure.value for figure in _of_calls(facts, shown)}
        for key, facts in groups.items()
        if key not in hidden
    }
    for figure in next(iter(values.values()), {}):
        few = {key for key, found in values.items() if found[figure] == FEW}
        told = {key: sizes[key] for key, found in values.items() if found[figure] != NOTHING}
        for key in not_alone(few | hidden, told):
            values[key][figure] = FEW
    unknown = {"calls": FEW}
    return [Group(key, values.get(key, unknown)) for key in sorted(groups)]


def as_rows(page: Report) -> list[tuple[str, str, str, str]]:
    """(group, key, figure, value) of every number, for a spreadsheet."""
    rows = [("all", "", figure.id, figure.value) for figure in (*page.figures, *page.reasons)]
    tables = {"day": page.by_day, "hour": page.by_hour, "language": page.by_language}
    for table, groups in tables.items():
        rows += [(table, group.key, name, value) for group in groups for name, value in group.values.items()]
    return rows
