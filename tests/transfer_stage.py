"""The stage of a transfer's story: a Redis, a server process that can be killed, a twin, telephones."""

from __future__ import annotations

import itertools
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography.fernet import Fernet
from redis_server import RedisServer
from site_on_fakes import AUTH_TOKEN
from transfer_server import ACCOUNT, NURSES

from voice_agent.call.handoff import CallbackTask
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.errors import CallStoreError
from voice_agent.records.encryption import Cipher
from voice_agent.services.call_store import RedisCallStore
from voice_agent.simulator.leg import HungUpError, Leg
from voice_agent.simulator.phone import Phone, Ring
from voice_agent.simulator.timeline import Step, What
from voice_agent.simulator.twin import Twin, TwinSettings

TESTS = Path(__file__).resolve().parent
CALLER = "+15550142"
PATIENCE_S = 120
PORTS = (20_000, 30_000)
"""Below those that the system gives to whoever asks for any."""
DOWN_S = 2.0
"""So long nobody answers webhooks after the server was killed."""
Act = tuple[str, Callable[[Phone], None]]
TAKES: Act = ("press 1", lambda phone: phone.press("1"))
PASSES: Act = ("press 2", lambda phone: phone.press("2"))


class Holder:
    """Who holds a telephone: waits for words, then acts."""

    def __init__(self, acts: tuple[Act, ...]) -> None:
        self._acts = list(acts)

    def step(self, phone: Phone) -> None:
        if self._acts and self._acts[0][0] in " ".join(phone.heard).lower():
            self._acts.pop(0)[1](phone)


class Servers:
    """The server process, and one that stands by to take its place."""

    def __init__(self, folder: Path, port: int, *told: str) -> None:
        """`told`: what `transfer_server` is told after its port."""
        self._folder, self._port, self._told = folder, port, told
        self._processes: list[subprocess.Popen[bytes]] = []

    def prepare(self) -> None:
        """Have a process ready, so that its own start takes no time."""
        go = self._folder / f"go-{len(self._processes)}"
        program = [sys.executable, str(TESTS / "transfer_server.py"), str(self._port), *self._told, str(go)]
        path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
        with (self._folder / "server.log").open("ab") as log:
            process = subprocess.Popen(program, env={**os.environ, "PYTHONPATH": path}, stdout=log, stderr=log)
        self._processes.append(process)

    def begin(self) -> None:
        """Let the one that was made ready last serve."""
        (self._folder / f"go-{len(self._processes) - 1}").touch()
        until = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < until, (self._folder / "server.log").read_text(encoding="utf-8")
            time.sleep(0.1)

    def replace(self) -> None:
        """SIGKILL; nobody is there for `DOWN_S`; then the one that stands by serves."""
        self._processes[-2].kill()
        self._processes[-2].wait()
        time.sleep(DOWN_S)
        self.begin()

    def kill(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def _answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self._port}/readyz", timeout=5).ok
        except requests.RequestException:
            return False


