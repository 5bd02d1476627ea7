"""A symptom protocol, as it is written.

Read by `strict_yaml.read(path, Protocol)` from dialogs/protocols/<id>.yaml; adding a symptom is adding a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from voice_agent.triage.care_levels import CareLevel

UNKNOWN: Final = "unknown"
"""The answer of a caller who does not know."""

COMPARISON: Final = re.compile(r"(<=|>=|<|>)\s*(\d+(?:\.\d+)?)")
"""A condition on a number."""

Condition = bool | str | tuple[bool | str, ...]
"""What an answer must be: yes/no, a value, one of several values, or a comparison: ">= 103", "< 90"."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a protocol."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    id: str
    """Unique in its protocol; the hand-off shows `protocol.question`."""
    ask: str
    reprompt: str
    """Asked differently, with the keys."""
    kind: Literal["yes_no", "number", "choice", "open"] = "yes_no"
    listen: Literal["open", "yes_no", "digits", "date", "time", "name"] | None = None
    """A value of `call.replies.Listen`; none follows from the kind (`hears`)."""
    unit: Literal["age_days", "days", "degrees_f"] | None = None
    """Numbers only: what is counted; none is a plain number."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Choice only: value → phrases that mean it."""
    keypad: Mapping[str, str] = field(default_factory=dict)
    """Digit → answer; none follows from the kind (`keys`)."""
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Answer → phrases in the caller's words that already give it, so that it is not asked. Quote "yes"."""
    older_than: float | None = None
    """Yes or no only: who is said to be older than so many years has thereby answered yes."""
    younger_than: float | None = None
    """Likewise for who is younger."""
    denied: tuple[str, ...] = ()
    """Phrases whose plain denial ("no fever") answers the whole question with no."""
    screened: Mapping[str, str | None] = field(default_factory=dict)
    """Yes or no only: id of a question in red_flags.yaml → what is still to be asked once that one was denied.

    Null: it named all dangers of this one, so that this one is answered no.
    """

    @property
    def hears(self) -> str:
        """What kind of answer to listen for, a value of `call.replies.Listen`."""
        if self.listen or self.unit in {"age_days", "days"}:
            return self.listen or "open"
        return {"yes_no": "yes_no", "number": "digits"}.get(self.kind, "open")

    @property
    def keys(self) -> dict[str, str]:
        """Digit → the answer that pressing it gives; empty when keys make no answer by themselves."""
        if self.keypad:
            return dict(self.keypad)
        if self.kind == "yes_no":
            return {"1": "yes", "2": "no"}
        if self.unit == "days":
            return {str(days): str(days) for days in range(10)}
        return {str(place): value for place, value in enumerate(self.choices, start=1)}


@dataclass(frozen=True, slots=True)
class Rule:
    """When all of `when` holds, the caller belongs to `care_level`."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    id: str
    when: Mapping[str, Condition]
    care_level: CareLevel
    reason: str
    """For the nurse and the record."""
    advice: tuple[str, ...] = ()
    """Approved sentences for the caller."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """One symptom, as in dialogs/protocols/<id>.yaml (`strict_yaml.read(path, Protocol)`)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    id: str
    version: int
    title: str
    source: str
    approved_by: str | None
    priority: int
    """1 to 9: of several symptoms in one breath, the one with the lowest number is asked about."""
    applies_to: tuple[str, ...]
    """Phrases of callers that have this symptom; none in the protocol that is the fallback."""
    questions: tuple[Question, ...]
    rules: tuple[Rule, ...]
    unless: tuple[str, ...] = ()
    """Phrases whose words mean something else: "flu shot"; neither `applies_to` nor `said` sees them."""
    callers_say: tuple[str, ...] = ()
    """Whole sentences that must come to this protocol and to no other; `voice-agent check` tries each."""
    fallback: bool = False
    """Asked where a symptom was told that no other protocol fits; at most one protocol is."""


def meets(answer: str, condition: Condition) -> bool:
    """Whether an answer is what a rule's condition says."""
    if isinstance(condition, tuple):
        return any(meets(answer, choice) for choice in condition)
    if isinstance(condition, bool):
        return answer == ("yes" if condition else "no")
    if comparison := COMPARISON.fullmatch(condition):
        try:
            value, bound = float(answer), float(comparison[2])
        except ValueError:
            return False
        match comparison[1]:
            case "<":
                return value < bound
            case "<=":
                return value <= bound
            case ">":
                return value > bound
            case _:
                return value >= bound
    return answer == condition
