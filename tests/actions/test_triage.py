"""A symptom's questions: begun, asked, asked again, changed for a more urgent one, concluded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rasa_server import NOW, desk_with

from voice_agent import config
from voice_agent.actions.protocol import ActionRequest, ActionResult, Mark, Say, SetSlot, Then, parse_request
from voice_agent.actions.server import ActionServer
from voice_agent.fakes.scheduling import FakeScheduling
from voice_agent.triage.protocol_paths import paths
from voice_agent.triage.protocols import Protocol

ASKED = ActionRequest(
    *("validate_triage_form", "CA1", "no", "deny", 0.99),
    slots={"symptom": "headache", "triage_answers": {}},
    form="triage_form",
    requested="triage_answer",
)
BEGIN = ActionRequest("action_begin_triage", "CA1", "i have a headache", "report_symptom", 0.95)


@pytest.fixture
def server() -> ActionServer:
    return ActionServer(desk_with(FakeScheduling(config.load_settings().calendar, lambda: NOW)))


def slots(result: ActionResult) -> dict[str, object]:
    return {event.name: event.value for event in result.events if isinstance(event, SetSlot)}


def said(result: ActionResult) -> list[str]:
    return [response.response for response in result.responses if isinstance(response, Say)]


def marked(result: ActionResult) -> dict[str, object]:
    marks = [response.custom for response in result.responses if isinstance(response, Mark)]
    return {key: value for mark in marks for key, value in mark.items()}


def worded(result: ActionResult) -> str:
    """The question that is put."""
    [asked] = [said for said in result.responses if isinstance(said, Say)]
    return asked.variables["question_text"]


def then(result: ActionResult) -> list[str]:
    return [event.action for event in result.events if isinstance(event, Then)]


def test_a_symptom_begins_its_protocol_with_what_was_said_already(server: ActionServer) -> None:
    result = server.perform(replace(BEGIN, text="i've had a headache since friday and i take warfarin"))
    assert slots(result)["symptom"] == "headache"
    assert slots(result)["triage_answers"] == {"injury": "yes", "days": "3"}
    assert then(result) == ["triage_form"]


def test_a_symptom_that_no_protocol_knows_gets_the_general_questions(server: ActionServer) -> None:
    result = server.perform(replace(BEGIN, text="my hair is falling out"))
    assert slots(result)["symptom"] == "general"
    assert then(result) == ["triage_form"]


def test_without_a_general_protocol_it_is_never_judged(server: ActionServer) -> None:
    desk = desk_with(FakeScheduling(config.load_settings().calendar, lambda: NOW))
    bare = ActionServer(replace(desk, protocols=[protocol for protocol in desk.protocols if not protocol.fallback]))
    result = bare.perform(replace(BEGIN, text="my hair is falling out"))
    assert said(result) == ["utter_symptom_to_nurse"]
    assert marked(result)["care_level"] == "nurse_now"


def test_the_key_for_symptoms_asks_which_one(server: ActionServer) -> None:
    result = server.perform(replace(BEGIN, text="/report_symptom"))
    assert slots(result)["symptom"] is None
    assert then(result) == ["triage_form"]


def test_dangers_of_earlier_words_count_and_lengths_of_earlier_complaints_do_not(server: ActionServer) -> None:
    told = ("i've had a cough for a month", "my neck is stiff")
    result = server.perform(replace(BEGIN, text="and my head hurts", told=told))
    assert slots(result)["triage_answers"] == {"infection": "yes"}


def test_what_the_screen_asked_and_was_denied_is_not_asked_again(server: ActionServer) -> None:
    begun = server.perform(replace(BEGIN, denied=("headache.sudden",)))
    assert slots(begun)["triage_answers"] == {"sudden": "no"}
    ask = replace(ASKED, action="action_ask_triage_answer", slots=slots(begun) | {"failed_tries": 0})
    assert worded(server.perform(ask)).startswith("Do you have any weakness, numbness")
    known = slots(begun) | {"triage_answers": {"sudden": "no", "nerves": "no"}}
    assert worded(server.perform(replace(ask, slots=known))) == "Do you have a fever, or a new rash along with it?"
    # Put again, all of it is named, with the keys.
    assert "stiff neck" in worded(server.perform(replace(ask, slots={**known, "failed_tries": 1})))


def test_what_the_words_say_counts_more_than_a_no_to_the_screen(server: ActionServer) -> None:
    text = "i have a headache and it is the worst headache ever"
    begun = server.perform(replace(BEGIN, text=text, denied=("headache.sudden",)))
    assert slots(begun)["triage_answers"] == {"sudden": "yes"}


def test_what_the_screen_asks_in_the_middle_is_not_asked_again_either(server: ActionServer) -> None:
    known = {"symptom": "headache", "triage_answers": {"sudden": "no"}, "triage_denied": ["headache.sudden"]}
    result = server.perform(replace(ASKED, slots=known, denied=("stroke.signs",)))
    assert slots(result)["triage_denied"] == ["headache.sudden", "stroke.signs"]
    back = {"symptom": "weakness_numbness", "triage_answers": {"stroke": "no"}, "triage_denied": []}
    result = server.perform(replace(ASKED, text="no", slots=back, denied=("stroke.signs",)))
    assert slots(result)["triage_answers"] == {"stroke": "no", "sudden": "no"}


def test_another_symptom_is_asked_about_anew(server: ActionServer) -> None:
    """Who denied it for the head has not denied it for the arm."""
    known = {"symptom": "headache", "triage_answers": {}, "triage_denied": ["stroke.signs"]}
    arm = replace(BEGIN, text="and now my arm is numb", slots=known, form="triage_form")
    begun = slots(server.perform(arm))
    assert (begun["symptom"], begun["triage_answers"], begun["triage_denied"]) == ("weakness_numbness", {}, [])


EVERY_PROTOCOL = desk_with(FakeScheduling(config.load_settings().calendar, lambda: NOW)).protocols


@pytest.mark.parametrize("protocol", EVERY_PROTOCOL, ids=lambda protocol: protocol.id)
def test_whatever_is_asked_three_answers_without_use_bring_a_nurse(server: ActionServer, protocol: Protocol) -> None:
    answers: dict[str, str] = {}
    for path in paths(protocol):
        answers = max(answers, dict(path.answers), key=len)
    known: dict[str, object] = {"symptom": protocol.id, "triage_answers": {}}
    for name, answer in answers.items():
        useless = replace(ASKED, text="blah blah blah", intent="inform", slots={**known, "failed_tries": 2})
        assert marked(server.perform(useless))["do"] == "transfer", name
        known["triage_answers"] = {**known["triage_answers"], name: answer}  # type: ignore[dict-item]


def test_the_first_i_dont_know_is_asked_again_with_the_keys(server: ActionServer) -> None:
    unsure = replace(ASKED, text="i don't know", intent="dont_know")
    result = server.perform(unsure)
    assert said(result) == ["utter_triage_unsure"]
    assert slots(result) == {"triage_unsure": "sudden"}
    known = {**ASKED.slots, "triage_unsure": "sudden"}
    again = server.perform(replace(ASKED, action="action_ask_triage_answer", slots=known))
    [question] = [response for response in again.responses if isinstance(response, Say)]
    assert "press 2" in question.variables["question_text"]
    result = server.perform(replace(unsure, slots=known))
    assert slots(result)["triage_answers"] == {"sudden": "unknown"}


def test_one_doubt_is_asked_again_and_no_second_one(server: ActionServer) -> None:
    known = {**ASKED.slots, "triage_answers": {"sudden": "unknown"}, "triage_unsure": "sudden"}
    result = server.perform(replace(ASKED, text="not sure", intent="dont_know", slots=known))
    assert slots(result)["triage_answers"] == {"sudden": "unknown", "nerves": "unknown"}


def test_an_answer_may_answer_more_than_its_question(server: ActionServer) -> None:
    result = server.perform(replace(ASKED, text="no but i've had it for two weeks and i hit my head"))
    assert slots(result)["triage_answers"] == {"sudden": "no", "days": "14", "injury": "yes"}


def test_words_that_answer_something_else_are_kept_and_the_question_comes_again(server: ActionServer) -> None:
    result = server.perform(replace(ASKED, text="since about two weeks now", intent="inform"))
    assert slots(result) == {"triage_answers": {"days": "14"}, "failed_tries": 1}
    known = {**ASKED.slots, **slots(result)}
    again = server.perform(replace(ASKED, action="action_ask_triage_answer", slots=known))
    assert "press 1" in worded(again), "in other words than before"
    assert slots(server.perform(replace(ASKED, text="banana", intent="inform"))) == {"failed_tries": 1}


def test_a_danger_told_later_counts_although_it_was_denied_first(server: ActionServer) -> None:
    known = {**ASKED.slots, "triage_answers": {"sudden": "no", "nerves": "no"}}
    result = server.perform(replace(ASKED, text="no but come to think of it my vision is blurry", slots=known))
    assert slots(result)["triage_answers"] == {"sudden": "no", "nerves": "yes", "infection": "no"}
    assert slots(result)["triage_answer"] == "done"


def test_a_more_urgent_symptom_in_the_middle_goes_first(server: ActionServer) -> None:
    known = {"symptom": "sore_throat", "triage_answers": {"airway": "no"}}
    request = replace(ASKED, text="no and my chest hurts", intent="report_symptom", slots=known)
    assert slots(server.perform(request))["symptom"] == "chest"
    assert slots(server.perform(request))["triage_floor"] == "clinic_soon"
    begun = replace(request, action="action_begin_triage")
    assert slots(server.perform(begun))["symptom"] == "chest"


def test_a_stuffy_nose_in_the_middle_of_a_fever_changes_nothing(server: ActionServer) -> None:
    known = {"symptom": "fever", "triage_answers": {"sepsis": "no"}}
    request = replace(ASKED, text="no just a stuffy nose", intent="report_symptom", slots=known)
    assert "symptom" not in slots(server.perform(request))


def test_a_lesser_symptom_in_the_middle_changes_nothing(server: ActionServer) -> None:
    known = {"symptom": "chest", "triage_answers": {"heart": "no"}}
    request = replace(BEGIN, text="and i have a cough", slots=known, form="triage_form")
    result = server.perform(request)
    assert "symptom" not in slots(result)
    assert slots(result)["triage_answers"] == {"heart": "no"}
    assert then(result) == ["triage_form"]


def test_who_was_half_asked_about_something_else_is_seen_and_not_sent_home(server: ActionServer) -> None:
    answers = dict.fromkeys(("awake", "nerves", "risk", "force", "symptoms"), "no") | {"days": "0"}
    known = {"symptom": "head_injury", "triage_answers": answers, "triage_answer": "done"}
    conclude = replace(ASKED, action="action_conclude_triage", slots=known)
    assert said(server.perform(conclude)) == ["utter_triage_advice", "utter_offer_booking"]
    result = server.perform(replace(conclude, slots={**known, "triage_floor": "clinic_soon"}))
    assert said(result) == ["utter_triage_clinic_soon", "utter_offer_booking"]


def test_the_record_holds_the_reason_the_level_and_the_source(server: ActionServer) -> None:
    known = {"symptom": "sore_throat", "triage_answers": {"airway": "yes"}, "triage_answer": "done"}
    result = server.perform(replace(ASKED, action="action_conclude_triage", slots=known))
    marks = [response.custom for response in result.responses if isinstance(response, Mark)]
    learned = next(mark["learned"] for mark in marks if "learned" in mark)
    assert isinstance(learned, dict)
    assert learned["triage_level"] == "911"
    assert learned["triage"].startswith("Sore throat: ")
    assert "CDC" in learned["triage_source"]


@pytest.mark.parametrize(
    ("action", "text", "intent"),
    [
        ("action_pleasantry", "hello my throat hurts", "greet"),
        ("action_answer_no", "no it's just that my throat hurts", "deny"),
        ("action_answer_yes", "yes my throat hurts", "affirm"),
        ("action_not_understood", "well my throat hurts", "nlu_fallback"),
    ],
)
def test_a_symptom_is_heard_whatever_the_classifier_takes_it_for(
    server: ActionServer, action: str, text: str, intent: str
) -> None:
    request = ActionRequest(action, "CA1", text, intent, 0.9)
    assert slots(server.perform(request))["symptom"] == "sore_throat"
    after = replace(request, slots={"triaged": ["sore_throat"]})
    assert "symptom" not in slots(server.perform(after))


def test_who_books_for_a_symptom_is_asked_about_it_first(server: ActionServer) -> None:
    text = "i need an appointment for my sore throat"
    result = server.perform(ActionRequest("action_begin_booking", "CA1", text, "book_appointment", 0.95))
    assert slots(result)["symptom"] == "sore_throat"
    assert slots(result)["resume_form"] == "booking_form"
    assert slots(result)["visit_reason"] == "sore throat"


def test_what_was_told_before_is_read_from_the_tracker() -> None:
    def heard(text: str, intent: str) -> dict[str, object]:
        return {"event": "user", "text": text, "parse_data": {"intent": {"name": intent, "confidence": 0.9}}}

    events = [
        heard("i have a cold", "report_symptom"),
        {"event": "action", "name": "action_start_over"},
        heard("i have a cough", "report_symptom"),
        {"event": "active_loop", "name": "triage_form"},
        heard("no but i am pregnant", "deny"),
        heard("/affirm", "affirm"),
        {"event": "active_loop", "name": None},
        heard("next tuesday", "inform"),
        heard("my ear hurts", "report_symptom"),
    ]
    tracker = {"latest_message": {"text": "my ear hurts"}, "slots": {}, "events": events}
    request = parse_request({"next_action": "action_begin_triage", "sender_id": "CA1", "tracker": tracker})
    assert request.told == ("i have a cough", "no but i am pregnant")
