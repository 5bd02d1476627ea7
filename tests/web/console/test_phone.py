"""The telephone's page and socket: who is let in, and what is told to whom."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import websocket
from flask.testing import FlaskClient
from invented_cases import CHEST_PAIN, PASSWORD, sign_in
from site_on_fakes import Site, build_site, close_site
from switchboard import PATIENCE_S, Switchboard
from werkzeug.serving import make_server

from voice_agent.call.transfer import TransferStatus
from voice_agent.errors import CallStoreError, SynthesizerError
from voice_agent.fakes.store import InMemoryCallStore
from voice_agent.records.users import Role
from voice_agent.simulator.softphone_call import Wait
from voice_agent.triage.care_levels import CareLevel
from voice_agent.web.console import phone


@dataclass
class Open:
    """A running server with the telephone on, and somebody signed in."""

    site: Site
    switchboard: Switchboard
    port: int
    cookie: str

    def socket(self, **headers: str) -> websocket.WebSocket:
        """As the page opens it."""
        about = {"origin": f"http://127.0.0.1:{self.port}", "cookie": self.cookie} | headers
        connection = websocket.WebSocket()
        connection.connect(f"ws://127.0.0.1:{self.port}/console/phone/line", timeout=PATIENCE_S, **about)
        return connection

    def refused(self, **headers: str) -> int:
        """The status with which it is not opened."""
        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            self.socket(**headers)
        assert caught.value.resp_body is not None
        return int(caught.value.status_code)


@pytest.fixture
def switchboard() -> Switchboard:
    return Switchboard()


@pytest.fixture
def switched_on(tmp_path: Path, switchboard: Switchboard) -> Iterator[Site]:
    site = build_site(tmp_path, "http://127.0.0.1", softphone=switchboard)
    site.users.add_user("lee", PASSWORD, Role.OPERATIONS)
    yield site
    close_site(site)


@pytest.fixture
def signed_in(switched_on: Site) -> FlaskClient:
    assert sign_in(switched_on.client, "lee").status_code == 303
    return switched_on.client


@pytest.fixture
def opened(switched_on: Site, switchboard: Switchboard, signed_in: FlaskClient) -> Iterator[Open]:
    cookie = signed_in.get_cookie("voice_agent_console", path="/console")
    assert cookie is not None
    server = make_server("127.0.0.1", 0, switched_on.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Open(switched_on, switchboard, server.server_port, f"{cookie.key}={cookie.value}")
    server.shutdown()
    server.server_close()
    thread.join()


def told(connection: websocket.WebSocket) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(connection.recv())
    return message


def hang_up(opened: Open, connection: websocket.WebSocket) -> None:
    connection.close()
    assert opened.switchboard.over.wait(PATIENCE_S)


@pytest.mark.parametrize("path", ["phone", "phone/line"])
def test_it_is_off_by_default(nurse: FlaskClient, path: str) -> None:
    assert nurse.get(f"/console/{path}").status_code == 404
    assert b"/console/phone" not in nurse.get("/console/").data


def test_the_page_is_for_everybody_who_is_signed_in(switched_on: Site, signed_in: FlaskClient) -> None:
    page = signed_in.get("/console/phone")
    assert page.status_code == 200
    assert b'data-line="/console/phone/line"' in page.data
    assert b">Phone</a>" in signed_in.get("/console/").data
    stranger = switched_on.app.test_client().get("/console/phone")
    assert (stranger.status_code, stranger.location) == (303, "/console/sign-in?next=/console/phone")


def test_only_this_page_may_use_the_microphone(signed_in: FlaskClient) -> None:
    assert "microphone=(self)" in signed_in.get("/console/phone").headers["Permissions-Policy"]
    assert "microphone=()" in signed_in.get("/console/").headers["Permissions-Policy"]


def test_a_call_is_from_who_is_signed_in_to_the_server_that_was_asked(opened: Open) -> None:
    connection = opened.socket()
    assert told(connection)["event"] == "stream"
    hang_up(opened, connection)
    opened.site.users.set_phone("lee", "+15550199")
    connection = opened.socket()
    assert told(connection)["event"] == "stream"
    hang_up(opened, connection)
    assert opened.switchboard.callers == [phone.WITHHELD, "+15550199"]
    assert opened.switchboard.local_urls == [f"http://127.0.0.1:{opened.port}"] * 2


def test_nobody_calls_without_signing_in(opened: Open) -> None:
    assert opened.refused(cookie="") == 401
    assert opened.refused(cookie="voice_agent_console=forged") == 401


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example", "file://127.0.0.1"])
def test_no_page_elsewhere_calls_with_our_cookie(opened: Open, origin: str) -> None:
    assert opened.refused(origin=origin) == 403
    assert opened.switchboard.callers == []


def test_the_public_name_is_ours_too(opened: Open) -> None:
    connection = opened.socket(origin="http://127.0.0.1")
    assert told(connection)["event"] == "stream"
    hang_up(opened, connection)


def test_lines_are_few_and_come_back(opened: Open) -> None:
    lines = [opened.socket() for _ in range(phone.LINES)]
    assert [told(line)["event"] for line in lines] == ["stream"] * phone.LINES
    further = opened.socket()
    assert told(further) == {"event": "over", "by": "busy"}
    further.close()
    for line in lines:
        hang_up(opened, line)
    until = threading.Event()
    for _ in range(100):
        connection = opened.socket()
        answer = told(connection)
        connection.close()
        if answer["event"] == "stream":
            break
        until.wait(0.05)
    assert answer["event"] == "stream"


def test_a_call_that_cannot_be_held_is_said(opened: Open) -> None:
    def fail(switchboard: Switchboard) -> None:
        raise SynthesizerError("the voice is gone")

    opened.switchboard.script = fail
    connection = opened.socket()
    assert told(connection)["event"] == "stream"
    assert told(connection) == {"event": "over", "by": "trouble"}
    connection.close()


@pytest.mark.parametrize(
    ("status", "wait"),
    [
        (TransferStatus.RINGING, Wait.GOES_ON),
        (TransferStatus.BRIEFING, Wait.GOES_ON),
        (TransferStatus.ACCEPTED, Wait.NURSE_IS_ELSEWHERE),
        (TransferStatus.BRIDGED, Wait.NURSE_IS_ELSEWHERE),
        (TransferStatus.UNANSWERED, Wait.SEND_ON),
        (TransferStatus.DONE, Wait.SEND_ON),
    ],
)
def test_how_it_stands_with_a_caller_on_hold(site: Site, status: TransferStatus, wait: Wait) -> None:
    transfer = site.request(CareLevel.EMERGENCY_911, replace(CHEST_PAIN, call_id="CA1"))
    moved = replace(transfer, status=status, version=transfer.version + 1)
    assert site.store.replace_transfer(moved, expected_version=transfer.version)
    assert phone.waiting(site.store, "CA1") is wait
    assert phone.waiting(site.store, "CAnobody") is Wait.GOES_ON


class BrokenStore(InMemoryCallStore):
    """Does not answer."""

    def transfer_of_call(self, call_id: str) -> None:
        raise CallStoreError("Redis does not answer")


def test_without_the_store_the_wait_goes_on() -> None:
    assert phone.waiting(BrokenStore(), "CA1") is Wait.GOES_ON


class Connection:
    """A socket of the server, as far as its own address goes."""

    def __init__(self, *address: str | int) -> None:
        self._address = address

    def getsockname(self) -> tuple[str | int, ...]:
        return self._address


def test_the_server_is_reached_where_the_request_came_in() -> None:
    assert phone.local_url({"gunicorn.socket": Connection("10.0.0.5", 8080)}) == "http://10.0.0.5:8080"
    assert phone.local_url({"werkzeug.socket": Connection("::1", 8080, 0, 0)}) == "http://[::1]:8080"
