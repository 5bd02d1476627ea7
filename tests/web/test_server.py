"""A real gunicorn with worker processes: where sockets go, and what dies with one of them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_websocket import Client, ConnectionClosed

from voice_agent.demo.loopback import free_port
from voice_agent.web.server import DRAIN_S
from voice_agent.web.worker_board import BEAT_S

PATIENCE_S = 30.0
PROGRAM = """
import os, sys, time
from flask import Flask, jsonify
from flask_sock import Sock
from voice_agent.web.capacity import Capacity
from voice_agent.web.server import Server

port, workers, calls = (int(word) for word in sys.argv[1:4])

def build(row):
    if os.path.exists(sys.argv[4]):
        raise ValueError("it cannot be built")
    while os.path.exists(sys.argv[4] + "-slow"):
        time.sleep(0.05)
    app, sock, capacity = Flask("small"), Sock(), Capacity(calls, row=row)

    @app.get("/load")
    def load():
        return jsonify(calls=capacity.live, workers={str(one.pid): one.calls for one in capacity.workers()})

    @sock.route("/twilio/media/<token>")
    def media(server, token):
        if not capacity.acquire():
            return
        try:
            while True:
                server.receive()
                server.send(str(os.getpid()))
        finally:
            capacity.release()

    sock.init_app(app)
    return app, capacity.close

