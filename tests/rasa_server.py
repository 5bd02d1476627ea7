"""A real Rasa for the tests.

One server a session, on a free loopback port, with the model of what dialogs/ now says (trained when stale) and our
own action endpoint beside it. Every test has an empty appointment book in SQLite, and the clinic's clock stands still.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests
from flask import Flask
from redis_server import free_port
from werkzeug.serving import make_server

from voice_agent import config, wiring
from voice_agent.actions.desk import Desk
from voice_agent.actions.protocol import ActionRequest, ActionResult
from voice_agent.actions.server import ActionServer
from voice_agent.call.handoff import CallSummary
from voice_agent.call.session import CallSession
from voice_agent.chat import TextCall
from voice_agent.fakes.scheduling import FakeScheduling
from voice_agent.ports import Scheduling
from voice_agent.services.dialog import DialogSettings, RasaDialog
from voice_agent.services.dialog_training import RASA_PYTHON, train_if_stale
from voice_agent.services.scheduling.local import LocalScheduling
from voice_agent.triage import faq
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.web.actions import actions_blueprint

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=ZONE)
"""A Monday, before the clinic opens; it stays that."""
LOADING_S = 240
ANSWER_S = 30
"""Generous: other tests may have the machine."""


@cache
def content_of_dialogs() -> config.DialogContent:
    """The real dialogs/, read once: reading takes half a second, and each turn of a conversation needs it."""
    return config.load_dialogs()


def desk_with(scheduling: Scheduling) -> Desk:
    """The desk as `wiring` makes it, with the real content of dialogs/ and the clock that stands still."""
    content = content_of_dialogs()
    facts = config.load_settings().clinic.spoken_facts()
    answers = {answer.id: faq.filled(answer, facts) for answer in content.faq}
    return Desk(scheduling, content.protocols, answers, lambda: NOW)


class Clinic:
    """What stands behind the action endpoint; every test opens it anew. Performs as an `ActionServer`."""

    def __init__(self) -> None:
        self.scheduling: LocalScheduling | None = None
        self.down = False
        """The appointment book cannot be reached."""

    @contextmanager
    def opened(self, folder: Path) -> Iterator[None]:
        """An empty appointment book for one test."""
        calendar = config.load_settings().calendar
        self.scheduling = LocalScheduling(f"sqlite:///{folder / 'book.db'}", calendar, lambda: NOW)
        self._down = FakeScheduling(calendar, lambda: NOW)
        self._down.broken = True
        self.down = False
        yield
        self.scheduling.close()
        self.scheduling = None

    @property
    def book(self) -> LocalScheduling:
        assert self.scheduling, "a test that asks for `clinic` has an appointment book"
        return self.scheduling

    def perform(self, request: ActionRequest) -> ActionResult:
        return ActionServer(desk_with(self._down if self.down else self.book)).perform(request)


@dataclass
class Call:
    """A caller's call by text: a real CallSession over the real Rasa."""

    dialog: RasaDialog
    session: CallSession
    said: list[str] = field(default_factory=list)
    """The agent's sentences since the caller's last words."""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._text = TextCall(f"CA{uuid.uuid4().hex}", self.session, self.dialog, self._write)
        self._text.begin()

    @property
    def over(self) -> bool:
        return self._text.over

    @property
    def summary(self) -> CallSummary:
        return self.session.summary

    @property
    def answer(self) -> str:
        """All that the agent said since the caller's last words."""
        return " ".join(self.said)

    def say(self, *utterances: str) -> str:
        """The caller says these, one after the other; what the agent answered the last."""
        for words in utterances:
            assert not self.over, f"the call was over before {words!r}: {self.answer}"
            self.said.clear()
            self._text.say(words)
        return self.answer

    def press(self, digits: str) -> str:
        """The caller presses these keys and waits; what the agent answered."""
        self.said.clear()
        for digit in digits:
            self._text.press(digit)
        if len(digits) > 1:
            self._text.pass_time(3000)
        return self.answer

    def _write(self, who: str, text: str) -> None:
        (self.said if who == "agent" else self.notes).append(text)


@pytest.fixture(scope="session")
def rasa_session() -> Iterator[tuple[Clinic, str]]:
    """(clinic, Rasa's address)"""
    clinic = Clinic()
    app = Flask("actions")
    app.register_blueprint(actions_blueprint(clinic))
    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with _rasa(f"http://127.0.0.1:{server.server_port}/rasa/actions") as url:
            yield clinic, url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _rasa(actions_url: str) -> Iterator[str]:
    """A Rasa that answers, until the tests are done."""
    model = train_if_stale(config.DEFAULT_DIALOGS)
    port = free_port()
    command = [
        *(str(RASA_PYTHON.parent / "rasa"), "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port)),
        *("--model", str(model.resolve())),
        *("--endpoints", "endpoints.yml", "--credentials", "credentials.yml"),
    ]
    environ = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "ACTION_ENDPOINT_URL": actions_url}
    with tempfile.TemporaryDirectory(prefix="rasa-") as folder:
        log = Path(folder) / "rasa.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=config.DEFAULT_DIALOGS, env=environ, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(process, url, log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + LOADING_S
    with requests.Session() as http:
        while not _is_ready(http, url):
            if process.poll() is not None or time.monotonic() > deadline:
                why = "stopped by itself" if process.poll() is not None else f"was not ready in {LOADING_S} s"
                pytest.fail(f"Rasa {why}; its log ends:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.5)


def _is_ready(http: requests.Session, url: str) -> bool:
    try:
        return http.get(f"{url}/status", timeout=2).status_code == requests.codes.ok
    except requests.RequestException:
        return False


@pytest.fixture
def clinic(rasa_session: tuple[Clinic, str], tmp_path: Path) -> Iterator[Clinic]:
    """What stands behind Rasa; its appointment book is empty."""
    with rasa_session[0].opened(tmp_path):
        yield rasa_session[0]


@pytest.fixture
def rasa_url(clinic: Clinic, rasa_session: tuple[Clinic, str]) -> str:
    """The address of a Rasa with our dialogs, and an empty appointment book behind it."""
    return rasa_session[1]


@pytest.fixture
def rasa_dialog(rasa_url: str) -> Iterator[RasaDialog]:
    """Our adapter on the real Rasa."""
    dialog = RasaDialog(rasa_url, DialogSettings(timeout_s=ANSWER_S))
    yield dialog
    dialog.close()


@pytest.fixture
def call(rasa_dialog: RasaDialog) -> Call:
    """A caller who has just been greeted, with the real wording and the real red flags."""
    settings, content = config.load_settings(), content_of_dialogs()
    lines = content.prompts.call.for_clinic(settings.clinic.name)
    session = CallSession(wiring.session_settings(settings), lines, RedFlagScreen(content.red_flags))
    return Call(rasa_dialog, session)
