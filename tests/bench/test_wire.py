"""The WebSocket client that never waits, against a real server."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterator

import pytest
import simple_websocket
from flask import Flask, Response, request
from flask_sock import Sock
from werkzeug.serving import make_server

from voice_agent.bench.wire import Wire, WireClosedError


class Server:
    """Echoes, or does as `behaves` says."""

    def __init__(self) -> None:
        self.behaves: Callable[[simple_websocket.Server], None] = self.echo
        self.headers: list[str] = []
        app = Flask(__name__)

        @app.before_request
        def look() -> Response | None:
            self.headers.append(request.headers.get("X-Twilio-Signature", ""))
            return Response(status=403) if request.path == "/refused" else None

        @Sock(app).route("/echo")
        def echo(socket: simple_websocket.Server) -> None:
            self.behaves(socket)

        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def echo(self, socket: simple_websocket.Server) -> None:
        while (text := socket.receive(timeout=5)) not in {None, "enough"}:
            socket.send(text)

    def url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.server.server_port}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    opened = Wire(server.url("/echo"), {"X-Twilio-Signature": "signed"})
    yield opened
    opened.close()


def messages(wire: Wire, count: int) -> list[bytes]:
    """So many, waiting for the socket as the bench's loop does."""
    came: list[bytes] = []
    while len(came) < count:
        readable, writable, _ = select.select([wire], [wire] if wire.wants_to_write else [], [], 5)
        assert readable or writable, "nothing came for five seconds"
        if writable:
            wire.flush()
        if readable:
            came += wire.receive()
    return came


@pytest.mark.parametrize("size", [0, 1, 125, 126, 300, 65535])
def test_text_of_any_length_goes_and_comes(wire: Wire, size: int) -> None:
    wire.send(b"x" * size)
    assert messages(wire, 1) == [b"x" * size]


def test_what_is_sent_early_waits_for_the_upgrade(server: Server, wire: Wire) -> None:
    wire.send(b"one")
    wire.send(b"two")
    assert not wire.open
    assert messages(wire, 2) == [b"one", b"two"]
    assert wire.open
    assert server.headers == ["signed"]


def test_a_long_message_is_put_together(wire: Wire, server: Server) -> None:
    def long(socket: simple_websocket.Server) -> None:
        socket.send("y" * 70_000)
        socket.receive(timeout=5)

    server.behaves = long
    assert messages(wire, 1) == [b"y" * 70_000]


def test_the_end_of_the_connection_is_told(wire: Wire) -> None:
    wire.send(b"enough")
    with pytest.raises(WireClosedError, match=r"^closed$"):
        messages(wire, 1)


def test_a_refused_upgrade_is_told_with_its_status(server: Server) -> None:
    wire = Wire(server.url("/refused"), {})
    with pytest.raises(WireClosedError, match=r"31920.*403"):
        messages(wire, 1)
    wire.close()


def test_nobody_there() -> None:
    wire = Wire("ws://127.0.0.1:1/media", {})
    with pytest.raises(WireClosedError, match="broke"):
        messages(wire, 1)
    wire.close()
