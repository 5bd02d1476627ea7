"""The action endpoint that Rasa calls: for this machine only, and never a traceback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from voice_agent.actions.desk import Desk
from voice_agent.actions.server import ActionServer
from voice_agent.fakes.scheduling import FakeScheduling
from voice_agent.services.scheduling.clinic_calendar import ClinicCalendar
from voice_agent.web.actions import LOOPBACK, actions_blueprint

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PERSON: dict[str, Any] = {
    "next_action": "action_to_person",
    "sender_id": "CA1",
    "tracker": {"slots": {}, "latest_message": {"text": "a person", "intent": {"name": "ask_person"}}},
}


def client(trusted: Sequence[str] = LOOPBACK) -> FlaskClient:
    desk = Desk(FakeScheduling(ClinicCalendar(), lambda: NOW), (), {}, lambda: NOW)
    app = Flask("actions")
    app.register_blueprint(actions_blueprint(ActionServer(desk), trusted))
    return app.test_client()


def post(
    document: Any = PERSON, *, address: str = "127.0.0.1", trusted: Sequence[str] = LOOPBACK, **headers: str
) -> tuple[int, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client(trusted).post("/rasa/actions", json=document, headers=named, environ_base={"REMOTE_ADDR": address})
    return answer.status_code, answer.get_json(silent=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
def test_rasa_on_this_machine_is_served(address: str) -> None:
    status, document = post(address=address)
    assert status == 200
    assert {"response": "utter_to_person"} in document["responses"]
    assert {"custom": {"do": "transfer", "reason": "Asked for a person"}} in document["responses"]


@pytest.mark.parametrize("address", ["10.0.0.5", "203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1", "", "nonsense"])
def test_nobody_else_is(address: str) -> None:
    assert post(address=address)[0] == 403


def test_a_network_that_is_named_is_served_and_no_other() -> None:
    assert post(address="10.0.0.5", trusted=["10.0.0.0/24"])[0] == 200
    assert post(address="10.0.1.5", trusted=["10.0.0.0/24"])[0] == 403


def test_what_came_through_a_proxy_is_refused() -> None:
    assert post(X_Forwarded_For="127.0.0.1")[0] == 403


def test_only_post_is_known() -> None:
    assert client().get("/rasa/actions").status_code == 405


@pytest.mark.parametrize(
    "document", [None, [], "words", {}, {**PERSON, "tracker": None}, {**PERSON, "next_action": "action_unheard_of"}]
)
def test_what_is_no_action_call_is_told_so_without_a_traceback(document: Any) -> None:
    status, answer = post(document)
    assert status == 400
    assert "Rasa" in answer["error"]
    assert "Traceback" not in answer["error"]


def test_what_is_no_json_is_told_so() -> None:
    answer = client().post("/rasa/actions", data="{broken", content_type="application/json")
    assert answer.status_code == 400
    assert "the request" in answer.get_json()["error"]
