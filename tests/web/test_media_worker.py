"""Connections handed from process to process with the request that was read already."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from voice_agent.web.media_worker import LONGEST_REQUEST, Inboxes, head, is_media


@dataclass
class Request:
    """As gunicorn's parser gives it."""

    method: str = "GET"
    uri: str = "/twilio/media/abc?x=%20y"
    path: str = "/twilio/media/abc"
    version: tuple[int, int] = (1, 1)
    headers: list[tuple[str, str]] = field(
        default_factory=lambda: [("HOST", "phone.example.org"), ("UPGRADE", "WebSocket"), ("X-NAME", "J\xf6rg")]
    )


@pytest.fixture
def inboxes() -> Iterator[Inboxes]:
    boxes = Inboxes(2)
    yield boxes
    boxes.close()


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """(ours, the caller's)"""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(10)
        yield ours, theirs


def test_what_opens_a_media_socket() -> None:
    assert is_media(Request())
    assert not is_media(Request(headers=[("HOST", "phone.example.org")]))
    assert not is_media(Request(path="/twilio/voice"))


def test_a_request_is_written_as_it_was_read() -> None:
    assert head(Request()) == (
        b"GET /twilio/media/abc?x=%20y HTTP/1.1\r\n"
        b"HOST: phone.example.org\r\nUPGRADE: WebSocket\r\nX-NAME: J\xf6rg\r\n\r\n"
    )


def test_a_connection_arrives_with_its_request(
    inboxes: Inboxes, connection: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = connection
    assert inboxes.receive(1) is None
    assert inboxes.send(1, ours, b"GET /")
    assert inboxes.receive(0) is None, "it is for another"
    found = inboxes.receive(1)
    assert found is not None
    handed, request = found
    ours.close()
    with handed:
        assert request == b"GET /"
        assert not handed.get_inheritable()
        handed.sendall(b"hello")
        assert theirs.recv(10) == b"hello"


def test_what_does_not_fit_stays_where_it_is(inboxes: Inboxes, connection: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = connection
    assert not inboxes.send(1, ours, b"x" * (LONGEST_REQUEST + 1))
    assert not inboxes.send(1, ours, b"")
    sent = 0
    while inboxes.send(1, ours, b"x" * LONGEST_REQUEST):
        sent += 1
        assert sent < 1000, "nobody reads, so the room ends"
    inboxes.clear(1)
    assert inboxes.send(1, ours, b"GET /")


def test_what_a_dead_worker_left_is_closed(inboxes: Inboxes, connection: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = connection
    inboxes.send(1, ours, b"GET /")
    ours.close()
    inboxes.clear(1)
    assert theirs.recv(10) == b"", "the caller's side learns of it at once"
    assert inboxes.receive(1) is None
