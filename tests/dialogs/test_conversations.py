"""Whole conversations with the real Rasa, by text: what callers get, and what then stands in the appointment book.

The clinic's clock stands at Monday, November 23rd 2026, seven in the morning.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest
from rasa_server import NOW, ZONE, Call, Clinic

from voice_agent.call.handoff import Disposition
from voice_agent.ports import Appointment, Patient
from voice_agent.triage.care_levels import CareLevel

pytestmark = pytest.mark.timeout(900)  # the first one may have to train the model and wait for Rasa
MARIA = Patient("Maria Garcia", date(1980, 4, 12))
NAME, BORN = "maria garcia", "april twelfth nineteen eighty"


def appointments(clinic: Clinic, patient: Patient = MARIA) -> list[Appointment]:
    return clinic.book.appointments_of(patient, after=NOW)


def book_for_maria(clinic: Clinic, day: int, hour: int) -> Appointment:
    """An appointment that stood in the book before the call."""
    start = datetime(2026, 11, day, hour, tzinfo=ZONE)
    slot = clinic.book.find_slots(start, start.replace(minute=1), 1)[0]
    return clinic.book.book(slot.id, MARIA, "checkup", idempotency_key=f"{day}-{hour}")


def asked(call: Call) -> list[str]:
    return [answer.question for answer in call.summary.answers]


def test_booking_step_by_step(call: Call, clinic: Clinic) -> None:
    assert call.say("i would like to book an appointment") == "What is the visit for?"
    assert call.say("a checkup") == "What day would you like to come in?"
    assert call.say("next tuesday") == "What time of day suits you best?"
    assert call.say("in the morning") == "What is your first and last name?"
    assert call.say(NAME) == "What is your date of birth?"
    assert "On Tuesday, December first I have eight in the morning" in call.say(BORN)
    assert "Shall I book it?" in call.say("the first one")
    assert appointments(clinic) == []
    assert "You are booked for Tuesday, December first at eight in the morning" in call.say("yes that is right")
    call.say("no thank you")
    assert call.over
    assert call.summary.disposition == Disposition.APPOINTMENT_BOOKED
    [booked] = appointments(clinic)
    assert booked.slot.start == datetime(2026, 12, 1, 8, 0, tzinfo=ZONE)
    assert booked.patient == MARIA
    assert "checkup" in booked.reason
    assert call.summary.learned["name"] == "Maria Garcia"
    assert call.summary.learned["date_of_birth"] == "1980-04-12"
    assert call.summary.learned["appointment"].startswith("Tuesday, December first, eight in the morning")


def test_a_second_appointment_is_booked_only_by_who_wants_one(call: Call, clinic: Clinic) -> None:
    book_for_maria(clinic, 27, 10)
    for words in ("i would like to book an appointment", "a checkup", "next tuesday", "in the morning", NAME, BORN):
        call.say(words)
    read_back = call.say("the first one")
    assert "You already have an appointment on" in read_back
    assert "Shall I book it?" in read_back
    assert "left everything as it was. Is there anything else" in call.say("oh no then not")
    assert len(appointments(clinic)) == 1


def test_all_in_the_first_sentence_and_a_correction_when_it_is_read_back(call: Call, clinic: Clinic) -> None:
    assert call.say("i need a checkup next tuesday morning") == "What is your first and last name?"
    call.say(f"my name is {NAME}", BORN)
    assert "Tuesday, December first" in call.say("the second one")
    assert "On Wednesday, November twenty fifth" in call.say("no wednesday")
    assert "Wednesday, November twenty fifth at eight in the morning" in call.say("the first")
    call.say("yes", "goodbye")
    assert call.summary.disposition == Disposition.APPOINTMENT_BOOKED
    assert [a.slot.start for a in appointments(clinic)] == [datetime(2026, 11, 25, 8, 0, tzinfo=ZONE)]


def _to_the_offers(call: Call) -> str:
    return call.say("book an appointment", "a checkup", "tomorrow", "any time", NAME, BORN)


def test_refused_offers_do_not_come_back(call: Call, clinic: Clinic) -> None:
    assert "eight in the morning" in _to_the_offers(call)
    other = call.say("none of those")
    assert "eight in the morning" not in other
    assert "Which one would you like?" in other
    call.say("the first one", "yes")
    [booked] = appointments(clinic)
    assert booked.slot.start.date() == date(2026, 11, 24)
    assert booked.slot.start > datetime(2026, 11, 24, 8, 0, tzinfo=ZONE)


def test_a_place_named_again_at_the_read_back_agrees_to_it_and_another_one_changes_it(
    call: Call, clinic: Clinic
) -> None:
    _to_the_offers(call)
    first = call.say("the first one")
    second = call.say("the second one")
    assert "Shall I book it?" in second
    assert second != first
    assert "You are booked" in call.say("the second one")
    assert len(appointments(clinic)) == 1


def test_nothing_is_booked_without_a_yes(call: Call, clinic: Clinic) -> None:
    _to_the_offers(call)
    call.say("the first one")
    assert "What should I change" in call.say("no")
    assert "I have left everything as it was" in call.say("no")
    assert appointments(clinic) == []


def test_a_day_where_a_time_was_asked_is_taken(call: Call) -> None:
    call.say("book an appointment", "a checkup", "tomorrow")
    assert call.say("on friday") == "What time of day suits you best?"
    assert call.say("in the morning") == "What is your first and last name?"
    assert "Friday, November twenty seventh" in call.say(NAME, BORN)


def test_rescheduling_frees_the_old_time(call: Call, clinic: Clinic) -> None:
    book_for_maria(clinic, 24, 10)
    call.say("i need to move my appointment", NAME)
    assert "I found your appointment on Tuesday, November twenty fourth at ten" in call.say(BORN)
    call.say("friday", "in the afternoon")
    assert "Friday, November twenty seventh at one in the afternoon" in call.say("the first one")
    assert "is now on Friday" in call.say("the first one")
    call.say("no")
    assert call.summary.disposition == Disposition.APPOINTMENT_RESCHEDULED
    assert [a.slot.start for a in appointments(clinic)] == [datetime(2026, 11, 27, 13, 0, tzinfo=ZONE)]


def test_cancelling_one_of_two(call: Call, clinic: Clinic) -> None:
    kept = book_for_maria(clinic, 24, 10)
    book_for_maria(clinic, 25, 14)
    call.say("i have to cancel my appointment", NAME)
    assert "I found two appointments." in call.say(BORN)
    assert "Wednesday, November twenty fifth at two" in call.say("the second one")
    assert "is cancelled" in call.say("yes")
    call.say("no thanks")
    assert call.summary.disposition == Disposition.APPOINTMENT_CANCELLED
    assert appointments(clinic) == [kept]


def test_an_appointment_is_kept_on_second_thoughts(call: Call, clinic: Clinic) -> None:
    kept = book_for_maria(clinic, 24, 10)
    call.say("i have to cancel my appointment", NAME, BORN)
    assert "stays as it is" in call.say("no")
    assert appointments(clinic) == [kept]


def test_who_is_not_found_is_offered_a_person(call: Call) -> None:
    call.say("i have to cancel my appointment", NAME)
    assert "Would you like to talk to a person?" in call.say(BORN)
    call.say("yes")
    assert call.over
    assert call.summary.disposition == Disposition.NURSE_TRANSFERRED
    assert call.summary.reason == "No appointment found under the name and birth date given"


def test_who_is_not_found_may_try_again(call: Call, clinic: Clinic) -> None:
    kept = book_for_maria(clinic, 24, 10)
    call.say("i have to cancel my appointment", "martin jones", BORN)
    assert call.say("try again") == "What is your first and last name?"
    assert "Shall I cancel it?" in call.say(NAME, BORN)
    call.say("no")
    assert appointments(clinic) == [kept]


def test_without_the_appointment_book_a_person_comes(call: Call, clinic: Clinic) -> None:
    call.say("book an appointment", "a checkup", "tomorrow", "any time", NAME)
    clinic.down = True
    assert "I cannot reach our appointment book" in call.say(BORN)
    assert call.summary.disposition == Disposition.NURSE_TRANSFERRED
    assert call.summary.learned["name"] == "Maria Garcia"


def test_without_the_appointment_book_a_person_comes_from_a_lookup_too(call: Call, clinic: Clinic) -> None:
    call.say("i have to cancel my appointment", NAME)
    clinic.down = True
    assert "I cannot reach our appointment book" in call.say(BORN)
    assert call.over


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what are your hours", "is open Monday to Friday"),
        ("what is your address", "12 River Street"),
        ("do you take medicare", "Medicare and Medicaid"),
        ("can i get a refill of my pills", "please call your pharmacy first"),
        ("are my test results in", "I cannot read out test results"),
    ],
)
def test_approved_answers(call: Call, question: str, answer: str) -> None:
    said = call.say(question)
    assert answer in said
    assert said.endswith("Is there anything else I can help you with?")
    call.say("no")
    assert call.summary.disposition == Disposition.SELF_SERVED


def test_a_question_in_the_middle_of_booking_and_then_on_with_it(call: Call) -> None:
    call.say("book an appointment")
    said = call.say("what are your hours")
    assert "is open Monday to Friday" in said
    assert said.endswith("What is the visit for?")
    assert call.say("a flu shot") == "What day would you like to come in?"
    assert "flu shot" in call.summary.learned["reason"]


def test_headache_to_its_end(call: Call) -> None:
    """The first question is the red-flag screen's own, which the protocol does not ask again."""
    assert "Did the headache come on suddenly" in call.say("i have a headache")
    assert "Do you have any weakness" in call.say("no")
    call.say("no", "no", "no")
    assert "For how many days have you had it?" in call.say("no")
    said = call.say("since yesterday")
    assert "Most headaches like this pass with rest" in said
    assert said.endswith("Would you like me to book an appointment for this?")
    assert call.summary.learned["symptom"] == "Headache"
    assert call.summary.learned["triage"] == "Headache: Headache for less than three days without danger signs"
    assert asked(call)[-6:] == [
        f"headache.{name}" for name in ("sudden", "nerves", "infection", "injury", "risk", "days")
    ]
    assert call.say("yes") == "What day would you like to come in?"


