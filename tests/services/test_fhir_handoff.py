"""The hand-off in a FHIR server: what is sent is FHIR R4, once a case, and tried again."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from invented_cases import CHEST_PAIN

from voice_agent.call.brief_document import brief_document
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.errors import FhirError
from voice_agent.fakes.store import InMemoryCallStore
from voice_agent.services.fhir_handoff import TASK_STATUS, FhirHandoffs, FhirSettings, bundle, communication, task
from voice_agent.triage.care_levels import CareLevel

AT = "2026-03-02T14:00:00-05:00"
TRANSFER = Transfer("t1", "CAchest", CareLevel.EMERGENCY_911, ("+15550100",), status=TransferStatus.RINGING)

# FHIR R4: required fields and codes, https://hl7.org/fhir/R4/task.html and communication.html
PRIORITIES = {"routine", "urgent", "asap", "stat"}
TASK_CODES = {
    *("draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold"),
    *("failed", "completed", "entered-in-error"),
}
INTENTS = {"unknown", "proposal", "plan", "order", "original-order", "reflex-order", "filler-order", "instance-order"}
COMMUNICATION_CODES = {
    *("preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown"),
}


def slips(resource: dict[str, Any]) -> list[str]:
    """What a server that reads R4 strictly would refuse."""
    found = []
    match resource.get("resourceType"):
        case "Communication":
            codes, allowed = (
                COMMUNICATION_CODES,
                {
                    *("resourceType", "identifier", "status", "category", "priority", "subject", "sender", "sent"),
                    *("payload", "about"),
                },
            )
            found += [] if all(list(one) == ["contentString"] for one in resource["payload"]) else ["payload"]
        case "Task":
            codes, allowed = (
                TASK_CODES,
                {
                    *("resourceType", "identifier", "status", "businessStatus", "intent", "priority", "description"),
                    *("focus", "for", "authoredOn", "lastModified", "requester", "owner"),
                },
            )
            found += [] if resource.get("intent") in INTENTS else ["intent"]
        case other:
            return [f"resourceType {other}"]
    found += [f"{key} is no field" for key in resource if key not in allowed]
    found += [] if resource.get("status") in codes else ["status"]
    found += [] if resource.get("priority") in PRIORITIES else ["priority"]
    return found


@dataclass
class Server:
    """A FHIR server on loopback that takes transactions, and refuses what is not R4."""

    refusals: list[int] = field(default_factory=list)
    """Status codes to answer with first."""
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Conditional address → resource: a second PUT replaces the first."""
    asked: list[dict[str, str]] = field(default_factory=list)
    address: str = ""

    def take(self, headers: dict[str, str], content: dict[str, Any]) -> int:
        self.asked.append(headers)
        if self.refusals:
            return self.refusals.pop(0)
        if content.get("resourceType") != "Bundle" or content.get("type") != "transaction":
            return 400
        for entry in content["entry"]:
            kind = entry["request"]["url"].split("?")[0]
            if slips(entry["resource"]) or kind != entry["resource"]["resourceType"]:
                return 422
            self.held[entry["request"]["url"]] = entry["resource"]
        return 200


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = state.take(dict(self.headers), content)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{listening.server_port}/r4"
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield state
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def store() -> InMemoryCallStore:
    store = InMemoryCallStore()
    store.save_summary("t1", CHEST_PAIN)
    return store


def handoffs(server: Server, store: InMemoryCallStore, waits: list[float] | None = None) -> FhirHandoffs:
    waited = waits if waits is not None else []
    return FhirHandoffs(FhirSettings(server.address), store, lambda: AT, "secret-token", waited.append)


def test_the_resources_are_r4() -> None:
    document = brief_document(TRANSFER, CHEST_PAIN, AT)
    assert slips(communication(document)) == []
    assert slips(task(document, "urn:uuid:1")) == []


@pytest.mark.parametrize("status", list(TransferStatus))
def test_every_status_has_a_code_of_a_task(status: TransferStatus) -> None:
    assert TASK_STATUS[status] in TASK_CODES
    assert slips(task(brief_document(replace(TRANSFER, status=status), CHEST_PAIN, AT), "urn:uuid:1")) == []


def test_the_brief_is_in_the_communication_twice() -> None:
    text, content = (
        part["contentString"] for part in communication(brief_document(TRANSFER, CHEST_PAIN, AT))["payload"]
    )
    assert text.startswith("Situation: Ann Example. Red flag: Possible heart attack.")
    assert json.loads(content)["token"] == "t1"


def test_the_task_points_at_the_communication() -> None:
    first, second = bundle(brief_document(TRANSFER, CHEST_PAIN, AT))["entry"]
    assert second["resource"]["focus"]["reference"] == first["fullUrl"]


def test_a_case_is_recorded_once_however_often_it_moves(server: Server, store: InMemoryCallStore) -> None:
    sender = handoffs(server, store)
    for status in (TransferStatus.RINGING, TransferStatus.BRIDGED, TransferStatus.DONE):
        sender.send(replace(TRANSFER, status=status))
    assert len(server.held) == 2
    recorded = server.held["Task?identifier=urn:voice-agent:case|t1"]
    assert (recorded["status"], recorded["priority"]) == ("completed", "stat")
    assert server.asked[0]["Authorization"] == "Bearer secret-token"
    assert server.asked[0]["Content-Type"] == "application/fhir+json"


def test_a_server_that_is_busy_is_asked_again(server: Server, store: InMemoryCallStore) -> None:
    server.refusals = [503, 429, 409]
    waits: list[float] = []
    handoffs(server, store, waits).send(TRANSFER)
    assert len(server.held) == 2
    assert waits == [1.0, 2.0, 4.0]


def test_a_server_that_stays_away_is_given_up(store: InMemoryCallStore) -> None:
    gone = FhirHandoffs(FhirSettings("http://127.0.0.1:9"), store, lambda: AT, None, lambda seconds: None)
    with pytest.raises(FhirError, match="does not answer"):
        gone.send(TRANSFER)


def test_what_is_refused_is_not_sent_again(server: Server, store: InMemoryCallStore) -> None:
    server.refusals = [401]
    with pytest.raises(FhirError, match="401"):
        handoffs(server, store).send(TRANSFER)
    assert len(server.asked) == 1


def test_it_is_sent_beside_the_call_and_failures_stop_nothing(server: Server, store: InMemoryCallStore) -> None:
    server.refusals = [401]
    sender = handoffs(server, store)
    sender.start()
    sender.moved(TRANSFER)
    sender.moved(replace(TRANSFER, token="unknown"))
    sender.moved(replace(TRANSFER, status=TransferStatus.DONE))
    sender.close()
    assert server.held["Task?identifier=urn:voice-agent:case|t1"]["status"] == "completed"


def test_errors_tell_nothing_personal(server: Server, store: InMemoryCallStore) -> None:
    server.refusals = [422]
    with pytest.raises(FhirError) as caught:
        handoffs(server, store).send(TRANSFER)
    assert not any(word in str(caught.value) for word in ("Ann", "chest", "5550142", "secret-token"))
