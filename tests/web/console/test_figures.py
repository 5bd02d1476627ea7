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
    spanish = [replace(SERVED, language="es", repeated=True)] * 6
    by_language = report([SERVED] * 5 + spanish, 0, 5, ZONE).by_language
    found = [(group.key, group.values["calls"], group.values["containment"]) for group in by_language]
    assert found == [("en", "5", "100.0%"), ("es", "6", "0.0%")]


@pytest.mark.parametrize("number", [1, 4])
def test_few_calls_are_not_shown(number: int) -> None:
    page = report([replace(NURSED, rating=1, asked_again=1, held=2)] * number, 0, 5, ZONE)
    found = values(page)
    assert found["calls"] == "fewer than 5"
    shown = {name: value for name, value in found.items() if value not in {"too few to show", "–", "0"}}
    assert shown == {"calls": "fewer than 5"}
    assert [group.values for group in page.by_day] == [{"calls": "too few to show"}]


def test_a_share_that_would_tell_few_calls_is_not_shown() -> None:
    few, rest = [NURSED] * 2, [SERVED] * 50
    assert values(report(few + rest, 0, 5, ZONE))["transfers"] == "too few to show"
    assert values(report([NURSED] * 50 + [SERVED] * 2, 0, 5, ZONE))["transfers"] == "too few to show"
    assert values(report([SERVED] * 50, 0, 5, ZONE))["transfers"] == "0.0%"


def test_one_hidden_number_does_not_follow_from_the_others() -> None:
    days = (0,) * 20 + (1,) * 3 + (2,) * 9
    page = report([replace(SERVED, started_at=AT + timedelta(days=day)) for day in days], 0, 5, ZONE)
    assert [group.values["calls"] for group in page.by_day] == ["20", "too few to show", "too few to show"]


def test_one_hidden_share_does_not_follow_from_the_others() -> None:
    """Of two days one has few transfers: with the sum the other day's share would tell how few."""
    next_day = AT + timedelta(days=1)
    first = [SERVED] * 20 + [NURSED] * 2
    second = [replace(fact, started_at=next_day) for fact in [SERVED] * 20 + [NURSED] * 20]
    page = report(first + second, 0, 5, ZONE)
    assert values(page)["transfers"] == "35.5%"
    assert [group.values["transfers"] for group in page.by_day] == ["too few to show"] * 2
    assert [group.values["calls"] for group in page.by_day] == ["22", "40"]


def test_every_figure_of_calls_is_split_by_day_hour_and_language() -> None:
    page = report([SERVED] * 7 + [NURSED] * 7, 0, 5, ZONE)
    split = {figure.id: figure.value for figure in page.figures if figure.id != "callbacks_in_time"}
    for [group] in (page.by_day, page.by_hour, page.by_language):
        assert group.values == split


def test_a_transfer_that_still_rings_is_neither_accepted_nor_refused() -> None:
    ringing = replace(NURSED, transfer_status="ringing", nurse_answer_s=None, nurse_end_s=None)
    missed = replace(ringing, transfer_status="unanswered")
    page = report([NURSED] * 15 + [missed] * 5 + [ringing] * 9, 0, 5, ZONE)
    assert values(page)["accept_rate"] == "75.0%"


def test_who_is_cut_off_or_hangs_up_is_not_contained() -> None:
    gone = [replace(SERVED, disposition=end) for end in ("abandoned", "failed", "lost")]
    page = report([SERVED] * 15 + gone * 5, 0, 5, ZONE)
    assert values(page)["containment"] == "50.0%"


def test_reasons_are_counted_each() -> None:
    whys = ["red_flag"] * 8 + ["symptom"] * 7 + ["asked"] * 6 + [None] * 5
    found = values(report([replace(NURSED, transfer_why=why) for why in whys], 0, 5, ZONE))
    assert [found[f"transfer_{why}"] for why in ("red_flag", "symptom", "asked", "other")] == ["8", "7", "6", "5"]


def test_without_calls_there_is_nothing_to_divide() -> None:
    page = report([], 0, 5, ZONE)
    assert values(page)["calls"] == "0"
    assert {value for name, value in values(page).items() if not name.startswith("transfer_")} == {"0", "–"}
    assert page.by_day == []


def test_the_sheet_holds_what_the_page_shows() -> None:
    rows = as_rows(report([SERVED] * 7, 0, 5, ZONE))
    assert ("all", "", "calls", "7") in rows
    assert ("hour", "23:00", "containment", "100.0%") in rows
