"""Where the demonstration puts things."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from voice_agent import config
from voice_agent.demo.clinic import plan, twin_for
from voice_agent.demo.processes import StartError


def test_by_itself_it_uses_free_ports_and_an_empty_book(tmp_path: Path) -> None:
    (tmp_path / "appointments.db").write_text("of an earlier demonstration")
    planned = plan({}, tmp_path, config.DEFAULT_CONFIG)
    assert planned.redis_url is None
    assert planned.database_url == f"sqlite:///{tmp_path}/appointments.db"
    assert not (tmp_path / "appointments.db").exists()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", planned.port))


def test_what_the_environment_asks_for_is_used(tmp_path: Path) -> None:
    asked = {"REDIS_URL": "redis://cache:6379/3", "DATABASE_URL": "postgresql+psycopg://db/clinic", "PORT": "0"}
    with pytest.raises(StartError, match="PORT=0 is taken or is no port"):
        plan(asked, tmp_path, config.DEFAULT_CONFIG)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    planned = plan({**asked, "PORT": str(port)}, tmp_path, config.DEFAULT_CONFIG)
    assert (planned.redis_url, planned.database_url, planned.port) == (asked["REDIS_URL"], asked["DATABASE_URL"], port)
    assert planned.url == f"http://127.0.0.1:{port}"


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        with pytest.raises(StartError, match="is taken"):
            plan({"PORT": str(busy.getsockname()[1])}, tmp_path, config.DEFAULT_CONFIG)


def test_the_twin_is_our_carrier(tmp_path: Path) -> None:
    planned = plan({}, tmp_path, config.DEFAULT_CONFIG)
    with twin_for(planned) as twin:
        assert twin.settings.voice_url == f"{planned.url}/twilio/voice"
        assert twin.settings.number == planned.settings.telephony.from_number
        assert twin.settings.auth_token == planned.made_up["TWILIO_AUTH_TOKEN"]


def test_the_plan_prints_no_secret(tmp_path: Path) -> None:
    printed = repr(plan({"REDIS_URL": "redis://:redis-secret@cache"}, tmp_path, config.DEFAULT_CONFIG))
    assert "redis-secret" not in printed
    assert "AUTH_TOKEN" not in printed
