"""The action that Rasa names, performed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import yaml
from rasa_server import NOW, desk_with

from voice_agent import config
from voice_agent.actions.protocol import ActionRequest, ActionResult, Mark, Say, SetSlot
from voice_agent.actions.server import ACTIONS, ActionServer
from voice_agent.errors import DialogError
from voice_agent.fakes.scheduling import FakeScheduling
from voice_agent.ports import Patient

BORN = "1980-04-12"
BOOKING = ActionRequest(
    "validate_booking_form", "CA1", "a checkup", "inform", 0.9, form="booking_form", requested="visit_reason"
)


@pytest.fixture
def book() -> FakeScheduling:
    return FakeScheduling(config.load_settings().calendar, lambda: NOW)


@pytest.fixture
def server(book: FakeScheduling) -> ActionServer:
    return ActionServer(desk_with(book))


def slots(result: ActionResult) -> dict[str, object]:
    return {event.name: event.value for event in result.events if isinstance(event, SetSlot)}


def said(result: ActionResult) -> list[str]:
    return [response.response for response in result.responses if isinstance(response, Say)]


def marked(result: ActionResult) -> dict[str, object]:
    marks = [response.custom for response in result.responses if isinstance(response, Mark)]
    return {key: value for mark in marks for key, value in mark.items()}


def test_it_knows_every_action_of_the_domain_and_no_other() -> None:
    domain = yaml.safe_load((config.DEFAULT_DIALOGS / "domain" / "domain.yml").read_text())
    assert sorted(domain["actions"]) == sorted(ACTIONS)


def test_an_unknown_action_is_an_error_that_names_it(server: ActionServer) -> None:
    with pytest.raises(DialogError, match=r"'action_unheard_of'.*dialogs/domain/"):
        server.perform(replace(BOOKING, action="action_unheard_of"))


def test_an_answer_fills_its_slot(server: ActionServer) -> None:
    result = server.perform(BOOKING)
    assert slots(result)["visit_reason"] == "a checkup"
    assert marked(result) == {"learned": {"reason": "a checkup"}}


def test_words_that_were_meant_for_another_change_nothing(server: ActionServer) -> None:
    assert server.perform(replace(BOOKING, answering=False)) == ActionResult()


def test_an_answer_that_is_none_counts_and_the_third_brings_a_person(server: ActionServer) -> None:
    asked = replace(BOOKING, text="purple lamp", requested="wanted_days")
    assert slots(server.perform(asked)) == {"failed_tries": 1}
    result = server.perform(replace(asked, slots={"failed_tries": 2}))
    assert said(result) == ["utter_not_understood"]
    assert marked(result) == {"do": "transfer", "reason": "Could not understand the wanted day"}


def test_who_leaves_a_form_for_a_person_sets_more_than_the_requested_slot(server: ActionServer) -> None:
    """Else Rasa takes the answer for refused and acts on its intent as well: "yes" would be answered twice."""
    request = ActionRequest(
        *("validate_cancel_form", "CA1", "yes", "affirm", 0.99),
        slots={"person_name": "Maria Garcia", "birth_date": BORN, "found": []},
        form="cancel_form",
        requested="found_appointment",
    )
    result = server.perform(request)
    assert said(result) == ["utter_to_person_for_appointment"]
    assert set(slots(result)) - {"requested_slot"}


def test_without_the_appointment_book_a_person_comes_with_words(server: ActionServer, book: FakeScheduling) -> None:
    book.broken = True
    request = replace(BOOKING, action="action_ask_chosen_slot", slots=_ready())
    result = server.perform(request)
    assert said(result) == ["utter_scheduling_down"]
    assert marked(result)["do"] == "transfer"
    assert marked(result)["care_level"] == "nurse_within_hour"


def _ready(**more: object) -> dict[str, object]:
    return {
        "visit_reason": "a checkup",
        "wanted_days": "2026-11-24/2026-11-24",
        "wanted_times": "08:00/12:00",
        "person_name": "Maria Garcia",
        "birth_date": BORN,
        **more,
    }


def test_a_time_that_was_just_taken_is_said_so_and_others_are_offered(
    server: ActionServer, book: FakeScheduling
) -> None:
    offers = slots(server.perform(replace(BOOKING, action="action_ask_chosen_slot", slots=_ready())))["offers"]
    assert isinstance(offers, list)
    chosen = offers[0]
    book.book(chosen["id"], Patient("John Smith", date(1970, 7, 4)), "knee", idempotency_key="his")
    request = replace(BOOKING, action="action_book", slots=_ready(chosen_slot=chosen, confirmed="yes", offers=offers))
    result = server.perform(request)
    assert said(result) == ["utter_slot_taken"]
    assert slots(result)["refused_offers"] == [chosen["id"]]
    assert slots(result)["chosen_slot"] is None
    assert len(book.appointments) == 1


def test_a_retry_books_once(server: ActionServer, book: FakeScheduling) -> None:
    offers = slots(server.perform(replace(BOOKING, action="action_ask_chosen_slot", slots=_ready())))["offers"]
    assert isinstance(offers, list)
    request = replace(BOOKING, action="action_book", slots=_ready(chosen_slot=offers[0], confirmed="yes"))
    for _ in range(2):
        assert said(server.perform(request)) == ["utter_booked", "utter_anything_else"]
    assert len(book.appointments) == 1


def test_who_is_booked_already_is_told_before_a_second_time_is_booked(
    server: ActionServer, book: FakeScheduling
) -> None:
    offers = slots(server.perform(replace(BOOKING, action="action_ask_chosen_slot", slots=_ready())))["offers"]
    assert isinstance(offers, list)
    asked = replace(BOOKING, action="action_ask_confirmed", slots=_ready(chosen_slot=offers[0]))
    assert said(server.perform(asked)) == ["utter_ask_confirm_booking"]
    book.book(offers[0]["id"], Patient("Maria Garcia", date.fromisoformat(BORN)), "a checkup", idempotency_key="hers")
    second = _ready(chosen_slot=offers[1])
    assert said(server.perform(replace(asked, slots=second))) == ["utter_booked_already", "utter_ask_confirm_booking"]
    once_more = replace(asked, slots={**second, "failed_tries": 1})
    assert said(server.perform(once_more)) == ["utter_ask_confirm_booking_again"]
    refused = replace(BOOKING, text="no", intent="deny", requested="confirmed", slots=second)
    assert said(server.perform(refused)) == ["utter_nothing_booked", "utter_anything_else"]


def test_offers_are_at_different_times_and_refused_times_stay_away(server: ActionServer) -> None:
    first = slots(server.perform(replace(BOOKING, action="action_ask_chosen_slot", slots=_ready())))["offers"]
    assert isinstance(first, list)
    starts = [row["start"] for row in first]
    assert len(set(starts)) == 3
    asked = replace(BOOKING, text="none of those", intent="deny", requested="chosen_slot", slots=_ready(offers=first))
    refused = slots(server.perform(asked))["refused_offers"]
    assert refused == starts
    again = replace(BOOKING, action="action_ask_chosen_slot", slots=_ready(refused_offers=refused))
    second = slots(server.perform(again))["offers"]
    assert isinstance(second, list)
    assert not {row["start"] for row in second} & set(starts)


def test_a_question_without_an_approved_answer_goes_to_a_person(server: ActionServer) -> None:
    request = ActionRequest("action_answer_faq", "CA1", "do you have parking", "faq_parking", 0.9)
    result = server.perform(request)
    assert marked(result) == {"do": "transfer", "reason": "Asked about parking"}


@pytest.mark.parametrize(
    ("known", "question"),
    [
        ({}, "utter_how_can_i_help"),
        ({"appointments_made": 1}, "utter_anything_else"),
        ({"triaged": ["headache"]}, "utter_anything_else"),
        ({"open_question": "anything_else"}, "utter_anything_else"),
        ({"open_question": "book_after_triage"}, "utter_offer_booking"),
    ],
)
def test_after_a_pleasantry_the_open_question_comes_again(
    server: ActionServer, known: dict[str, object], question: str
) -> None:
    result = server.perform(ActionRequest("action_pleasantry", "CA1", "hello", "greet", 0.99, slots=known))
    assert said(result) == ["utter_greet", question]


def test_within_a_form_a_pleasantry_leaves_the_question_to_the_form(server: ActionServer) -> None:
    result = server.perform(ActionRequest("action_pleasantry", "CA1", "hello", "greet", 0.99, form="booking_form"))
    assert said(result) == ["utter_greet"]


def test_starting_over_keeps_what_was_done(server: ActionServer) -> None:
    request = ActionRequest(
        "action_start_over", "CA1", "start over", "start_over", 0.99, slots={"appointments_made": 2}
    )
    assert slots(server.perform(request))["appointments_made"] == 2


@pytest.mark.parametrize(
    ("answers", "response", "care_level"),
    [
        ({"sudden": "yes"}, "utter_triage_emergency", "911"),
        ({"sudden": "no", "nerves": "no", "infection": "yes"}, "utter_triage_nurse_now", "nurse_now"),
    ],
)
def test_a_nurse_is_announced_as_urgently_as_the_protocol_decided(
    server: ActionServer, answers: dict[str, str], response: str, care_level: str
) -> None:
    known = {"symptom": "headache", "triage_answers": answers, "triage_answer": "done"}
    result = server.perform(ActionRequest("action_conclude_triage", "CA1", "yes", "affirm", 0.9, slots=known))
    assert said(result) == [response]
    assert marked(result)["care_level"] == care_level


def test_who_should_be_seen_soon_is_told_so_before_booking_is_offered(server: ActionServer) -> None:
    answers = dict.fromkeys(("sudden", "nerves", "infection", "injury", "risk"), "no") | {"days": "4"}
    known = {"symptom": "headache", "triage_answers": answers, "triage_answer": "done"}
    result = server.perform(ActionRequest("action_conclude_triage", "CA1", "four days", "inform", 0.9, slots=known))
    assert said(result) == ["utter_triage_clinic_soon", "utter_offer_booking"]


def test_no_key_of_a_protocol_question_takes_the_zero_that_fetches_a_person(server: ActionServer) -> None:
    answers = dict.fromkeys(("sudden", "nerves", "infection", "injury", "risk"), "no")
    known = {"symptom": "headache", "triage_answers": answers}
    request = ActionRequest("action_ask_triage_answer", "CA1", "no", "deny", 0.9, slots=known, form="triage_form")
    result = server.perform(request)
    assert marked(result)["question"] == "headache.days"
    assert marked(result)["keypad"] == {str(key): f"key {key}" for key in range(1, 10)}


@pytest.mark.parametrize(
    ("request_", "responses"),
    [
        (ActionRequest("action_goodbye", "CA1", "bye", "goodbye", 0.95), ["utter_goodbye"]),
        (ActionRequest("action_goodbye", "CA1", "my puffer is done", "goodbye", 0.7), ["utter_anything_else"]),
        (ActionRequest("action_goodbye", "CA1", "bye", "goodbye", 0.95, form="cancel_form"), ["utter_anything_else"]),
        (
            ActionRequest(
                "action_goodbye", "CA1", "that will do", "goodbye", 0.7, slots={"open_question": "anything_else"}
            ),
            ["utter_goodbye"],
        ),
    ],
)
def test_a_call_is_not_ended_on_a_guess(server: ActionServer, request_: ActionRequest, responses: list[str]) -> None:
    assert said(server.perform(request_)) == responses


def test_a_yes_that_the_classifier_missed_still_answers_the_open_question(server: ActionServer) -> None:
    request = ActionRequest("action_not_understood", "CA1", "yes", "nlu_fallback", 0.5)
    assert said(server.perform(request)) == ["utter_no_match"]
    asked = replace(request, slots={"open_question": "anything_else"})
    assert said(server.perform(asked)) == ["utter_how_can_i_help"]
    assert said(server.perform(replace(asked, text="no"))) == ["utter_goodbye"]


def test_the_times_offered_instead_are_the_nearest_ones(server: ActionServer) -> None:
    """Slots begin on the hour and at twenty and forty minutes past."""
    request = replace(BOOKING, action="action_ask_chosen_slot", slots=_ready(wanted_times="15:30/15:30"))
    result = server.perform(request)
    assert said(result)[0] == "utter_nearest_times"
    offers = slots(result)["offers"]
    assert isinstance(offers, list)
    assert [row["start"][11:16] for row in offers] == ["15:00", "15:20", "15:40"]
