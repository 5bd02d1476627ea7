"""Rasa over its REST channel.

One conversation a call: `sender` is the CallSid. Rasa answers a turn with several messages, words and `custom:` fields
apart; here they become one `DialogReply`, and whatever we did not agree on is an error that names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import requests
from rapidfuzz import process

from voice_agent.call.handoff import Disposition
from voice_agent.call.replies import DialogReply, Listen, Meaning, ReplyAction
from voice_agent.errors import DialogError
from voice_agent.strict_yaml import STRICT
from voice_agent.triage.care_levels import CareLevel

CUSTOM_KEYS: Final = tuple(field.name for field in fields(DialogReply) if field.name != "sentences")
"""What a response may carry under `custom:`."""
_END: Final = re.compile(r"(?<=[.!?])\s+")
_ABBREVIATED: Final = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|St|Ave|No|vs|[A-Za-z]\.[A-Za-z])\.)$", re.IGNORECASE)
_CONNECT_S: Final = 1.0
_CHECK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class DialogSettings:
    """How long we wait for Rasa."""

    __pydantic_config__ = STRICT

    timeout_s: float = 4
    """A turn that takes longer has failed, and the caller goes to a person."""


class RasaDialog:
    """`ports.Dialog` on a running Rasa server; safe to call from any thread."""

    def __init__(self, url: str, settings: DialogSettings | None = None) -> None:
        self._url = url.rstrip("/")
        self._timeout_s = (settings or DialogSettings()).timeout_s
        # Connections are kept alive between turns; requests' pool is safe to share, and no cookie or header is set.
        self._http = requests.Session()
        self._http.trust_env = False

    def reply(self, call_id: str, message: str, denied: tuple[str, ...] = ()) -> DialogReply:
        """Take the caller's words (or `/intent`) and answer. Raises DialogError.

        Rasa keeps `metadata` with the words, and the action endpoint reads it there (`actions/protocol.py`).
        """
        document: dict[str, object] = {"sender": call_id, "message": message}
        if denied:
            document["metadata"] = {"denied": list(denied)}
        return merged(_messages(self._asked("/webhooks/rest/webhook", document)))

    def meaning(self, text: str) -> Meaning:
        """What words would mean, by `/model/parse`, which changes no conversation. Raises DialogError."""
        return _meaning(self._asked("/model/parse", {"text": text}))

    def _asked(self, path: str, document: Mapping[str, object]) -> requests.Response:
        try:
            response = self._http.post(f"{self._url}{path}", json=document, timeout=(_CONNECT_S, self._timeout_s))
        except requests.Timeout as error:
            raise DialogError(
                f"Rasa at {self._url} did not answer within {self._timeout_s:g} s; is the machine overloaded? "
                "See its log, or raise dialog.timeout_s in config.yaml"
            ) from error
        except requests.RequestException as error:
            raise DialogError(f"Rasa cannot be reached at {self._url}; start it, or mend RASA_URL") from error
        if response.status_code != requests.codes.ok:
            raise DialogError(f"Rasa at {self._url} answered with HTTP status {response.status_code}; see its log")
        return response

    def check(self) -> str | None:
        """None when Rasa has a model loaded, else what to do."""
        try:
            response = self._http.get(f"{self._url}/status", timeout=(_CHECK_S, _CHECK_S))
        except requests.RequestException:
            return f"Rasa cannot be reached at {self._url}; start it, or mend RASA_URL"
        if response.status_code == requests.codes.conflict:
            return f"Rasa at {self._url} has no model loaded: run `voice-agent train` and start it with that model"
        if response.status_code == requests.codes.not_found:
            return f"Rasa at {self._url} does not tell its status; start it with --enable-api"
        if response.status_code != requests.codes.ok:
            return f"Rasa at {self._url} answered with HTTP status {response.status_code}; see its log"
        return None

    def close(self) -> None:
        """Give the kept connections back."""
        self._http.close()


def merged(messages: list[Mapping[str, Any]]) -> DialogReply:
    """All that Rasa said in one turn as one reply. Raises DialogError for what we did not agree on.

    Later fields win over earlier ones; a new `question` also ends what the earlier one listened for, and `learned`
    accumulates.
    """
    if not messages:
        raise DialogError("Rasa answered nothing; does dialogs/data/rules.yml cover every intent?")
    reply = DialogReply()
    for message in messages:
        text, custom = message.get("text"), message.get("custom")
        if text is not None:
            if not isinstance(text, str):
                raise DialogError("Rasa sent a text that is no text")
            reply = replace(reply, sentences=reply.sentences + sentences(text))
        if custom is not None:
            reply = _with(reply, custom)
    return reply


def sentences(text: str) -> tuple[str, ...]:
    """`text` cut where the voice may pause: "Dr. Lee is in. Shall I book?" has two."""
    cut: list[str] = []
    for piece in (part for line in text.splitlines() for part in _END.split(line.strip()) if part):
        if cut and _ABBREVIATED.search(cut[-1]):
            cut[-1] += f" {piece}"
        else:
            cut.append(piece)
    return tuple(cut)


def _messages(response: requests.Response) -> list[Mapping[str, Any]]:
    try:
        document = response.json()
    except ValueError as error:
        raise DialogError("Rasa's answer is not JSON; does RASA_URL lead to Rasa?") from error
    if not isinstance(document, list) or not all(isinstance(message, dict) for message in document):
        raise DialogError("Rasa's answer is no list of messages; does RASA_URL lead to Rasa?")
    return document


def _meaning(response: requests.Response) -> Meaning:
    try:
        intent = response.json()["intent"]
        return Meaning(str(intent["name"]), float(intent["confidence"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DialogError("Rasa's answer names no intent; does RASA_URL lead to Rasa?") from error


def _with(reply: DialogReply, custom: object) -> DialogReply:
    if not isinstance(custom, dict):
        raise DialogError("A response of Rasa has a `custom:` that is no mapping; see dialogs/domain/")
    for key in custom:
        if key not in CUSTOM_KEYS:
            nearest = process.extractOne(str(key), CUSTOM_KEYS, score_cutoff=50)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            raise DialogError(f"A response of Rasa has the unknown key {key!r} under `custom:`{hint}")
    if "question" in custom:
        reply = replace(reply, listen=Listen.OPEN, keypad={})
    changes: dict[str, Any] = {}
    for key, value in custom.items():
        match key:
            case "listen":
                changes[key] = _one_of(Listen, key, value)
            case "do":
                changes[key] = _one_of(ReplyAction, key, value)
            case "care_level":
                changes[key] = _one_of(CareLevel, key, value).value
            case "outcome":
                changes[key] = _one_of(Disposition, key, value).value
            case "keypad":
                changes[key] = _texts(key, value)
            case "learned":
                changes[key] = {**reply.learned, **_texts(key, value)}
            case _:
                changes[key] = _text(key, value)
    return replace(reply, **changes)


def _one_of(kind: Any, key: str, value: object) -> Any:
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(kind)
        raise DialogError(f"A response of Rasa has {key}: {value!r}; it may be: {known}") from error


def _texts(key: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) for pair in value.items() for item in pair):
        raise DialogError(f"A response of Rasa has a {key!r} that does not map texts to texts; put them in quotes")
    return value


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise DialogError(f"A response of Rasa has a {key!r} that is no text")
    return value
