"""A telephone in the browser: staff call the agent with the computer's microphone and speaker.

The page and its socket. The page speaks Twilio's wire protocol itself; what a carrier does beside it, signed webhooks
and TwiML, `Softphone` does, against this very server. docs/softphone.md has the whole of it.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, abort, g, render_template, request
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server

from voice_agent.call.transfer import FINISHED, TAKEN
from voice_agent.errors import CallStoreError, VoiceAgentError
from voice_agent.ports import CallStore
from voice_agent.simulator.softphone import BrowserGoneError
from voice_agent.simulator.softphone_call import Wait
from voice_agent.web.console.live import Places
from voice_agent.web.console.parts import Parts, Softphone

log = structlog.get_logger(__name__)

LINES: Final = 2
"""Browsers' calls in one process at once; beside the call's own thread each holds one of those kept for webhooks."""
WITHHELD: Final = "+266696687"
"""What Twilio gives as the number of a caller who shows none: ANONYMOUS."""


GOODBYE_S: Final = 2.0
"""How long a page may take to close its end once it was told that the call is over."""


class _Page:
    """simple-websocket as the telephone sees it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()

    def receive(self, timeout_s: float) -> str | bytes | None:
        try:
            message: str | bytes | None = self._server.receive(timeout=timeout_s)
        except ConnectionClosed as error:
            raise BrowserGoneError from error
        return message

    def send(self, text: str) -> None:
        try:
            with self._lock:
                self._server.send(text)
        except (ConnectionClosed, OSError) as error:
            raise BrowserGoneError from error


def add_phone(console: Blueprint, parts: Parts, softphone: Softphone, public_url: str) -> None:
    """GET /console/phone, WS /console/phone/line; for everybody who is signed in."""
    sock = Sock()
    sock.bp = console
    places = Places(LINES)

    @console.get("/phone")
    def phone() -> str:
        return render_template("console/phone.html")

    @console.before_request
    def from_our_own_page() -> None:
        # A page elsewhere can open a socket to us, and the browser sends our cookie along.
        if request.endpoint == "console.phone_line" and not _is_ours(request.headers.get("Origin", ""), public_url):
            log.warning("console_phone_refused", user=g.user.name if g.user else None)
            abort(403)

    @sock.route("/phone/line", bp=console)  # type: ignore[untyped-decorator]  # flask-sock has no types
    def phone_line(server: Server) -> None:
        page = _Page(server)
        if not places.take():
            _tell(page, "busy")
            _see_off(page)
            return
        user = g.user.name
        log.info("console_phone_used", user=user)
        try:
            softphone.call(
                page,
                caller=parts.users.phone(user) or WITHHELD,
                local_url=local_url(request.environ),
                watch=lambda call_id: waiting(parts.store, call_id),
                closing=parts.closing,
            )
        except VoiceAgentError as error:
            log.error("console_phone_failed", user=user, code=error.code, problem=str(error))
            _tell(page, "trouble")
        finally:
            _see_off(page)
            places.give_back()


def _see_off(page: _Page) -> None:
    """Read on until the page has closed its end.

    A socket that is closed while sound still comes in is reset, and our last word may be lost with it.
    """
    until = time.monotonic() + GOODBYE_S
    with contextlib.suppress(BrowserGoneError):
        while time.monotonic() < until:
            page.receive(0.2)


def _tell(page: _Page, why: str) -> None:
    """That there is no call, and why."""
    with contextlib.suppress(BrowserGoneError):
        page.send(json.dumps({"event": "over", "by": why}))


def waiting(store: CallStore, call_id: str) -> Wait:
    """How it stands with a caller on hold whom the real carrier does not know."""
    try:
        transfer = store.transfer_of_call(call_id)
    except CallStoreError:
        return Wait.GOES_ON  # the hold loop has an answer to that
    if transfer is None:
        return Wait.GOES_ON
    if transfer.status in FINISHED:
        return Wait.SEND_ON
    return Wait.NURSE_IS_ELSEWHERE if transfer.status in TAKEN else Wait.GOES_ON


def local_url(environ: Mapping[str, Any]) -> str:
    """Where this server is reached from here: the address at which the request itself came in.

    PUBLIC_URL may lead through a proxy that does not answer from inside.
    """
    connection: socket.socket = environ.get("gunicorn.socket") or environ["werkzeug.socket"]
    host, port = connection.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_ours(origin: str, public_url: str) -> bool:
    """Whether a page of this console asks: under the name that the browser used, or behind a proxy that changes it."""
    asking = urlsplit(origin)
    return asking.scheme in {"http", "https"} and asking.netloc in {request.host, urlsplit(public_url).netloc}
