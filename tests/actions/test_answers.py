"""What an answer of the caller means."""

from __future__ import annotations

from datetime import datetime

import pytest
from rasa_server import NOW, ZONE

from voice_agent.actions import answers
from voice_agent.actions.protocol import ActionRequest

TODAY = NOW.date()
OFFERED = [datetime(2026, 11, day, hour, 0, tzinfo=ZONE) for day, hour in ((24, 8), (25, 10), (27, 14))]


def said(text: str, intent: str = "inform", confidence: float = 0.99, **entities: str) -> ActionRequest:
    return ActionRequest("validate_booking_form", "CA1", text, intent, confidence, entities)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("the first one", 0),
        ("second", 1),
        ("the last one please", 2),
        ("option 3", 2),
        ("wednesday", 1),
        ("at ten", 1),
        ("friday afternoon", 2),
        ("the earliest", 0),
        ("whatever", 0),
        ("option 9", None),
        ("purple lamp", None),
        ("in the morning", None),
        ("the first of december", None),
        ("any other time", None),
    ],
)
def test_which_offer_is_taken(text: str, place: int | None) -> None:
    assert answers.pick_offer(text, OFFERED, TODAY) == place


def test_a_place_beyond_what_was_offered_takes_nothing() -> None:
    assert answers.pick_offer("the third one", OFFERED[:2], TODAY) is None
    assert answers.pick_offer("the first one", [], TODAY) is None


@pytest.mark.parametrize(
    ("request_", "agrees"),
    [
        (said("yes that is right", "inform"), True),
        (said("no wednesday", "affirm"), False),
        (said("/affirm", "affirm"), True),
        (said("/deny", "deny"), False),
        (said("sounds about perfect to me", "affirm", 0.95), True),
        (said("sounds about perfect to me", "affirm", 0.5), None),
        (said("purple lamp"), None),
    ],
)
def test_yes_and_no_go_by_the_words_first(request_: ActionRequest, agrees: bool | None) -> None:
    assert answers.agreed(request_) is agrees


def test_only_a_clear_wish_interrupts_a_question() -> None:
    assert answers.interjects(said("what are your hours", "faq_hours", 0.95))
    assert answers.interjects(said("start over", "start_over", 0.81))
    assert not answers.interjects(said("what are your hours", "faq_hours", 0.6))
    assert answers.interjects(said("/ask_person", "ask_person", 0.0))
    assert not answers.interjects(said("tuesday", "inform"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a checkup", "a checkup"),
        ("um well i need a flu shot", "a flu shot"),
        ("it's about my knee", "knee"),
        ("i would like to book an appointment for a checkup", "a checkup"),
    ],
)
def test_a_reason_is_in_the_callers_words_without_the_polite_ones(text: str, reason: str) -> None:
    assert answers.visit_reason(said(text), asked=True) == reason


def test_what_is_no_reason() -> None:
    assert answers.visit_reason(said("i don't know", "dont_know"), asked=True) is None
    assert answers.visit_reason(said("yes", "affirm"), asked=True) is None
    assert answers.visit_reason(said("/inform"), asked=True) is None
    assert answers.visit_reason(said("i need an appointment", "book_appointment"), asked=False) is None


def test_what_was_marked_as_a_reason_counts_at_once() -> None:
    request = said("i need a checkup on friday", "book_appointment", visit_reason="checkup")
    assert answers.visit_reason(request, asked=False) == "checkup"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("the date of birth", "birth_date"),
        ("my name is spelled with two n", "person_name"),
        ("another time", "wanted_times"),
        ("the day", "wanted_days"),
        ("the reason", "visit_reason"),
        ("purple lamp", None),
    ],
)
def test_what_is_to_be_changed(text: str, part: str | None) -> None:
    assert answers.to_change(text) == part


def test_all_offers_are_refused_by_wish_for_others_or_a_no() -> None:
    assert answers.wants_other_times(said("none of those"))
    assert answers.wants_other_times(said("something later"))
    assert answers.wants_other_times(said("no", "deny"))
    assert not answers.wants_other_times(said("the first one"))


def test_a_key_is_no_name() -> None:
    assert answers.said_name("/dont_know") is None
    assert answers.said_name("my name is maria garcia") == "Maria Garcia"
