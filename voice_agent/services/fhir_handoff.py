"""The hand-off in a FHIR R4 server: a Communication that holds the brief, a Task that says whose turn it is.

The resources are made by pure functions. They are sent beside the call, one bundle for each change of a transfer, and
tried again a few times; a server that stays away costs the record there, never the caller: Redis holds the truth.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import requests
import structlog
from pydantic import TypeAdapter

from voice_agent.call.brief_document import BriefDocument, as_text, brief_document
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.errors import CallStoreError, FhirError
from voice_agent.ports import CallStore
from voice_agent.strict_yaml import STRICT
from voice_agent.triage.care_levels import CareLevel

log = structlog.get_logger(__name__)

SYSTEM: Final = "urn:voice-agent:case"
"""Of the identifiers: the case's opaque token."""
PRIORITY: Final = {
    CareLevel.EMERGENCY_911: "stat",
    CareLevel.NURSE_NOW: "asap",
    CareLevel.NURSE_WITHIN_HOUR: "urgent",
    CareLevel.CLINIC_SOON: "routine",
    CareLevel.SELF_CARE: "routine",
}
TASK_STATUS: Final = {
    TransferStatus.REQUESTED: "requested",
    TransferStatus.HOLDING: "requested",
    TransferStatus.RINGING: "requested",
    TransferStatus.BRIEFING: "received",
    TransferStatus.ACCEPTED: "accepted",
    TransferStatus.BRIDGED: "in-progress",
    TransferStatus.DONE: "completed",
    # Somebody still owes the caller a call: the task stands, on hold until the call-back.
    TransferStatus.UNANSWERED: "on-hold",
    TransferStatus.CALLER_GONE: "on-hold",
    TransferStatus.CALLBACK_CHOSEN: "on-hold",
}
FHIR_JSON: Final = "application/fhir+json"
_DOCUMENT: Final = TypeAdapter(BriefDocument)


@dataclass(frozen=True, slots=True)
class FhirSettings:
    """Where hand-offs are recorded."""

    __pydantic_config__ = STRICT

    base_url: str | None = None
    """Of a FHIR R4 server, such as https://fhir.clinic.example/r4; none records nothing."""
    timeout_s: float = 5.0
    tries: int = 4
    """How often one bundle is sent before it is given up."""
    retry_s: float = 1.0
    """Wait before the second try; each further one waits twice as long."""


def communication(document: BriefDocument) -> dict[str, Any]:
    """The brief, as text and as JSON."""
    return {
        "resourceType": "Communication",
        "identifier": [_identifier(document.token)],
        "status": "completed",
        "category": [{"text": "Telephone triage hand-off (SBAR)"}],
        "priority": PRIORITY[document.care_level],
        "subject": _caller(document),
        "sender": {"display": "Automated telephone assistant"},
        "sent": document.written_at,
        "payload": [
            {"contentString": as_text(document)},
            {"contentString": _DOCUMENT.dump_json(document).decode()},
        ],
    }


def task(document: BriefDocument, focus: str) -> dict[str, Any]:
    """Whose turn it is; `focus`: reference to the Communication."""
    return {
        "resourceType": "Task",
        "identifier": [_identifier(document.token)],
        "status": TASK_STATUS[document.status],
        "businessStatus": {"text": str(document.status)},
        "intent": "order",
        "priority": PRIORITY[document.care_level],
        "description": document.red_flag.title if document.red_flag else document.reason or "Asks for a person",
        "focus": {"reference": focus},
        "for": _caller(document),
        "authoredOn": document.written_at,
        "lastModified": document.written_at,
        "requester": {"display": "Automated telephone assistant"},
        "owner": {"display": "Nurses on the telephone ladder"},
    }


def bundle(document: BriefDocument) -> dict[str, Any]:
    """Both in one transaction; sent again it changes nothing twice, since each is found by the case's token."""
    focus = "urn:uuid:00000000-0000-4000-8000-000000000001"
    found = f"identifier={SYSTEM}|{document.token}"
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": focus,
                "resource": communication(document),
                "request": {"method": "PUT", "url": f"Communication?{found}"},
            },
            {
                "fullUrl": "urn:uuid:00000000-0000-4000-8000-000000000002",
                "resource": task(document, focus),
                "request": {"method": "PUT", "url": f"Task?{found}"},
            },
        ],
    }


def _identifier(token: str) -> dict[str, str]:
    return {"system": SYSTEM, "value": token}


def _caller(document: BriefDocument) -> dict[str, Any]:
    """By number only: who it is was not verified, so no Patient is referred to."""
    return {"display": "Caller, not verified"} | (
        {"identifier": {"system": "urn:ietf:rfc:3966", "value": f"tel:{document.caller.number}"}}
        if document.caller.number
        else {}
    )


class FhirHandoffs:
    """Sends hand-offs beside the calls, in their order. `moved` may be called from any thread, and never waits."""

    def __init__(
        self,
        settings: FhirSettings,
        store: CallStore,
        now: Callable[[], str],
        token: str | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`now`: wall clock, ISO 8601. `token`: a bearer token for the server, from the environment."""
        self._settings = settings
        self._store = store
        self._now = now
        self._wait = wait
        self._headers = {"Content-Type": FHIR_JSON, "Accept": FHIR_JSON} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        self._waiting: queue.SimpleQueue[Transfer | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="fhir-handoffs", daemon=True)

    def start(self) -> None:
        """Send from now on."""
        self._thread.start()

    def moved(self, transfer: Transfer) -> None:
        """For `NurseDesk(observe=…)`."""
        self._waiting.put(transfer)

    def close(self) -> None:
        """Send what waits, then stop."""
        self._waiting.put(None)
        self._thread.join(self._settings.timeout_s)

    def send(self, transfer: Transfer) -> None:
        """Send one, with retries. Raises FhirError, CallStoreError."""
        summary = self._store.load_summary(transfer.token)
        if summary is None:
            return
        content = bundle(brief_document(transfer, summary, self._now()))
        for number in range(self._settings.tries):
            if number:
                self._wait(self._settings.retry_s * 2 ** (number - 1))
            problem = self._posted(content)
            if problem is None:
                return
        raise FhirError(f"the FHIR server at {self._settings.base_url} {problem}; check fhir.base_url and FHIR_TOKEN")

    def _posted(self, content: dict[str, Any]) -> str | None:
        """None when it was taken, else why it is worth another try. Raises FhirError when it is not."""
        where = (self._settings.base_url or "").rstrip("/")
        try:
            answer = requests.post(where, json=content, headers=self._headers, timeout=self._settings.timeout_s)
        except requests.RequestException as error:
            return f"does not answer ({type(error).__name__})"
        if answer.ok:
            return None
        if answer.status_code in {408, 409, 412, 429} or answer.status_code >= 500:
            return f"answered {answer.status_code}"
        raise FhirError(f"the FHIR server at {where} refused a hand-off with status {answer.status_code}")

    def _run(self) -> None:
        while (transfer := self._waiting.get()) is not None:
            try:
                self.send(transfer)
            except (FhirError, CallStoreError) as error:
                log.error("handoff_not_recorded", transfer=transfer.token, code=error.code, problem=str(error))
