"""One action's notes: slots read, things said.

A `Turn` is what an action works on: it reads the request and the slots as they now stand, and collects what
Rasa is to be told. Nothing of it outlives the action.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voice_agent.actions.protocol import (
    LISTEN,
    ActionRequest,
    ActionResult,
    ForgetAll,
    LeaveForm,
    Mark,
    Say,
    SetSlot,
    Then,
    TrackerEvent,
)
from voice_agent.triage.care_levels import CareLevel

MAX_TRIES: Final = 3
"""After so many answers to one question that we could not use, a person takes over."""


class Turn:
    """What the caller said, what is known, and what we answer."""

    def __init__(self, request: ActionRequest) -> None:
        self.request = request
        self._slots = dict(request.slots)
        self._events: list[TrackerEvent] = []
        self._responses: list[Say | Mark] = []

    # What is known.

    def get(self, slot: str) -> object:
        return self._slots.get(slot)

    def text(self, slot: str) -> str:
        """A slot's text; '' when it is not known."""
        value = self._slots.get(slot)
        return value if isinstance(value, str) else ""

    def count(self, slot: str) -> int:
        """A slot's number; 0 when there is none."""
        value = self._slots.get(slot)
        return int(value) if isinstance(value, (int, float)) else 0

    def rows(self, slot: str) -> list[Mapping[str, object]]:
        """A slot that holds a list of objects."""
        value = self._slots.get(slot)
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []

    def names(self, slot: str) -> list[str]:
        """A slot that holds a list of texts."""
        value = self._slots.get(slot)
        return [str(item) for item in value] if isinstance(value, list) else []

    def answers(self, slot: str) -> dict[str, str]:
        """A slot that holds texts by name."""
        value = self._slots.get(slot)
        return {str(key): str(item) for key, item in value.items()} if isinstance(value, dict) else {}

    # What we do.

    def set(self, slot: str, value: object) -> None:
        """Remember; the slot reads so from now on."""
        self._slots[slot] = value
        self._events.append(SetSlot(slot, value))

    def forget(self, *slots: str) -> None:
        for slot in slots:
            if self._slots.get(slot) is not None:
                self.set(slot, None)

    def forget_all(self) -> None:
        self._slots.clear()
        self._events.append(ForgetAll())

    def say(self, response: str, **variables: str) -> None:
        """A response of the domain by name; `variables` fill its braces."""
        self._responses.append(Say(response, variables))

    def mark(self, **custom: object) -> None:
        """`custom:` fields for this turn (names as in call/replies.py)."""
        self._responses.append(Mark(custom))

    def then(self, action: str) -> None:
        """Run this action next."""
        self._events.append(Then(action))

    def leave_form(self) -> None:
        """Stop filling the form; nothing more is said in this turn unless `then` follows."""
        # Rasa takes a form that sets nothing but the requested slot for one that refused the words.
        self.set("failed_tries", 0)
        self.set("requested_slot", None)
        self._events.append(LeaveForm())

    def end_form(self, then: str = LISTEN) -> None:
        """Leave the form and go on with `then`, past the rule that follows a filled form."""
        self.leave_form()
        self.then(then)

    def to_person(self, response: str, reason: str, care_level: CareLevel | None = None, **variables: str) -> None:
        """Say `response` (its `custom:` says `do: transfer`), with the reason for the nurse."""
        self.say(response, **variables)
        marked: dict[str, object] = {"do": "transfer", "reason": reason}
        if care_level:
            marked["care_level"] = care_level.value
        self.mark(**marked)
        self.end_form()

    def understood(self) -> None:
        """The last answer was of use."""
        if self.count("failed_tries"):
            self.set("failed_tries", 0)

    def not_understood(self, reason: str, care_level: CareLevel | None = None) -> None:
        """Ask again differently; after three times, a person."""
        tries = self.count("failed_tries") + 1
        if tries >= MAX_TRIES:
            self.to_person("utter_not_understood", reason, care_level)
        else:
            self.set("failed_tries", tries)

    def ask(self, response: str, **variables: str) -> None:
        """Ask with the wording for this try: `response`, then `response_again`, then `response_once_more`."""
        wording = ("", "_again", "_once_more")[min(self.count("failed_tries"), MAX_TRIES - 1)]
        self.say(response + wording, **variables)

    def result(self) -> ActionResult:
        return ActionResult(tuple(self._events), tuple(self._responses))
