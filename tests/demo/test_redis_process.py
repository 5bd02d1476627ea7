"""The private Redis is private, and keeps nothing on disk."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import redis

from voice_agent.demo.loopback import free_port
from voice_agent.demo.processes import Processes
from voice_agent.demo.redis_process import start_redis


def test_only_who_knows_the_password_gets_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Processes(tmp_path) as processes:
        child, url = start_redis(processes, os.environ, "sesame-opens")
        with redis.Redis.from_url(url) as client:
            client.set("key", "value")
            assert client.get("key") == b"value"
        stranger = redis.Redis.from_url(url.replace(":sesame-opens@", ""))
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.get("key")
        command_line = Path(f"/proc/{child.process.pid}/cmdline").read_bytes()
        assert b"sesame-opens" not in command_line
    assert child.process.poll() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["redis.log"]


def test_a_busy_port_is_not_taken() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        assert free_port(taken) != taken
    assert free_port(taken) == taken
