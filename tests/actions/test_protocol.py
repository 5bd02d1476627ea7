"""Rasa's action protocol, as Rasa 3.6 posts it."""

from __future__ import annotations

from typing import Any

import pytest

from voice_agent.actions.protocol import (
    ActionResult,
    ForgetAll,
    LeaveForm,
    Mark,
    Say,
    SetSlot,
    Then,
    parse_request,
)
from voice_agent.errors import DialogError

LISTEN = {"event": "action", "name": "action_listen"}
USER = {"event": "user", "text": "a checkup"}
FEATURIZED = {"event": "user_featurization", "use_text_for_featurization": False}
SLOT = {"event": "slot", "name": "requested_slot", "value": "visit_reason"}
FORM = {"event": "action", "name": "booking_form"}
REJECTED = {"event": "action_execution_rejected", "name": "booking_form"}
NOT_UNDERSTOOD = {"event": "action", "name": "action_not_understood"}


def posted(**tracker: Any) -> dict[str, Any]:
    """What Rasa posts when the booking form has an answer validated."""
    return {
        "next_action": "validate_booking_form",
        "sender_id": "CA1",
        "tracker": {
            "sender_id": "CA1",
            "slots": {"requested_slot": "visit_reason", "wanted_days": None},
            "latest_message": {
                "text": "a checkup",
                "intent": {"name": "inform", "confidence": 0.93},
                "entities": [{"entity": "visit_reason", "value": "checkup", "start": 2, "end": 9}],
            },
            "latest_action_name": "booking_form",
            "active_loop": {"name": "booking_form"},
            "events": [LISTEN, USER, FEATURIZED, SLOT, FORM],
            **tracker,
        },
        "domain": {},
        "version": "3.6.21",
    }


def test_what_rasa_posts_is_read() -> None:
    request = parse_request(posted())
    assert (request.action, request.call_id, request.text) == ("validate_booking_form", "CA1", "a checkup")
    assert (request.intent, request.confidence) == ("inform", 0.93)
    assert request.entities == {"visit_reason": "checkup"}
    assert (request.form, request.requested) == ("booking_form", "visit_reason")


def test_the_surest_of_several_marked_words_is_taken_and_a_doubtful_one_is_not() -> None:
    """ "I need a checkup on Sunday at two": the classifier marks both, and doubts the second."""
    marked = [("checkup", 0.88), ("two", 0.57), ("visit", 0.7)]
    entities = [{"entity": "visit_reason", "value": word, "confidence_entity": sure} for word, sure in marked]
    document = posted()
    document["tracker"]["latest_message"]["entities"] = entities
    assert parse_request(document).entities == {"visit_reason": "checkup"}
    document["tracker"]["latest_message"]["entities"] = entities[1:2]
    assert parse_request(document).entities == {}


def test_nothing_personal_prints() -> None:
    printed = repr(parse_request(posted(slots={"person_name": "Maria Garcia"})))
    assert "Maria" not in printed
    assert "checkup" not in printed


@pytest.mark.parametrize(
    "events",
    [
        [LISTEN, USER, FEATURIZED, SLOT, FORM],
        [NOT_UNDERSTOOD, REJECTED, LISTEN, USER, FEATURIZED, FORM],
        [LISTEN, USER],
        None,
    ],
)
def test_the_words_answer_the_form_when_nothing_else_took_them(events: list[dict[str, Any]] | None) -> None:
    assert parse_request(posted(events=events)).answering


@pytest.mark.parametrize(
    ("events", "denied"),
    [
        ([LISTEN, {**USER, "metadata": {"denied": ["headache.sudden"]}}, FORM], ("headache.sudden",)),
        ([{**USER, "metadata": {"denied": ["headache.sudden"]}}, LISTEN, USER, FORM], ()),
        ([{**USER, "metadata": {"denied": "headache.sudden"}}], ()),
        ([{**USER, "metadata": None}], ()),
        ([LISTEN], ()),
        (None, ()),
    ],
)
def test_what_the_screen_was_denied_comes_with_the_words_and_goes_with_them(
    events: list[dict[str, Any]] | None, denied: tuple[str, ...]
) -> None:
    assert parse_request(posted(events=events)).denied == denied


@pytest.mark.parametrize(
    "events",
    [
        [LISTEN, USER, FEATURIZED, NOT_UNDERSTOOD, FORM],
        [LISTEN, USER, FEATURIZED, REJECTED, NOT_UNDERSTOOD, FORM],
        [LISTEN, USER, FEATURIZED, REJECTED, FORM],
        [LISTEN, USER, FEATURIZED, {"event": "action", "name": "action_begin_booking"}, FORM],
    ],
)
def test_the_words_were_somebody_elses_when_the_form_comes_back_after_them(events: list[dict[str, Any]]) -> None:
    assert not parse_request(posted(events=events)).answering


def test_a_first_word_without_form_or_intent_is_read() -> None:
    request = parse_request(
        {"next_action": "action_to_person", "sender_id": "CA1", "tracker": {"latest_message": None, "slots": None}}
    )
    assert (request.text, request.intent, request.form, request.requested) == ("", "", None, None)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (None, "the request"),
        ([], "the request"),
        ({"next_action": "x", "sender_id": "CA1"}, "tracker"),
        ({"sender_id": "CA1", "tracker": {}}, "next_action"),
        ({"next_action": "x", "sender_id": 7, "tracker": {}}, "sender_id"),
        ({"next_action": "x", "sender_id": "CA1", "tracker": {"slots": []}}, None),
        ({"next_action": "x", "sender_id": "CA1", "tracker": {"slots": [1]}}, "tracker.slots"),
        ({"next_action": "x", "sender_id": "CA1", "tracker": {"latest_message": "hi"}}, "tracker.latest_message"),
        ({"next_action": "x", "sender_id": "CA1", "tracker": {"latest_message": {"entities": 7}}}, "entities"),
    ],
)
def test_what_is_no_action_call_is_refused_by_name(document: object, problem: str | None) -> None:
    if problem is None:
        assert parse_request(document).slots == {}
        return
    with pytest.raises(DialogError, match=problem):
        parse_request(document)


def test_the_answer_is_as_the_action_protocol_has_it() -> None:
    result = ActionResult(
        (SetSlot("visit_reason", "checkup"), LeaveForm(), ForgetAll(), Then("action_listen")),
        (Say("utter_booked", {"day": "Monday"}), Mark({"outcome": "appointment_booked"})),
    )
    assert result.to_json() == {
        "events": [
            {"event": "slot", "timestamp": None, "name": "visit_reason", "value": "checkup"},
            {"event": "active_loop", "timestamp": None, "name": None},
            {"event": "reset_slots", "timestamp": None},
            {"event": "followup", "timestamp": None, "name": "action_listen"},
        ],
        "responses": [
            {"day": "Monday", "response": "utter_booked"},
            {"custom": {"outcome": "appointment_booked"}},
        ],
    }