Server(build, "127.0.0.1", port, calls, workers).run()
"""


@dataclass
class Running:
    """A server with nothing behind it but sockets."""

    process: subprocess.Popen[bytes]
    port: int
    broken: Path
    """While this file is there no worker can be built."""
    sockets: list[Client] = field(default_factory=list)

    @property
    def slow(self) -> Path:
        """While this file is there no worker gets ready."""
        return self.broken.with_name(f"{self.broken.name}-slow")

    def open(self) -> int:
        """A media socket; the pid of the worker that holds it. Raises ConnectionClosed when none took it."""
        client = Client.connect(f"ws://127.0.0.1:{self.port}/twilio/media/t")
        client.send("who?")
        pid = int(client.receive(timeout=PATIENCE_S))
        self.sockets.append(client)
        return pid

    def load(self) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"http://127.0.0.1:{self.port}/load", timeout=PATIENCE_S).json()
        return answer

    def workers(self) -> set[int]:
        return {int(pid) for pid in self.load()["workers"] if pid != "0"}

    @property
    def starting(self) -> bool:
        """Whether there is a worker that does not take calls yet."""
        return "0" in self.load()["workers"]


def wait_for(what: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def still_there(client: Client) -> bool:
    """Whether its worker answers."""
    try:
        client.send("?")
        return client.receive(timeout=PATIENCE_S) is not None
    except (ConnectionClosed, OSError):
        return False


@contextmanager
def served(folder: Path, workers: int, calls: int) -> Iterator[Running]:
    port, broken = free_port(), folder / "broken"
    arguments = [str(one) for one in (port, workers, calls, broken)]
    with subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], start_new_session=True) as process:
        running = Running(process, port, broken)

        def up() -> bool:
            with suppress(requests.ConnectionError):
                return len(running.workers()) == workers
            return False

        try:
            wait_for(up)
            yield running
        finally:
            for client in running.sockets:
                with suppress(ConnectionClosed):
                    client.close()
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with served(tmp_path, workers=2, calls=20) as running:
        yield running


def test_sockets_are_shared_out_evenly_and_places_counted_together(server: Running) -> None:
    held = Counter(server.open() for _ in range(20))
    assert sorted(held.values()) == [10, 10]
    assert server.load() == {"calls": 20, "workers": {str(pid): 10 for pid in held}}
    with pytest.raises(ConnectionClosed):
        server.open()
    server.sockets.pop().close()
    server.sockets.pop().close()
    wait_for(lambda: server.load()["calls"] == 18)
    server.open()


def test_the_emptier_worker_gets_the_next_call(server: Running) -> None:
    first = [server.open() for _ in range(8)]
    full, emptied = sorted(set(first))
    for client, pid in zip(list(server.sockets), first, strict=True):
        if pid == emptied:
            client.close()
            server.sockets.remove(client)
    wait_for(lambda: server.load()["calls"] == 4)
    assert [server.open() for _ in range(4)] == [emptied] * 4
    assert {server.open(), server.open()} == {full, emptied}


def test_the_calls_of_other_workers_outlive_one_that_is_killed(server: Running) -> None:
    pids = [server.open() for _ in range(6)]
    killed, other = sorted(set(pids))
    os.kill(killed, signal.SIGKILL)
    for client, pid in zip(server.sockets, pids, strict=True):
        assert still_there(client) is (pid == other)
    wait_for(lambda: len(server.workers() - {killed}) == 2)
    assert server.load()["calls"] == 3, "its places came back"
    (fresh,) = server.workers() - {other}
    assert [server.open() for _ in range(3)] == [fresh] * 3


def test_a_reload_gives_new_calls_to_new_workers(server: Running) -> None:
    old = server.workers()
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(server.workers() - old) == 2)
    assert server.open() not in old
    wait_for(lambda: server.workers().isdisjoint(old))


def test_a_reload_leaves_calls_where_they_are_until_the_new_workers_take_them(server: Running) -> None:
    old = {server.open(), server.open()}
    server.slow.touch()
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: server.starting)
    time.sleep(3)
    assert {server.open(), server.open()} == old
    assert all(still_there(client) for client in server.sockets)
    server.slow.unlink()
    wait_for(lambda: len(server.workers() - old) == 2)
    assert server.open() not in old
    for client in server.sockets:
        client.close()
    wait_for(lambda: server.workers().isdisjoint(old))


def test_a_reload_that_fails_ends_no_calls_and_the_next_one_may_succeed(server: Running) -> None:
    old = {server.open(), server.open()}
    server.broken.touch()
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: server.starting)
    wait_for(lambda: not server.starting)
    assert {server.open(), server.open()} == old
    assert all(still_there(client) for client in server.sockets)
    server.broken.unlink()
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(server.workers() - old) == 2, DRAIN_S + PATIENCE_S)
    assert server.open() not in old


def test_all_processes_end_with_the_server(server: Running) -> None:
    pids = {server.process.pid, *server.workers()}
    server.process.terminate()
    assert server.process.wait(PATIENCE_S) == 0
    wait_for(lambda: not any(alive(pid) for pid in pids))


def test_webhooks_are_answered_beside_a_full_house(server: Running) -> None:
    for _ in range(20):
        server.open()
    assert [server.load()["calls"] for _ in range(50)] == [20] * 50


def test_a_connection_that_a_proxy_keeps_open_goes_to_the_emptier_worker_too(server: Running) -> None:
    """It was accepted for a webhook, by whichever worker; the upgrade that comes over it is placed like any other."""
    upgrade = (
        b"GET /twilio/media/t HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    kept = [socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) for _ in range(8)]
    try:
        for connection in kept:
            connection.sendall(b"GET /load HTTP/1.1\r\nHost: x\r\n\r\n")
            assert received(connection, b"}\n").startswith(b"HTTP/1.1 200")
        for connection in kept:
            connection.sendall(upgrade)
            assert received(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 101")
        wait_for(lambda: sorted(server.load()["workers"].values()) == [4, 4])
    finally:
        for connection in kept:
            connection.close()
    wait_for(lambda: server.load()["calls"] == 0)


def received(connection: socket.socket, end: bytes) -> bytes:
    """Up to `end`, which is the last that comes."""
    got = b""
    while not got.endswith(end):
        more = connection.recv(10_000)
        assert more, got
        got += more
    return got


def test_an_upgrade_that_is_refused_takes_nothing_away(server: Running) -> None:
    """Sockets are counted where they are placed; one that never opens is counted off again."""
    for _ in range(5):
        answer = requests.get(
            f"http://127.0.0.1:{server.port}/twilio/media/",
            headers={"Upgrade": "websocket", "Connection": "Upgrade"},
            timeout=PATIENCE_S,
        )
        assert answer.status_code == 404
    assert sorted(Counter(server.open() for _ in range(6)).values()) == [3, 3]


def test_a_worker_that_hangs_gets_no_calls(server: Running) -> None:
    hung, other = sorted({server.open(), server.open()})
    os.kill(hung, signal.SIGSTOP)
    try:
        time.sleep(BEAT_S + 1)
        assert [server.open() for _ in range(4)] == [other] * 4
    finally:
        os.kill(hung, signal.SIGCONT)


def test_a_worker_that_cannot_begin_ends_no_calls(server: Running) -> None:
    """Its successor is tried until it can; the rest of the server goes on meanwhile."""
    killed, other = sorted({server.open(), server.open()})
    server.broken.touch()
    os.kill(killed, signal.SIGKILL)
    time.sleep(3)
    assert {server.open(), server.open()} == {other}
    server.broken.unlink()
    wait_for(lambda: len(server.workers() - {killed}) == 2)
    assert server.open() not in {killed, other}


def test_a_server_that_cannot_begin_says_so_and_ends(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    arguments = [str(one) for one in (free_port(), 2, 5, broken)]
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=2 * PATIENCE_S
    )
    assert told.returncode == 3
    assert "it cannot be built" in told.stderr


def test_one_process_serves_alone(tmp_path: Path) -> None:
    with served(tmp_path, workers=1, calls=3) as alone:
        assert len({alone.open() for _ in range(3)}) == 1
        assert alone.load()["calls"] == 3
        with pytest.raises(ConnectionClosed):
            alone.open()
