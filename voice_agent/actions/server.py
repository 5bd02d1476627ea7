"""The action that Rasa names, performed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from voice_agent.actions import appointments, booking, smalltalk, triage
from voice_agent.actions.desk import Desk
from voice_agent.actions.protocol import ActionRequest, ActionResult
from voice_agent.actions.turn import Turn
from voice_agent.errors import DialogError, SchedulingError
from voice_agent.triage.care_levels import CareLevel

Action = Callable[[Turn, Desk], None]


def _asking(response: str) -> Action:
    def ask(turn: Turn, desk: Desk) -> None:
        turn.ask(response)

    return ask


def _beginning(form: str) -> Action:
    def begin(turn: Turn, desk: Desk) -> None:
        booking.begin(turn, desk, form)

    return begin


ACTIONS: Final[Mapping[str, Action]] = {
    "action_begin_booking": _beginning("booking_form"),
    "action_begin_reschedule": _beginning("reschedule_form"),
    "action_begin_cancel": _beginning("cancel_form"),
    "validate_booking_form": booking.validate,
    "validate_reschedule_form": booking.validate,
    "validate_cancel_form": booking.validate,
    "action_ask_visit_reason": _asking("utter_ask_visit_reason"),
    "action_ask_wanted_days": _asking("utter_ask_wanted_days"),
    "action_ask_wanted_times": _asking("utter_ask_wanted_times"),
    "action_ask_person_name": _asking("utter_ask_person_name"),
    "action_ask_birth_date": _asking("utter_ask_birth_date"),
    "action_ask_found_appointment": appointments.ask_found,
    "action_ask_chosen_slot": appointments.ask_choice,
    "action_ask_confirmed": appointments.ask_confirmation,
    "action_book": appointments.book,
    "action_reschedule": appointments.reschedule,
    "action_cancel": appointments.cancel,
    "action_begin_triage": triage.begin_triage,
    "validate_triage_form": triage.validate,
    "action_ask_symptom": _asking("utter_ask_symptom"),
    "action_ask_triage_answer": triage.ask,
    "action_conclude_triage": triage.conclude,
    "action_to_person": smalltalk.to_person,
    "action_to_front_desk": smalltalk.to_front_desk,
    "action_goodbye": smalltalk.goodbye,
    "action_start_over": smalltalk.start_over,
    "action_answer_faq": smalltalk.answer_faq,
    "action_pleasantry": smalltalk.pleasantry,
    "action_answer_yes": smalltalk.answer_yes,
    "action_answer_no": smalltalk.answer_no,
    "action_not_understood": smalltalk.not_understood,
}
"""Every custom action of dialogs/domain/, by name."""


class ActionServer:
    """Performs what Rasa asks; safe to call from any thread, it keeps nothing between calls."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def perform(self, request: ActionRequest) -> ActionResult:
        """Events and responses. Raises DialogError for an action that we do not know.

        When the appointment book is down the caller goes to a person, with words.
        """
        action = ACTIONS.get(request.action)
        if action is None:
            raise DialogError(
                f"Rasa asked for the action {request.action!r}, which voice_agent/actions/server.py does not know; "
                "compare the actions in dialogs/domain/"
            )
        turn = Turn(request)
        try:
            action(turn, self._desk)
        except SchedulingError:
            turn = Turn(request)
            reason = "Wants an appointment; the appointment book cannot be reached"
            turn.to_person("utter_scheduling_down", reason, CareLevel.NURSE_WITHIN_HOUR)
        return turn.result()
