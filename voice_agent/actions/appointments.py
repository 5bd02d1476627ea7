"""Asking for, reading back and performing appointments."""

from __future__ import annotations

from voice_agent.actions import booking, known
from voice_agent.actions.desk import Desk
from voice_agent.actions.offers import find_offers, from_row, offer, to_row
from voice_agent.actions.turn import Turn
from voice_agent.errors import SlotTakenError


def ask_choice(turn: Turn, desk: Desk) -> None:
    """Offer free times; the same ones again when the question comes back."""
    if rows := turn.rows("offers"):
        offer(turn, [from_row(row) for row in rows])
        return
    days, times = known.known_days(turn), known.known_times(turn)
    refused = turn.names("refused_offers")
    found = find_offers(desk.scheduling, days, times, desk.now(), refused)
    turn.set("offers", [to_row(slot) for slot in found.slots])
    if not found.slots:
        turn.ask("utter_ask_no_times")
        return
    if not found.as_wanted and not refused:
        turn.say("utter_nearest_times")
    offer(turn, found.slots)


def ask_found(turn: Turn, desk: Desk) -> None:
    """Which of several appointments is meant; or that there is none."""
    rows = turn.rows("found")[:3]
    if not rows:
        turn.ask("utter_ask_none_found")
        return
    variables: dict[str, str] = {}
    for place, row in enumerate(rows, start=1):
        variables |= {f"{name}_{place}": part for name, part in known.spoken_parts(row).items()}
    count = ("one", "two", "three")[len(rows) - 1]
    turn.say(f"utter_found_several_{count}", **variables)
    turn.ask("utter_ask_found_appointment")
    turn.mark(keypad={str(place): f"option {place}" for place in range(1, len(rows) + 1)})


def ask_confirmation(turn: Turn, desk: Desk) -> None:
    """Read back what is about to be done, and ask whether it is right."""
    if turn.get("changing"):
        turn.ask("utter_ask_what_to_change")
        return
    form = turn.request.form
    if form == "cancel_form":
        turn.ask("utter_ask_confirm_cancel", **_parts(turn, "found_appointment"))
    elif form == "reschedule_form":
        turn.ask("utter_ask_confirm_reschedule", **_parts(turn, "chosen_slot"))
    else:
        if turn.count("failed_tries") == 0 and (other := booking.booked_already(turn, desk)):
            turn.say("utter_booked_already", **known.spoken_parts(known.appointment_row(other)))
        turn.ask(
            "utter_ask_confirm_booking",
            reason=turn.text("visit_reason"),
            name=turn.text("person_name"),
            birth_date=known.spoken_birth(turn),
            **_parts(turn, "chosen_slot"),
        )


def book(turn: Turn, desk: Desk) -> None:
    """Book the confirmed time."""
    patient, slot = known.known_patient(turn), turn.get("chosen_slot")
    if turn.text("confirmed") != "yes" or patient is None or not isinstance(slot, dict):
        return
    try:
        desk.scheduling.book(str(slot["id"]), patient, turn.text("visit_reason"), idempotency_key=_key(turn, slot))
    except SlotTakenError:
        _offer_next(turn, slot, "booking_form")
        return
    _done(turn, "utter_booked", "appointment_booked", known.spoken_parts(slot))


def reschedule(turn: Turn, desk: Desk) -> None:
    """Move the found appointment to the confirmed time."""
    found, slot = turn.get("found_appointment"), turn.get("chosen_slot")
    if turn.text("confirmed") != "yes" or not isinstance(found, dict) or not isinstance(slot, dict):
        return
    try:
        desk.scheduling.reschedule(str(found["id"]), str(slot["id"]), idempotency_key=_key(turn, slot))
    except SlotTakenError:
        _offer_next(turn, slot, "reschedule_form")
        return
    _done(turn, "utter_rescheduled", "appointment_rescheduled", known.spoken_parts(slot))


def cancel(turn: Turn, desk: Desk) -> None:
    """Cancel the found appointment."""
    found = turn.get("found_appointment")
    if turn.text("confirmed") != "yes" or not isinstance(found, dict):
        return
    desk.scheduling.cancel(str(found["id"]))
    _done(turn, "utter_cancelled", "appointment_cancelled", known.spoken_parts(found))


def _key(turn: Turn, slot: dict[str, object]) -> str:
    """One for each wish of a call: a retry books once, a second wish for the same time books again."""
    return f"{turn.request.call_id}:{slot['id']}:{turn.count('appointments_made')}"


def _parts(turn: Turn, slot: str) -> dict[str, str]:
    row = turn.get(slot)
    if not isinstance(row, dict):
        raise AssertionError(f"{slot} is read back only once it is known")
    return known.spoken_parts(row)


def _offer_next(turn: Turn, slot: dict[str, object], form: str) -> None:
    """Somebody was faster: say so and offer what is left."""
    turn.say("utter_slot_taken")
    turn.set("refused_offers", [*turn.names("refused_offers"), str(slot["id"])])
    turn.forget("chosen_slot", "confirmed", "offers")
    turn.then(form)


def _done(turn: Turn, response: str, outcome: str, parts: dict[str, str]) -> None:
    turn.say(response, **parts)
    learned = {"appointment": "{day}, {time}, {clinician}".format(**parts)}
    turn.mark(outcome=outcome, learned=learned)
    turn.set("appointments_made", turn.count("appointments_made") + 1)
    turn.forget("visit_reason", "wanted_days", "wanted_times", "chosen_slot", "confirmed", "offers")
    turn.forget("refused_offers", "found", "found_appointment", "changing")
    turn.set("open_question", "anything_else")
    turn.say("utter_anything_else")