@dataclass
class Stage:
    """One line for one story."""

    twin: Twin
    store: RedisCallStore
    servers: Servers
    redis: RedisServer
    notes: list[tuple[int, str]] = field(default_factory=list)
    """What the story itself did: (timeline ms, words)."""

    def note(self, words: str) -> None:
        self.notes.append((self.twin.timeline.now_ms(), words))

    def nurse(self, place: int, *acts: Act, answers_after_s: float | None = 2.0) -> None:
        number = NURSES[place]
        self.twin.install(number, lambda: self._phone(acts, Ring(answers_after_s=answers_after_s)))

    def calls(self, *acts: Act) -> Leg:
        return self.twin.call(self._phone(acts, None), CALLER)

    def leg(self, name: str) -> Leg:
        return [leg for leg in self.twin.legs() if leg.name.startswith(name)][-1]

    def hang_up(self, name: str) -> None:
        """As a person does."""
        self.leg(name).order(HungUpError("caller"))

    def wait_for(self, true: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if true():
                return
            time.sleep(0.1)
        told = "; ".join(f"{step.who} {step.what} {step.text}" for step in self.twin.timeline.steps())
        raise AssertionError(f"not {what}: {told}")

    def wait_for_status(self, status: TransferStatus) -> None:
        self.wait_for(lambda: self.status is status, str(status))

    def wait_for_words(self, words: str, who: str = "caller") -> None:
        self.wait_for(lambda: words in self.heard(who), f"heard by {who}: {words}")

    def wait_for_end(self) -> None:
        self.wait_for(lambda: all(leg.over.is_set() for leg in self.twin.legs()), "over")
        self.twin.webhooks.settle(5)

    def heard(self, who: str) -> str:
        legs = [leg for leg in self.twin.legs() if leg.name.startswith(who)]
        return " ".join(" ".join(leg.phone.heard) for leg in legs).lower()

    @property
    def transfer(self) -> Transfer | None:
        try:
            found = self.store.recent_transfers()
        except CallStoreError:
            return None
        return found[0] if found else None

    @property
    def status(self) -> TransferStatus | None:
        transfer = self.transfer
        return transfer.status if transfer else None

    @property
    def rung(self) -> list[str]:
        return [leg.called for leg in self.twin.legs() if leg.direction == "outbound-api"]

    def told(self) -> list[tuple[int, str, str]]:
        """(second, whose telephone, what), from the moment at which the caller's was answered."""
        steps = [(step.at_ms, _who(step), _words(step)) for step in self.twin.timeline.steps() if _words(step)]
        steps += [(at_ms, "", words) for at_ms, words in self.notes]
        first = min(at_ms for at_ms, who, _ in steps if who == "caller")
        return [((at_ms - first) // 1000, who, words) for at_ms, who, words in sorted(steps)]

    def _phone(self, acts: tuple[Act, ...], ring: Ring | None) -> Phone:
        return Phone(Holder(acts), voice=self.twin.voice, ears=None, ring=ring)


def _who(step: Step) -> str:
    """`caller`, `nurse 1` …"""
    number = step.who.rpartition(" ")[2]
    return f"nurse {NURSES.index(number) + 1}" if number in NURSES else step.who


def _words(step: Step) -> str:
    match step.what:
        case What.HEARD:
            return f"hears “{step.text}”"
        case What.RANG if step.who != "caller":
            return "rings"
        case What.ANSWERED:
            return "answers" if step.who != "caller" else "is answered"
        case What.SAID:
            return f"says “{step.text}”"
        case What.PRESSED:
            return f"presses {step.text}"
        case What.ON_HOLD:
            return "waits"
        case What.BRIDGED:
            return "can speak with the other"
        case What.HUNG_UP:
            return "hangs up"
        case What.ENDED if step.who != "caller" and step.text.startswith(("no-answer", "busy", "canceled")):
            return "stops ringing"
        case _:
            return ""


@dataclass(frozen=True)
class Told:
    """What came of a story."""

    rows: list[tuple[int, str, str]]
    """(second, whose telephone, what), from the moment at which the caller's was answered."""
    heard: dict[str, str]
    """`caller`, `nurse` → all that was heard there, plain."""
    rung: list[str]
    transfer: Transfer
    callbacks: list[CallbackTask]
    errors: list[str]
    longest_silence_s: float
    """At the caller's ear, between two sentences, until somebody could be spoken with."""


def play(story: Callable[[Stage], None]) -> Told:
    """On a stage of its own."""
    with open_stage() as stage:
        story(stage)
        steps = stage.twin.timeline.steps()
        transfer = stage.transfer
        assert transfer is not None
        return Told(
            stage.told(),
            {who: stage.heard(who) for who in ("caller", "nurse")},
            stage.rung,
            transfer,
            stage.store.callbacks(),
            [step.text for step in steps if step.what is What.ERROR],
            _longest_silence_s([step for step in steps if step.who == "caller"]),
        )


def _longest_silence_s(caller: list[Step]) -> float:
    bridged = min((step.at_ms for step in caller if step.what is What.BRIDGED), default=float("inf"))
    heard = [step for step in caller if step.what is What.HEARD and step.at_ms < bridged]
    pairs = itertools.pairwise(heard)
    return max((later.at_ms - one.at_ms - (one.lasted_ms or 0)) / 1000 for one, later in pairs)


def _port() -> int:
    """One that no connection is given by chance between now and its server's start, which may take long."""
    while True:
        port = random.randint(*PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def open_stage() -> Iterator[Stage]:
    """A Redis that keeps what it has on disk, a server, and a twin before it."""
    with tempfile.TemporaryDirectory(prefix="transfer-") as name:
        folder, port, key = Path(name), _port(), Fernet.generate_key().decode()
        redis = RedisServer(folder, keeps=True)
        redis.port = _port()
        store = RedisCallStore(redis.url, Cipher([key]))
        address = f"http://127.0.0.1:{port}/twilio"
        with Twin(TwinSettings(ACCOUNT, AUTH_TOKEN, f"{address}/voice", f"{address}/status")) as twin:
            servers = Servers(folder, port, redis.url, twin.url, key, name)
            try:
                redis.start()
                servers.prepare()
                servers.begin()
                yield Stage(twin, store, servers, redis)
            finally:
                twin.close()
                store.close()
                servers.kill()
                redis.kill()
