"""A private Redis for the tests.

One `redis-server` a session, on a free loopback port, keeping nothing on disk. `redis_server` can be killed and
restarted by a test that needs it; such a test puts it back up.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """A redis-server process that a test may stop and start again on the same port."""

    def __init__(self, directory: Path, *, keeps: bool = False) -> None:
        """`keeps`: what it holds is on disk before it answers, and outlives a crash."""
        program = shutil.which("redis-server")
        assert program, "redis-server is not installed: `make test` installs it (apt-get install redis-server)"
        self._program = program
        self._directory = directory
        self._keeps = "yes" if keeps else "no"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, and wait until it answers."""
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            [
                *(self._program, "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", self._keeps, "--appendfsync", "always", "--dir", str(self._directory)),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        with redis.Redis(port=self.port, socket_connect_timeout=0.2) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.RedisError:
                    assert time.monotonic() < deadline, "redis-server did not come up within 10 s"
                    time.sleep(0.05)

    def kill(self) -> None:
        """Kill it, as a crash would; what it held is lost, unless it keeps it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture(scope="session")
def redis_session() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="redis-") as directory:
        server = RedisServer(Path(directory))
        server.start()
        yield server
        server.kill()


@pytest.fixture
def redis_server(redis_session: RedisServer) -> RedisServer:
    """The session's Redis, up and empty."""
    redis_session.start()
    with redis.Redis(port=redis_session.port) as client:
        client.flushall()
    return redis_session


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of an empty Redis."""
    return redis_server.url
