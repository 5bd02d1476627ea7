"""The whole line for tests: nothing faked.

A private Redis, Rasa with the trained model, our server under gunicorn and a twin in place of Twilio, started once a
session on free loopback ports. Calls are real: sound in real time in both directions. A test may kill Redis or Rasa;
it puts them back up.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
import requests
import yaml

from voice_agent import config
from voice_agent.call.handoff import CallSummary
from voice_agent.call.transfer import Transfer
from voice_agent.demo import clinic
from voice_agent.demo.loopback import answers, free_port
from voice_agent.demo.processes import Child, Processes
from voice_agent.demo.rasa_process import start_rasa, wait_for_rasa
from voice_agent.demo.redis_process import start_redis
from voice_agent.demo.server_process import start_server, wait_for_server
from voice_agent.records.encryption import Cipher
from voice_agent.services.call_store import RedisCallStore
from voice_agent.services.dialog_training import train_if_stale
from voice_agent.services.scheduling.local import LocalScheduling
from voice_agent.simulator import scenario
from voice_agent.simulator.run import CallResult, run_scenario
from voice_agent.simulator.timeline import Listener
from voice_agent.simulator.twin import Twin

SCENARIOS = config.PROJECT / "tests" / "calls" / "scenarios"
RING_S = 12
"""How long each nurse's telephone rings here, so that a test of an empty desk does not take a minute."""
WORKERS = 2
"""Processes of the server, on any machine."""
NOTICED_S = 30
"""The server looks after what it depends on every few seconds."""


@dataclass
class Line:
    """The clinic's line, open for calls."""

    plan: clinic.Plan
    processes: Processes
    twin: Twin
    model: Path
    store: RedisCallStore
    scheduling: LocalScheduling
    redis_url: str
    rasa_url: str
    redis: Child
    rasa: Child
    server: Child

    @property
    def recordings(self) -> Path:
        """One file for each call, by its CallSid."""
        return self.plan.folder / "calls"

    def place(self, name: str, on_event: Listener | None = None) -> CallResult:
        """Run tests/calls/scenarios/<name>.yaml to its end."""
        return run_scenario(scenario.load(SCENARIOS / f"{name}.yaml"), self.twin, on_event)

    def transfer(self, call_id: str) -> Transfer | None:
        """As Redis has it."""
        return self.store.transfer_of_call(call_id)

    def summary(self, call_id: str) -> CallSummary:
        """What Redis keeps of the call: for the nurse, when there is a transfer."""
        if transfer := self.transfer(call_id):
            found = self.store.load_summary(transfer.token)
        else:
            record = self.store.load_call(call_id)
            found = record.summary if record else None
        assert found is not None, f"Redis holds no summary of {call_id}"
        return found

    def stored(self) -> bytes:
        """Every key and every value of our Redis as it stands there, sealed."""
        with redis.Redis.from_url(self.redis_url) as client:
            kept: list[bytes] = []
            for key in client.scan_iter():
                kept.append(key)
                match client.type(key):
                    case b"zset":
                        kept += client.zrange(key, 0, -1)
                    case b"stream":
                        kept += [piece for _, fields in client.xrange(key) for pair in fields.items() for piece in pair]
                    case _:
                        kept.append(client.get(key) or b"")
        return b"\n".join(kept)

    def workers(self) -> dict[int, int]:
        """The server's processes that take calls → how many each has, as /readyz tells."""
        load = requests.get(f"{self.plan.url}/readyz", timeout=10).json()["load"]
        return {worker["pid"]: worker["calls"] for worker in load["workers"] if worker["state"] == "open"}

    @property
    def ready(self) -> bool:
        """Whether the server would take a call now."""
        return answers(f"{self.plan.url}/readyz")

    def wait_until_noticed(self) -> None:
        """Return once the server knows that something is down."""
        self.server.wait_until(lambda: not self.ready, NOTICED_S)

    def kill_rasa(self) -> None:
        """As a crash would."""
        _kill(self.rasa)

    def kill_redis(self) -> None:
        """As a crash would; what it held is lost."""
        _kill(self.redis)

    def mend(self) -> None:
        """Start again what a test has killed, where it was; return once calls are taken again."""
        if self.redis.died():
            password = self.plan.made_up["REDIS_PASSWORD"]
            self.redis, _ = start_redis(self.processes, os.environ, password, port=_port(self.redis_url))
        if self.rasa.died():
            self.rasa, _ = _start_rasa(self.processes, self.plan, self.model, _port(self.rasa_url))
            wait_for_rasa(self.rasa, self.rasa_url)
        self.server.wait_until(lambda: self.ready, NOTICED_S)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


def _kill(child: Child) -> None:
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait(10)


def _start_rasa(processes: Processes, plan: clinic.Plan, model: Path, port: int = 0) -> tuple[Child, str]:
    return start_rasa(processes, os.environ, config.PROJECT, model, f"{plan.url}/rasa/actions", port)


def _planned(folder: Path) -> clinic.Plan:
    """The clinic's own settings, but nurses' telephones ring shortly and calls are recorded."""
    document = yaml.safe_load(config.DEFAULT_CONFIG.read_text(encoding="utf-8"))
    document["nurse_desk"]["ring_seconds"] = RING_S
    document["recording"]["folder"] = str(folder / "calls")
    document["server"]["workers"] = WORKERS
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    plan = clinic.plan({}, folder, path)
    return replace(plan, port=free_port())


@contextmanager
def open_line(folder: Path) -> Iterator[Line]:
    """Start everything, logs and calls in `folder`; stop it all at the end. Trains first if need be."""
    model = train_if_stale(config.DEFAULT_DIALOGS)
    plan = _planned(folder)
    with Processes(plan.folder) as processes, clinic.twin_for(plan) as twin:
        redis_child, redis_url = start_redis(processes, os.environ, plan.made_up["REDIS_PASSWORD"])
        rasa, rasa_url = _start_rasa(processes, plan, model)
        told = clinic.environment(plan, twin, redis_url, rasa_url)
        server, _ = start_server(processes, {**os.environ, **told}, plan.config_path, plan.port)
        store = RedisCallStore(redis_url, Cipher(config.load_secrets(told).encryption_keys), plan.settings.store)
        scheduling = LocalScheduling(plan.database_url, plan.settings.calendar, lambda: datetime.now(UTC))
        try:
            wait_for_rasa(rasa, rasa_url)
            wait_for_server(server, plan.url)
            yield Line(plan, processes, twin, model, store, scheduling, redis_url, rasa_url, redis_child, rasa, server)
        finally:
            scheduling.close()
            store.close()


@pytest.fixture(scope="session")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The whole line, open for calls; see `Line`. Starting takes some 40 s."""
    with open_line(tmp_path_factory.mktemp("line")) as opened:
        yield opened


def pytest_configure(config: pytest.Config) -> None:
    """Our own marker."""
    config.addinivalue_line("markers", "places(scenario): the test is about this scenario's call")
