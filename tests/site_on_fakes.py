"""A server on fakes, with a twin's pen: signed requests."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

from flask import Blueprint, Flask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from voice_agent.call.events import Transcribed
from voice_agent.call.handoff import CallSummary
from voice_agent.call.transfer import Transfer
from voice_agent.config import load_red_flags
from voice_agent.fakes.carrier import InMemoryCarrier
from voice_agent.fakes.case_desk import InMemoryCaseDesk
from voice_agent.fakes.speech import FakeRecognizers, FakeVoiceActivity
from voice_agent.fakes.store import InMemoryCallStore, InMemorySignInFailures
from voice_agent.nurse_desk import NurseDesk, NurseDeskSettings
from voice_agent.ports import CallStore, Carrier, SecondEars, Services
from voice_agent.records.call_facts import CallFacts
from voice_agent.records.users import ConsoleUsers
from voice_agent.telephony.lines import Lines
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.web.app import create_app
from voice_agent.web.capacity import Capacity
from voice_agent.web.console.parts import Softphone
from voice_agent.web.lateness import Lateness
from voice_agent.web.metrics import Metrics
from voice_agent.web.readiness import Readiness
from voice_agent.web.settings import ConsoleSettings, WebSettings
from voice_agent.web.wait_ear import WaitSettings, wait_blueprint

PUBLIC_URL = "https://phone.clinic.example"
AUTH_TOKEN = "twilio-secret"
NURSE_LINE = "+15550911"
NURSES = ("+15550100", "+15550101")
CALLER = "+15550001"


@functools.cache
def real_screen() -> RedFlagScreen:
    """That of dialogs/red_flags.yaml."""
    return RedFlagScreen(load_red_flags())


def twiml(response: TestResponse) -> ElementTree.Element:
    """The TwiML that a webhook answered, which is always a 200."""
    assert response.status_code == 200
    assert response.mimetype == "text/xml"
    return ElementTree.fromstring(response.data)  # noqa: S314  (our own document)


def said(response: TestResponse) -> str:
    """Every sentence of it."""
    return " ".join(say.text or "" for say in twiml(response).iter("Say"))


@dataclass
class Working:
    """A dependency of which these tests ask only whether it works."""

    trouble: str | None = None

    def check(self) -> str | None:
        return self.trouble


@dataclass
class Clock:
    """Wall clock and seconds, turned by hand."""

    at: datetime = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def pass_time(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Site:
    """The application, what it stands on, and ways to call it as Twilio does."""

    app: Flask
    store: InMemoryCallStore
    cases: InMemoryCaseDesk
    carrier: InMemoryCarrier
    desk: NurseDesk
    dialog: Working
    readiness: Readiness
    capacity: Capacity
    users: ConsoleUsers
    facts: CallFacts
    clock: Clock
    recognition: ThreadPoolExecutor
    public_url: str
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def twilio(self, path: str, **form: str) -> TestResponse:
        """POST as Twilio: signed, with the caller's CallSid and number unless given."""
        body: Mapping[str, str] = {"CallSid": "CA1", "From": CALLER} | form
        signature = RequestValidator(AUTH_TOKEN).compute_signature(self.public_url + path, body)
        return self.client.post(path, data=body, headers={"X-Twilio-Signature": signature})

    def request(self, level: CareLevel = CareLevel.EMERGENCY_911, summary: CallSummary | None = None) -> Transfer:
        """Start a transfer, as the session does."""
        return self.desk.request(summary or CallSummary("CA1", CALLER, reason="chest pain"), level)

    def metrics(self) -> str:
        return self.client.get("/metrics").get_data(as_text=True)


def build_site(
    directory: Path,
    public_url: str = PUBLIC_URL,
    *,
    real_carrier: Carrier | None = None,
    second_ears: SecondEars | None = None,
    media: Callable[[CallStore, NurseDesk], Blueprint] | None = None,
    softphone: Softphone | None = None,
    said_waiting: Sequence[Transcribed] = (),
) -> Site:
    """A site on fakes; close it with `close_site`.

    `real_carrier` rings in place of the fake one. `said_waiting`: what is understood of a caller who waits.
    """
    clock, store, fake_carrier, dialog = Clock(), InMemoryCallStore(), InMemoryCarrier(), Working()
    carrier = real_carrier or fake_carrier
    works, recognition = cast("Any", Working()), ThreadPoolExecutor(2, "recognition")
    services = Services(works, cast("Any", Working), works, cast("Any", dialog), store, works, carrier, second_ears)
    capacity = Capacity(max_calls=2, lateness=Lateness(clock=clock.seconds))
    metrics = Metrics(capacity)
    facts = CallFacts(f"sqlite:///{directory / 'users.db'}", "a key")

    counted = facts.observer(clock.now)

    def moved(transfer: Transfer) -> None:
        metrics.transfer_moved(transfer)
        counted(transfer)

    desk = NurseDesk(store, carrier, NurseDeskSettings(NURSES), clock.now, moved)
    cases = InMemoryCaseDesk(store.changes)
    # A long period: the tests ask for a refresh where they need one.
    readiness = Readiness(services.checks, extras=services.extras, every_s=600)
    users = ConsoleUsers(f"sqlite:///{directory / 'users.db'}")
    settings = WebSettings(
        public_url,
        AUTH_TOKEN,
        NURSE_LINE,
        max_calls=2,
        console=ConsoleSettings("cookie-secret", "Maple Street Clinic", "America/New_York"),
    )
    ears = replace(services, recognizers=FakeRecognizers(said_waiting), voice_activity=FakeVoiceActivity)
    waits = wait_blueprint(
        ears, desk, real_screen(), WaitSettings(Lines().of_the_wait), metrics, recognition, clock.now
    )
    app = create_app(
        settings,
        services,
        desk,
        users,
        facts,
        cases,
        InMemorySignInFailures(clock.seconds),
        capacity=capacity,
        readiness=readiness,
        metrics=metrics,
        blueprints=[waits, *([media(store, desk)] if media else [])],
        softphone=softphone,
        now=clock.now,
        clock=clock.seconds,
    )
    return Site(
        app, store, cases, fake_carrier, desk, dialog, readiness, capacity, users, facts, clock, recognition, public_url
    )


def close_site(site: Site) -> None:
    site.readiness.stop()
    site.recognition.shutdown()
    site.users.close()
    site.facts.close()