def test_the_open_question_after_triage_survives_a_pleasantry(call: Call) -> None:
    call.say("i have a headache", "no", "no", "no", "no", "no", "since yesterday")
    assert "Would you like me to book an appointment for this?" in call.say("are you a robot")
    assert "Is there anything else" in call.say("no")


def test_a_danger_sign_in_triage_brings_the_nurse(call: Call) -> None:
    call.say("i have a headache", "no", "no", "no", "yes")
    assert call.over
    assert call.summary.disposition == Disposition.NURSE_TRANSFERRED
    assert call.summary.care_level == CareLevel.NURSE_NOW
    assert call.summary.reason == "Headache: Headache after a blow to the head, or on a blood thinner"


def test_who_does_not_know_goes_to_the_nurse(call: Call) -> None:
    call.say("my stomach hurts since yesterday", "no")
    for _ in range(6):
        if not call.over:
            call.say("i don't know")
    assert call.over
    assert call.summary.disposition == Disposition.NURSE_TRANSFERRED
    assert call.summary.care_level is not None
    assert call.summary.reason.startswith("Stomach pain: ")


def test_fever_is_asked_about(call: Call) -> None:
    call.say("i have a fever", "no")
    assert call.summary.learned["symptom"] == "Fever in an adult"
    assert not call.over


