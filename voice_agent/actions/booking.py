"""Booking, moving and cancelling an appointment.

Three forms share their questions. Each taker below looks at the answer to one question and sets slots; setting
none hands the turn back to Rasa's rules, which deal with interjections and then come back to the question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from voice_agent.actions import answers
from voice_agent.actions.desk import Desk
from voice_agent.actions.known import appointment_row, known_patient, spoken_parts
from voice_agent.actions.offers import from_row
from voice_agent.actions.triage import begin_triage_before_booking, untriaged, untriaged_title
from voice_agent.actions.turn import Turn
from voice_agent.ports import Appointment

NO_NAME: Final = "Name not given"
_CHOICE: Final = ("chosen_slot", "confirmed", "offers", "refused_offers", "changing")
_WISH: Final = ("wanted_days", "wanted_times", *_CHOICE)
_VISIT: Final = ("visit_reason", "found", "found_appointment", *_WISH)


def begin(turn: Turn, desk: Desk, form: str) -> None:
    """Start a flow afresh; what the caller's first words already say is not asked again."""
    turn.leave_form()
    turn.forget(*_VISIT, "open_question", "resume_form")
    turn.set("failed_tries", 0)
    request = turn.request
    if form == "booking_form":
        # Only what was marked as a reason: the sentence itself is "I need an appointment …".
        if reason := answers.visit_reason(request, asked=False) or untriaged_title(turn, desk):
            _set_reason(turn, desk, reason)
    else:
        _look_up(turn, desk)
    if form == "booking_form":
        _take_when(turn, desk)
    if turn.text("resume_form"):
        return
    turn.then(form)


def validate(turn: Turn, desk: Desk) -> None:
    """Take the caller's answer to the question that the form asked."""
    request = turn.request
    if request.requested is None or not request.answering:
        return
    taker = _TAKERS.get(request.requested)
    if taker is None:
        raise AssertionError(f"no form of ours asks for {request.requested}")
    before = turn.count("failed_tries")
    taker(turn, desk)
    if turn.count("failed_tries") == before and turn.result().events:
        turn.understood()


def _take_reason(turn: Turn, desk: Desk) -> None:
    request = turn.request
    if answers.interjects(request) and request.intent != "report_symptom":
        return
    if request.intent != "report_symptom" and answers.chats(request):
        return
    reason = answers.visit_reason(request, asked=True)
    if reason is None:
        turn.not_understood("Could not understand the reason for the visit")
        return
    _set_reason(turn, desk, reason)
    _take_when(turn, desk)


def _set_reason(turn: Turn, desk: Desk, reason: str) -> None:
    turn.set("visit_reason", reason)
    turn.mark(learned={"reason": reason})
    if protocol := untriaged(turn, desk):
        begin_triage_before_booking(turn, desk, protocol)


def _take_when(turn: Turn, desk: Desk) -> bool:
    """Day and time, whichever was said; whether something was.

    "Any time" to the question for a time leaves the day as it was; said at first it means any day as well.
    """
    text, today = turn.request.text, desk.now().date()
    days = answers.wanted_days(text, today)
    times = answers.wanted_times(text)
    if days and turn.text("wanted_days") and answers.is_any_day(days):
        days = None
    if days:
        turn.set("wanted_days", f"{days.first}/{days.last}")
    if times:
        turn.set("wanted_times", f"{times.first:%H:%M}/{times.last:%H:%M}")
    return bool(days or times)


def _learned_when(turn: Turn, desk: Desk) -> bool:
    """A day where the time was asked, or the other way round; whether that was news."""
    known = turn.text("wanted_days"), turn.text("wanted_times")
    _take_when(turn, desk)
    return known != (turn.text("wanted_days"), turn.text("wanted_times"))


def _take_days(turn: Turn, desk: Desk) -> None:
    request = turn.request
    if answers.is_faq(request.intent) and answers.interjects(request):
        return
    if answers.wanted_days(request.text, desk.now().date()):
        _take_when(turn, desk)
    elif answers.interjects(request):
        return
    elif answers.is_unsure(request) or answers.leaves_it_to_us(request.text):
        days = answers.any_day(desk.now().date())
        turn.set("wanted_days", f"{days.first}/{days.last}")
    elif not answers.chats(request) and not _learned_when(turn, desk):
        turn.not_understood("Could not understand the wanted day")


