"""What the dialog manager answers.

One `DialogReply` is everything that Rasa said in one turn, parsed once at the boundary. The keys that a
Rasa response may carry under `custom:` are exactly the fields below; anything else is an error that
`voice-agent check` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Listen(StrEnum):
    """What kind of answer a question expects; decides how long a silence ends it, and the grammar."""

    OPEN = "open"
    YES_NO = "yes_no"
    DIGITS = "digits"
    DATE = "date"
    TIME = "time"
    NAME = "name"


class ReplyAction(StrEnum):
    """What the dialog wants done besides speaking (`custom: do:`)."""

    TRANSFER = "transfer"
    """Bring the caller to a person."""
    HANG_UP = "hang_up"
    """Say the reply, then end the call."""
    NO_MATCH = "no_match"
    """The words meant nothing to us: reprompt, and after three times a person."""
    REPEAT = "repeat"
    """Say the last prompt again."""
    SLOWER = "slower"
    """Say the last prompt again, and everything from now on, more slowly."""
    START_OVER = "start_over"
    """Forget this conversation and ask the first question again."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What words would mean to the dialog manager, were they said to it."""

    intent: str
    confidence: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class DialogReply:
    """One answer of the dialog manager, in the order in which it is to be spoken."""

    sentences: tuple[str, ...] = ()
    """What to say, one sentence each; may be empty when `do` says what to do."""
    listen: Listen = Listen.OPEN
    """The answer that the last sentence asks for."""
    do: ReplyAction | None = None
    """What to do once the sentences are said."""
    keypad: Mapping[str, str] = field(default_factory=dict)
    """Digit → the message that pressing it sends to the dialog, e.g. `{"1": "/affirm", "2": "/deny"}`."""
    question: str | None = None
    """Stable id of the question asked, e.g. `headache.sudden`; the hand-off lists it with its answer."""
    learned: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Facts established in this turn: `name`, `date_of_birth`, `reason`, `appointment`, `symptom` …; personal."""
    care_level: str | None = None
    """With `do: transfer`: how urgent, a value of `triage.care_levels.CareLevel`; none means nurse_now."""
    reason: str | None = None
    """With `do: transfer`: why, one short sentence for the nurse."""
    outcome: str | None = None
    """What this turn achieved, a value of `call.handoff.Disposition`, e.g. `appointment_booked`."""