def test_a_symptom_as_the_reason_is_triaged_before_booking_goes_on(call: Call, clinic: Clinic) -> None:
    call.say("book an appointment", "i have a headache")
    assert "Before I book it, I have a few short questions." in call.say("no")
    call.say("no", "no", "no", "no", "no")
    said = call.say("two days")
    assert said.endswith("Now back to your appointment. What day would you like to come in?")
    call.say("tomorrow", "any time", NAME, BORN, "the first one", "yes")
    assert call.summary.disposition == Disposition.APPOINTMENT_BOOKED
    assert "headache" in appointments(clinic)[0].reason


def test_repeat_says_the_question_again(call: Call) -> None:
    call.say("book an appointment", "a checkup")
    assert call.say("can you repeat that") == "What day would you like to come in?"
    assert call.say("tomorrow") == "What time of day suits you best?"


def test_slower_says_it_again_more_slowly(call: Call) -> None:
    call.say("book an appointment", "a checkup")
    assert call.say("slower please").endswith("What day would you like to come in?")


def test_start_over_forgets(call: Call) -> None:
    call.say("book an appointment", "a checkup", "tomorrow")
    assert call.say("start over").endswith("How can I help you today?")
    assert call.say("book an appointment") == "What is the visit for?"


def test_goodbye_ends_the_call(call: Call) -> None:
    assert "Thank you for calling. Goodbye." in call.say("goodbye")
    assert call.over


def test_a_person_in_the_middle_of_a_form(call: Call) -> None:
    call.say("book an appointment", "a checkup", "i want to talk to a person")
    assert call.over
    assert call.summary.disposition == Disposition.NURSE_TRANSFERRED
    assert "checkup" in call.summary.learned["reason"]


def test_booking_by_keypad_alone_but_for_the_name(call: Call, clinic: Clinic) -> None:
    assert call.press("1") == "What is the visit for?"
    assert call.press("1") == "What day would you like to come in?"
    assert call.press("2") == "What time of day suits you best?"
    assert call.press("1") == "What is your first and last name?"
    call.say(NAME)
    assert "Tuesday, November twenty fourth" in call.press("04121980")
    assert "Shall I book it?" in call.press("1")
    assert "You are booked" in call.press("1")
    call.press("2")
    assert call.summary.disposition == Disposition.APPOINTMENT_BOOKED
    assert appointments(clinic)[0].slot.start.date() == date(2026, 11, 24)


def test_three_answers_that_are_none_bring_a_person(call: Call) -> None:
    call.say("book an appointment", "a checkup")
    assert "I did not get the day" in call.say("garden fence")
    assert "Press 1 for as soon as possible" in call.say("green chair")
    call.say("coffee cup")
    assert call.over
    assert call.summary.disposition == Disposition.NURSE_TRANSFERRED
    assert call.summary.reason == "Could not understand the wanted day"


def test_is_it_a_robot(call: Call) -> None:
    assert "I am an automated assistant, not a person." in call.say("are you a robot")
    assert call.answer.endswith("How can I help you today?")


def test_hello_is_answered_with_the_first_question(call: Call) -> None:
    assert call.say("hello") == "Hello. How can I help you today?"


def test_thanks_after_an_answer_asks_what_else(call: Call) -> None:
    call.say("what are your hours")
    assert call.say("thank you") == "You are welcome. Is there anything else I can help you with?"