def _take_times(turn: Turn, desk: Desk) -> None:
    request = turn.request
    if answers.is_faq(request.intent) and answers.interjects(request):
        return
    times = answers.wanted_times(request.text)
    if times:
        _take_when(turn, desk)
    elif answers.interjects(request):
        return
    elif answers.is_unsure(request) or answers.leaves_it_to_us(request.text):
        turn.set("wanted_times", "00:00/23:59")
    elif not answers.chats(request) and not _learned_when(turn, desk):
        turn.not_understood("Could not understand the wanted time")


def _take_name(turn: Turn, desk: Desk) -> None:
    request = turn.request
    if answers.interjects(request) or answers.chats(request):
        return
    if name := answers.said_name(request.text):
        _learn_name(turn, name)
        _look_up(turn, desk)
    elif request.text.startswith("/") and request.action == "validate_booking_form":
        _learn_name(turn, NO_NAME)
    else:
        turn.not_understood("Could not understand the name")


def _learn_name(turn: Turn, name: str) -> None:
    turn.set("person_name", name)
    turn.mark(learned={"name": name})


def _take_birth_date(turn: Turn, desk: Desk) -> None:
    born = answers.said_birth_date(turn.request.text, desk.now().date())
    if born:
        _learn_birth_date(turn, born)
        _look_up(turn, desk)
    elif not answers.interjects(turn.request) and not answers.chats(turn.request):
        turn.not_understood("Could not understand the date of birth")


def _learn_birth_date(turn: Turn, born: date) -> None:
    turn.set("birth_date", born.isoformat())
    turn.mark(learned={"date_of_birth": born.isoformat()})


def _look_up(turn: Turn, desk: Desk) -> None:
    """Find the appointments to move or cancel, once we know who calls."""
    moving = "booking" not in turn.request.action
    patient = known_patient(turn)
    if not moving or patient is None:
        return
    found = desk.scheduling.appointments_of(patient, after=desk.now())
    rows = [appointment_row(appointment) for appointment in found]
    turn.set("found", rows)
    if len(rows) == 1:
        turn.set("found_appointment", rows[0])
        if "reschedule" in turn.request.action:
            turn.say("utter_found_one", **spoken_parts(rows[0]))


def _take_found(turn: Turn, desk: Desk) -> None:
    request = turn.request
    rows = turn.rows("found")
    if not rows:
        _after_none_found(turn)
        return
    starts = [from_row(row).start for row in rows[:3]]
    place = answers.pick_offer(request.text, starts, desk.now().date())
    if place is not None:
        turn.set("found_appointment", rows[place])
    elif answers.agreed(request) is False:
        end_with_more_help(turn)
    elif not answers.interjects(request) and not answers.chats(request):
        turn.not_understood("Could not understand which appointment is meant")


def _after_none_found(turn: Turn) -> None:
    request = turn.request
    if "again" in request.text.lower():
        turn.forget("person_name", "birth_date")
        turn.set("found", None)
        return
    answer = answers.agreed(request)
    if answer:
        turn.to_person("utter_to_person_for_appointment", "No appointment found under the name and birth date given")
    elif answer is False:
        end_with_more_help(turn)
    elif not answers.interjects(request) and not answers.chats(request):
        turn.not_understood("No appointment found under the name and birth date given")


def _take_choice(turn: Turn, desk: Desk) -> None:
    request = turn.request
    rows = turn.rows("offers")
    if not rows:
        _after_no_times(turn, desk)
        return
    if answers.is_faq(request.intent) and answers.interjects(request):
        return
    slots = [from_row(row) for row in rows]
    place = answers.pick_offer(request.text, [slot.start for slot in slots], desk.now().date())
    if place is None and len(slots) == 1 and answers.agreed(request):
        place = 0
    if place is not None:
        turn.set("chosen_slot", rows[place])
    elif not _change_when(turn, desk):
        _refuse_offers(turn)


def _refuse_offers(turn: Turn) -> None:
    request = turn.request
    if answers.wants_other_times(request):
        # Its time is refused, not the clinician: another one at the same time is no other time.
        refused = turn.names("refused_offers") + [str(row["start"]) for row in turn.rows("offers")]
        turn.set("refused_offers", refused)
        turn.set("offers", None)
    elif not answers.interjects(request) and not answers.chats(request):
        turn.not_understood("Could not understand which time is wanted")


