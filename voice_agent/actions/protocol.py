"""Rasa's action protocol as typed values.

Rasa posts `{next_action, sender_id, tracker, …}` and expects `{events, responses}`
(https://rasa.com/docs/action-server/pages/http-api-spec). This is the boundary: dicts end here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from voice_agent.errors import DialogError

LISTEN: Final = "action_listen"
"""Rasa's own action that waits for the caller."""
SURE_ENTITY: Final = 0.6
"""Below this confidence a marked word is not believed."""


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """What Rasa wants done, and what it knows of the conversation."""

    action: str
    """E.g. `validate_booking_form`, `action_ask_wanted_days`, `action_book`."""
    call_id: str
    text: str = field(default="", repr=False)
    """The caller's last words, or `/intent` for a key."""
    intent: str = ""
    confidence: float = 0.0
    """0 to 1, of the intent."""
    entities: Mapping[str, str] = field(default_factory=dict, repr=False)
    slots: Mapping[str, object] = field(default_factory=dict, repr=False)
    form: str | None = None
    """The form that is being filled."""
    requested: str | None = None
    """The slot that the caller was last asked for."""
    told: tuple[str, ...] = field(default=(), repr=False)
    """Earlier words of this call that told of symptoms, or answered a triage question; the oldest first."""
    denied: tuple[str, ...] = ()
    """Ids of red-flag questions that were put for these words, before Rasa had them, and answered no."""
    answering: bool = True
    """False when the form merely comes back after an interjection: the last words were not meant for it."""


def parse_request(document: object) -> ActionRequest:
    """The JSON that Rasa posted. Raises DialogError."""
    body = _mapping(document, "the request")
    tracker = _mapping(body.get("tracker"), "tracker")
    message = _mapping(tracker.get("latest_message") or {}, "tracker.latest_message")
    intent = _mapping(message.get("intent") or {}, "tracker.latest_message.intent")
    slots = _mapping(tracker.get("slots") or {}, "tracker.slots")
    loop = _mapping(tracker.get("active_loop") or {}, "tracker.active_loop")
    entities = message.get("entities") or []
    if not isinstance(entities, list):
        raise DialogError("Rasa's tracker.latest_message.entities is no list; is this Rasa 3.6?")
    confidence = intent.get("confidence")
    requested = slots.get("requested_slot")
    return ActionRequest(
        action=_text(body.get("next_action"), "next_action"),
        call_id=_text(body.get("sender_id"), "sender_id"),
        text=str(message.get("text") or ""),
        intent=str(intent.get("name") or ""),
        confidence=float(confidence) if isinstance(confidence, (int, float)) else 0.0,
        entities=_surest(entities),
        slots=slots,
        form=str(loop["name"]) if loop.get("name") else None,
        requested=str(requested) if requested else None,
        told=_told(tracker.get("events")),
        denied=_denied(tracker.get("events")),
        answering=_answering(tracker.get("events"), loop.get("name")),
    )


@dataclass(frozen=True, slots=True)
class SetSlot:
    """Remember a value, or forget it (None)."""

    name: str
    value: object = field(repr=False)

    def to_json(self) -> dict[str, object]:
        return {"event": "slot", "timestamp": None, "name": self.name, "value": self.value}


@dataclass(frozen=True, slots=True)
class LeaveForm:
    """Stop filling the form."""

    def to_json(self) -> dict[str, object]:
        return {"event": "active_loop", "timestamp": None, "name": None}


@dataclass(frozen=True, slots=True)
class ForgetAll:
    """Forget every slot."""

    def to_json(self) -> dict[str, object]:
        return {"event": "reset_slots", "timestamp": None}


@dataclass(frozen=True, slots=True)
class Then:
    """Run this action next, whatever the rules say."""

    action: str

    def to_json(self) -> dict[str, object]:
        return {"event": "followup", "timestamp": None, "name": self.action}


TrackerEvent = SetSlot | LeaveForm | ForgetAll | Then


@dataclass(frozen=True, slots=True)
class Say:
    """A response of the domain, with what stands in its braces."""

    response: str
    """Its name in dialogs/domain/, e.g. `utter_booked`."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, object]:
        return {**self.variables, "response": self.response}


@dataclass(frozen=True, slots=True)
class Mark:
    """`custom:` fields that depend on the conversation (see call/replies.py), without words."""

    custom: Mapping[str, object] = field(repr=False)

    def to_json(self) -> dict[str, object]:
        return {"custom": dict(self.custom)}


@dataclass(frozen=True, slots=True)
class ActionResult:
    """Our answer to Rasa."""

    events: tuple[TrackerEvent, ...] = ()
    responses: tuple[Say | Mark, ...] = ()

    def to_json(self) -> dict[str, object]:
        """As Rasa's action protocol has it."""
        return {
            "events": [event.to_json() for event in self.events],
            "responses": [response.to_json() for response in self.responses],
        }


def _surest(entities: list[object]) -> dict[str, str]:
    """Of several finds of one kind the one that the classifier is surest of, and none that it doubts itself."""
    found: dict[str, tuple[float, str]] = {}
    for entity in entities:
        if not isinstance(entity, dict) or "entity" not in entity:
            continue
        kind, sure = str(entity["entity"]), float(entity.get("confidence_entity", 1.0))
        if sure >= SURE_ENTITY and sure > found.get(kind, (0.0, ""))[0]:
            found[kind] = (sure, str(entity.get("value", "")))
    return {kind: value for kind, (_, value) in found.items()}


def _answering(events: object, form: object) -> bool:
    """Whether nothing has happened since the caller spoke, but that the form was asked to look at it.

    Rasa puts the form's own action on the tracker before it has the answer validated; any other action, or the form's
    refusal, means that the words were somebody else's.
    """
    if not isinstance(events, list):
        return True
    done: list[object] = []
    for event in reversed(events):
        kind = event.get("event") if isinstance(event, dict) else None
        if kind == "user":
            break
        if kind in {"action", "action_execution_rejected"}:
            done.append(event.get("name"))
    return not done or done == [form]


def _told(events: object) -> tuple[str, ...]:
    """What the caller said of symptoms before the last words, since the call began or was started over."""
    told: list[str] = []
    form: object = None
    for event in events if isinstance(events, list) else ():
        match event:
            case {"event": "active_loop"}:
                form = event.get("name")
            case {"event": "action", "name": "action_start_over"}:
                told.clear()
            case {"event": "user", "text": str(text)}:
                parsed = event.get("parse_data")
                intent = parsed.get("intent") if isinstance(parsed, dict) else None
                symptom = isinstance(intent, dict) and intent.get("name") == "report_symptom"
                told.append(text if (symptom or form == "triage_form") and text[:1] != "/" else "")
    return tuple(text for text in told[:-1] if text)


def _denied(events: object) -> tuple[str, ...]:
    """What came with the last words as metadata (`services/dialog.py`)."""
    said = (
        [event for event in events if isinstance(event, dict) and event.get("event") == "user"]
        if isinstance(events, list)
        else []
    )
    match said[-1] if said else None:
        case {"metadata": {"denied": list(denied)}}:
            return tuple(str(question) for question in denied)
    return ()


def _mapping(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise DialogError(f"Rasa's action call lacks {name}, or it is no object; is this Rasa 3.6?")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise DialogError(f"Rasa's action call lacks {name}; is this Rasa 3.6?")
    return value
