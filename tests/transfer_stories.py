"""Whole transfers through the twin, told second by second: what the caller hears, and what goes on meanwhile.

Each story has a Redis, a server process and a twin of its own. `docs/make_transfer.py` writes them down,
`tests/test_transfer_stories.py` looks at how they end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography.fernet import Fernet
from redis_server import free_port
from site_on_fakes import AUTH_TOKEN
from transfer_server import ACCOUNT, NURSES

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


@dataclass
class Stage:
    """One line for one story."""

    twin: Twin
    store: RedisCallStore
    start_server: Callable[[], None]
    kill_server: Callable[[], None]
    restart_redis: Callable[[], None]
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


@contextmanager
def open_stage() -> Iterator[Stage]:
    """A Redis that keeps what it has on disk, a server, and a twin before it."""
    with tempfile.TemporaryDirectory(prefix="transfer-") as name:
        folder, port, redis_port, key = Path(name), free_port(), free_port(), Fernet.generate_key().decode()
        running: dict[str, subprocess.Popen[bytes]] = {}
        redis_url = f"redis://127.0.0.1:{redis_port}/0"
        settings = TwinSettings(
            ACCOUNT, AUTH_TOKEN, f"http://127.0.0.1:{port}/twilio/voice", f"http://127.0.0.1:{port}/twilio/status"
        )
        store = RedisCallStore(redis_url, Cipher([key]))
        with Twin(settings) as twin:

            def start_redis() -> None:
                program = shutil.which("redis-server")
                assert program, "redis-server is not installed"
                command = [program, "--port", str(redis_port), "--bind", "127.0.0.1", "--dir", name]
                command += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
                running["redis"] = subprocess.Popen(command, stdout=subprocess.DEVNULL)
                _until(lambda: store.check() is None)

            def start_server() -> None:
                program = [sys.executable, str(TESTS / "transfer_server.py"), str(port), redis_url, twin.url, key, name]
                path = os.pathsep.join([str(TESTS.parent), str(TESTS)])
                log = (folder / "server.log").open("ab")
                running["server"] = subprocess.Popen(
                    program, env={**os.environ, "PYTHONPATH": path}, stdout=log, stderr=log
                )
                log.close()
                _until(lambda: _answers(port))

            def kill(what: str) -> None:
                running[what].kill()
                running[what].wait()

            def restart_redis() -> None:
                kill("redis")
                start_redis()

            try:
                start_redis()
                start_server()
                yield Stage(twin, store, start_server, lambda: kill("server"), restart_redis)
            finally:
                twin.close()
                store.close()
                for what in running:
                    kill(what)


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


def _until(true: Callable[[], bool], seconds: float = 150) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come up"
        time.sleep(0.1)


# The stories.


def accepts_on_the_first_ring(stage: Stage) -> None:
    """The first nurse takes the call; they talk; the caller hangs up."""
    stage.nurse(0, TAKES)
    stage.calls()
    stage.wait_for_status(TransferStatus.BRIDGED)
    time.sleep(3)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def the_third_accepts(stage: Stage) -> None:
    """The first nurse passes the call on, the second does not answer, the third takes it."""
    stage.nurse(0, PASSES)
    stage.nurse(1, answers_after_s=None)
    stage.nurse(2, TAKES)
    stage.calls()
    stage.wait_for_status(TransferStatus.BRIDGED)
    time.sleep(2)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def nobody_accepts(stage: Stage) -> None:
    """One passes the call on, two do not answer: what to do now, and a call-back."""
    stage.nurse(0, PASSES)
    stage.nurse(1, answers_after_s=None)
    stage.nurse(2, answers_after_s=None)
    stage.calls()
    stage.wait_for_status(TransferStatus.UNANSWERED)
    stage.wait_for_end()


def hangs_up_while_it_rings(stage: Stage) -> None:
    """The nurse's telephone stops ringing, and a call-back is on the list."""
    stage.nurse(0, answers_after_s=None)
    stage.calls(("still calling a nurse", lambda phone: phone.hang_up()))
    stage.wait_for_status(TransferStatus.CALLER_GONE)
    stage.wait_for_end()


def the_nurses_line_is_lost(stage: Stage) -> None:
    """Soon after the bridge the nurse's telephone dies; the caller is told, and the next nurse is rung."""
    stage.nurse(0, TAKES)
    stage.nurse(1, TAKES)
    stage.calls()
    stage.wait_for_status(TransferStatus.BRIDGED)
    time.sleep(2)
    stage.note("the line of nurse 1 is lost")
    stage.hang_up(f"nurse {NURSES[0]}")
    stage.wait_for_words("the line to the nurse was lost")
    stage.wait_for_status(TransferStatus.BRIDGED)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def the_server_dies_while_it_rings(stage: Stage) -> None:
    """SIGKILL while a nurse's telephone rings; another process goes on."""
    stage.nurse(0, TAKES, answers_after_s=18)
    stage.calls()
    stage.wait_for_words("still calling a nurse")
    stage.note("the server is killed (SIGKILL)")
    stage.kill_server()
    stage.start_server()
    stage.note("a server is up again")
    stage.wait_for_status(TransferStatus.BRIDGED)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def the_server_dies_while_they_talk(stage: Stage) -> None:
    """SIGKILL while caller and nurse talk: they hear nothing of it, and their end is noticed."""
    stage.nurse(0, TAKES)
    stage.calls()
    stage.wait_for_status(TransferStatus.BRIDGED)
    stage.note("the server is killed (SIGKILL)")
    stage.kill_server()
    stage.start_server()
    stage.note("a server is up again")
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def redis_is_restarted(stage: Stage) -> None:
    """Redis is killed in mid-transfer, and comes back with what it had on disk."""
    stage.nurse(0, TAKES, answers_after_s=10)
    stage.calls()
    stage.wait_for_words("still calling a nurse")
    stage.note("Redis is killed (SIGKILL)")
    stage.restart_redis()
    stage.note("Redis is up again")
    stage.wait_for_status(TransferStatus.BRIDGED)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


Story = Callable[[Stage], None]
STORIES: tuple[Story, ...] = (
    accepts_on_the_first_ring,
    the_third_accepts,
    nobody_accepts,
    hangs_up_while_it_rings,
    the_nurses_line_is_lost,
    the_server_dies_while_it_rings,
    the_server_dies_while_they_talk,
    redis_is_restarted,
)