def _after_no_times(turn: Turn, desk: Desk) -> None:
    request = turn.request
    answer = answers.agreed(request)
    if answer:
        turn.to_person("utter_to_person_for_appointment", "Wants an appointment; no free time could be found")
    elif answer is False:
        end_with_more_help(turn)
    elif not _change_when(turn, desk) and not answers.interjects(request) and not answers.chats(request):
        turn.not_understood("Wants an appointment; no free time could be found")


def _change_when(turn: Turn, desk: Desk) -> bool:
    """Another day or time than what was offered or read back; whether one was said."""
    if not _take_when(turn, desk):
        return False
    turn.forget("chosen_slot", "confirmed", "changing")
    turn.set("offers", None)
    return True


def _take_confirmation(turn: Turn, desk: Desk) -> None:
    request = turn.request
    if answers.is_faq(request.intent) and answers.interjects(request):
        return
    if turn.get("changing"):
        _take_change(turn, desk)
        return
    answer = answers.agreed(request)
    cancelling = request.action == "validate_cancel_form"
    if answer:
        turn.set("confirmed", "yes")
    elif not cancelling and (_take_correction(turn, desk) or _take_place(turn)):
        return
    elif answer is False and cancelling:
        turn.say("utter_appointment_kept")
        end_with_more_help(turn)
    elif answer is False and "booking" in request.action and booked_already(turn, desk):
        turn.say("utter_nothing_booked")
        end_with_more_help(turn)
    elif answer is False:
        turn.set("changing", True)
    elif not answers.interjects(request) and not answers.chats(request):
        turn.not_understood("Could not understand whether the appointment is right")


def booked_already(turn: Turn, desk: Desk) -> Appointment | None:
    """The next appointment that this patient has; a second one is booked only by who was told of the first."""
    patient = known_patient(turn)
    return next(iter(desk.scheduling.appointments_of(patient, after=desk.now())), None) if patient else None


def _take_correction(turn: Turn, desk: Desk) -> bool:
    """ "No, Wednesday", "my name is Ann, with two n"; whether anything was corrected."""
    text = turn.request.text
    part = answers.to_change(text)
    if part == "person_name":
        if name := answers.said_name(text):
            _learn_name(turn, name)
            return True
    elif part == "birth_date" and (born := answers.said_birth_date(text, desk.now().date())):
        _learn_birth_date(turn, born)
        return True
    elif part not in {"birth_date", "visit_reason"} and _change_when(turn, desk):
        return True
    if part is None:
        return False
    _ask_anew(turn, part)
    return True


def _take_place(turn: Turn) -> bool:
    """ "The first one" once more agrees to it; "the second one" takes that instead; whether it was so."""
    rows = turn.rows("offers")
    place = answers.named_place(turn.request.text, len(rows))
    if place is None or place >= len(rows):
        return False
    if rows[place] == turn.get("chosen_slot"):
        turn.set("confirmed", "yes")
    else:
        turn.set("chosen_slot", rows[place])
    return True


def _take_change(turn: Turn, desk: Desk) -> None:
    """The answer to "what should I change?"."""
    if _take_correction(turn, desk):
        turn.forget("changing")
    elif answers.agreed(turn.request) is False:
        turn.say("utter_nothing_booked")
        end_with_more_help(turn)
    elif not answers.interjects(turn.request) and not answers.chats(turn.request):
        turn.not_understood("Wants to change the appointment that was read back")


def _ask_anew(turn: Turn, part: str) -> None:
    if part in {"wanted_days", "wanted_times"}:
        turn.forget("chosen_slot", "offers")
    turn.set(part, None)
    turn.forget("changing")


_TAKERS: Final[Mapping[str, Callable[[Turn, Desk], None]]] = {
    "visit_reason": _take_reason,
    "wanted_days": _take_days,
    "wanted_times": _take_times,
    "person_name": _take_name,
    "birth_date": _take_birth_date,
    "found_appointment": _take_found,
    "chosen_slot": _take_choice,
    "confirmed": _take_confirmation,
}


def end_with_more_help(turn: Turn) -> None:
    """Leave the form with "anything else?"."""
    turn.set("open_question", "anything_else")
    turn.say("utter_anything_else")
    turn.end_form()
