"""The case page's values: confidence in words and shades, history in plain English."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from voice_agent.call.case_work import CaseWork
from voice_agent.call.handoff import Answer, CallSummary, TurnRecord
from voice_agent.call.transfer import Transfer
from voice_agent.triage.care_levels import CareLevel
from voice_agent.web.console import case_view

NOW = datetime(2026, 3, 2, 19, 10, tzinfo=UTC)
ZONE = ZoneInfo("America/New_York")


def shown(summary: CallSummary, *history: str) -> case_view.Case:
    transfer = Transfer("t1", "CA1", CareLevel.NURSE_NOW, ("+1",), NOW.isoformat(), history=history)
    return case_view.case(transfer, summary, CaseWork("t1"), NOW, ZONE)


@pytest.mark.parametrize(
    ("confidence", "shade", "note"),
    [
        (0.97, "sure", "97% sure"),
        (0.7, "fair", "70% sure, read with care"),
        (0.4, "unsure", "40% sure, please check"),
        (None, "", ""),
    ],
)
def test_how_sure_we_are_is_a_shade_and_words(confidence: float | None, shade: str, note: str) -> None:
    [line] = shown(CallSummary("CA1", turns=(TurnRecord("caller", "it hurts", 61_500, confidence),))).timeline
    assert (line.shade, line.note, line.at) == (shade, note, "1:01")


def test_what_the_assistant_said_has_no_shade() -> None:
    [line] = shown(CallSummary("CA1", turns=(TurnRecord("agent", "How can I help?", 400),))).timeline
    assert (line.shade, line.note) == ("", "")


def test_history_is_told_in_words() -> None:
    case = shown(CallSummary("CA1"), "0:voicemail", "1:accepted", "1:caller_left", "2:something_new")
    assert case.history == [
        "Nurse 1 was a machine, it seems",
        "Nurse 2 accepted",
        "The caller hung up",
        "Nurse 3 Something new",
    ]


def test_everything_that_the_case_holds_can_be_marked_once() -> None:
    answers = (Answer("name", "What is your name?", "Ann"), Answer("pain.where", "Where?", "here"))
    held = case_view.held(CallSummary("CA1", answers=answers, learned={"name": "Ann", "date_of_birth": "May 4"}))
    assert [(item.id, item.words) for item in held] == [
        ("name", "What is your name?"),
        ("pain.where", "Where?"),
        ("date_of_birth", "Date of birth"),
    ]


def test_every_choice_has_words() -> None:
    assert set(case_view.OUTCOMES) == set(type(next(iter(case_view.OUTCOMES))))
    assert set(case_view.VERDICTS) == set(type(next(iter(case_view.VERDICTS))))
