"""Figures: what is counted, and what is not shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from voice_agent.records.call_facts import CallFact
from voice_agent.web.console.figures import Report, as_rows, report

AT = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
"""The evening before, in New York."""
ZONE = ZoneInfo("America/New_York")
SERVED = CallFact(AT, answer="stream", seconds=90, disposition="self_served", turns=4, no_inputs=0, no_matches=0)
NURSED = CallFact(
    AT,
    answer="stream",
    seconds=30,
    disposition="nurse_transferred",
    turns=2,
    no_inputs=1,
    no_matches=1,
    transfer_why="red_flag",
    transfer_status="done",
    nurse_answer_s=20,
    nurse_end_s=140,
)
SENT_AWAY = CallFact(AT, answer="at_capacity")


def values(page: Report) -> dict[str, str]:
    return {figure.id: figure.value for figure in (*page.figures, *page.reasons)}


def test_every_figure_is_counted_as_its_definition_says() -> None:
    late = replace(NURSED, callback_due_at=AT, callback_done_at=AT + timedelta(seconds=1))
    in_time = replace(NURSED, callback_due_at=AT, callback_done_at=AT, asked_again=1, held=10, rating=4)
    facts = [SERVED] * 12 + [replace(SERVED, repeated=True)] * 8 + [in_time] * 6 + [late] * 5 + [SENT_AWAY] * 9
    found = values(report(facts, 1, 5, ZONE))
    assert found == {
        "calls": "40",
        "answered_at_once": "77.5%",
        "containment": "38.7%",
        "handling_time": "68.7 s",
        "transfers": "27.5%",
        "nurse_answer_time": "20.0 s",
        "nurse_time": "120.0 s",
        "accept_rate": "100.0%",
        "callbacks_in_time": "50.0%",
        "repeat_question_rate": "10.0%",
        "no_match_rate": "10.8%",
        "no_input_rate": "9.7%",
        "caller_rating": "4.0 of 5",
        "transfer_red_flag": "11",
        "transfer_symptom": "0",
        "transfer_asked": "0",
        "transfer_other": "0",
    }


def test_every_figure_says_what_it_means() -> None:
    assert all(figure.definition.endswith(".") for figure in report([SERVED], 0, 5, ZONE).figures)


def test_days_and_hours_are_the_clinics() -> None:
    page = report([SERVED] * 5, 0, 5, ZONE)
    assert [group.key for group in page.by_day] == ["2026-03-01"]
    assert [group.key for group in page.by_hour] == ["23:00"]
    assert [(group.key, group.calls, group.contained) for group in page.by_language] == [("en", "5", "100.0%")]


@pytest.mark.parametrize("number", [1, 4])
def test_few_calls_are_not_shown(number: int) -> None:
    page = report([replace(NURSED, rating=1, asked_again=1, held=2)] * number, 0, 5, ZONE)
    found = values(page)
    assert found["calls"] == "fewer than 5"
    shown = {name: value for name, value in found.items() if value not in {"too few to show", "–", "0"}}
    assert shown == {"calls": "fewer than 5"}
    assert [group.calls for group in page.by_day] == ["too few to show"]


def test_a_share_that_would_tell_few_calls_is_not_shown() -> None:
    few, rest = [NURSED] * 2, [SERVED] * 50
    assert values(report(few + rest, 0, 5, ZONE))["transfers"] == "too few to show"
    assert values(report([NURSED] * 50 + [SERVED] * 2, 0, 5, ZONE))["transfers"] == "too few to show"
    assert values(report([SERVED] * 50, 0, 5, ZONE))["transfers"] == "0.0%"


def test_one_hidden_number_does_not_follow_from_the_others() -> None:
    days = (0,) * 20 + (1,) * 3 + (2,) * 9
    page = report([replace(SERVED, started_at=AT + timedelta(days=day)) for day in days], 0, 5, ZONE)
    assert [group.calls for group in page.by_day] == ["20", "too few to show", "too few to show"]


def test_without_calls_there_is_nothing_to_divide() -> None:
    page = report([], 0, 5, ZONE)
    assert values(page)["calls"] == "0"
    assert {value for name, value in values(page).items() if not name.startswith("transfer_")} == {"0", "–"}
    assert page.by_day == []


def test_the_sheet_holds_what_the_page_shows() -> None:
    rows = as_rows(report([SERVED] * 7, 0, 5, ZONE))
    assert ("all", "", "calls", "7") in rows
    assert ("hour", "23:00", "containment", "100.0%") in rows
