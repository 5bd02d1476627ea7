"""The media socket as Twilio opens it: what it takes, and the one line that it leaves in the log."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
import websocket
from flask import Blueprint
from opentelemetry.trace import NoOpTracer
from redis_server import free_port
from site_on_fakes import AUTH_TOKEN, CALLER, Site, build_site, close_site
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from voice_agent.call.events import Transcribed
from voice_agent.call.lines import Lines
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.call_loop import Call, CallSettings, CallSocket, Recording, Threads
from voice_agent.call_observer import CallObserver
from voice_agent.fakes.carrier import InMemoryCarrier
from voice_agent.fakes.dialog import FakeDialog
from voice_agent.fakes.scheduling import FakeScheduling
from voice_agent.fakes.speech import FakeRecognizers, FakeSynthesizer, FakeVoiceActivity
from voice_agent.likely_replies import LikelyReplies
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import CallStore, Services
from voice_agent.records.call_facts import CallFacts
from voice_agent.records.recording import NoRecording
from voice_agent.services.scheduling.clinic_calendar import ClinicCalendar
from voice_agent.telephony import media_stream as wire
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.web.call_meter import Measuring
from voice_agent.web.call_spans import CallSpans
from voice_agent.web.capacity import Capacity
from voice_agent.web.lateness import Lateness
from voice_agent.web.media import media_blueprint
from voice_agent.web.metrics import Metrics

QUIET = bytes([0xFF]) * 160


@dataclass
class Stand:
    """A running server with a real socket, on fakes otherwise."""

    site: Site
    port: int
    capacity: Capacity
    metrics: Metrics
    call_facts: CallFacts

    def open(self, token: str) -> websocket.WebSocket:
        path = f"/twilio/media/{token}"
        address = f"ws://127.0.0.1:{self.port}{path}"
        signature = RequestValidator(AUTH_TOKEN).compute_signature(address, {})
        return websocket.create_connection(address, header={"X-Twilio-Signature": signature}, timeout=10)

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"voice_agent_{name}", labels)


@pytest.fixture
def stand(tmp_path: Path, lines: Lines, screen: RedFlagScreen) -> Iterator[Stand]:
    port = free_port()
    capacity = Capacity(2, Lateness())
    metrics = Metrics(capacity)
    call_facts = CallFacts(f"sqlite:///{tmp_path / 'facts.db'}", "a key")
    with ThreadPoolExecutor(2) as recognition, ThreadPoolExecutor(4) as side:
        threads = Threads(recognition, side)

        def media(store: CallStore, desk: NurseDesk) -> Blueprint:
            services = Services(
                recognizers=FakeRecognizers([Transcribed("my name is mary johnson", at_ms=1000, final=True)]),
                voice_activity=FakeVoiceActivity,
                synthesizer=FakeSynthesizer(),
                dialog=FakeDialog(),
                store=store,
                scheduling=FakeScheduling(ClinicCalendar(), lambda: datetime.now(UTC)),
                carrier=InMemoryCarrier(),
            )

            def new_call(
                socket: CallSocket, session: CallSession, recording: Recording, observer: CallObserver
            ) -> Call:
                how, likely = CallSettings(), LikelyReplies()
                return Call(socket, session, services, desk, threads, how, recording, likely, observer=observer)

            return media_blueprint(
                services,
                capacity,
                metrics,
                lambda earlier: CallSession(SessionSettings(), lines, screen, earlier),
                lambda call_id, earlier: nullcontext(NoRecording()),
                new_call,
                Measuring(metrics.conversations, capacity.lateness, CallSpans(NoOpTracer()), 7000, 40),
                call_facts,
                lambda: datetime.now(UTC),
            )

        site = build_site(tmp_path, f"http://127.0.0.1:{port}", media=media)
        server = make_server("127.0.0.1", port, site.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Stand(site, port, capacity, metrics, call_facts)
        server.shutdown()
        thread.join()
        server.server_close()
        close_site(site)
        call_facts.close()


def words_kept(store: CallStore) -> list[str]:
    """What the caller is known to have said."""
    record = store.load_call("CA1")
    return [turn.text for turn in record.summary.turns] if record and record.summary else []


def until(true: object, what: str) -> None:
    for _ in range(500):
        if true():  # type: ignore[operator]
            return
        time.sleep(0.02)
    raise AssertionError(f"never: {what}")


def test_a_call_leaves_one_line_that_says_how_it_went_and_nothing_of_what_was_said(stand: Stand) -> None:
    facts = {"caller_number": CALLER, "started_at": "2026-03-02T19:00:00+00:00", "resumed": "false"}
    token = stand.site.store.mint_stream_token("CA1", facts)
    with structlog.testing.capture_logs() as log:
        socket = stand.open(token)
        socket.send(wire.connected_message())
        socket.send(wire.start_message("MZ1", "CA1", account_id="AC1", parameters={}))
        sent_ms = 0
        while "my name is mary johnson" not in words_kept(stand.site.store):
            assert sent_ms < 60_000, "the caller was never understood"
            socket.send(wire.media_message("MZ1", QUIET, at_ms=sent_ms, chunk=1, sequence=1))
            sent_ms += 20
            time.sleep(0.002)
        assert stand.capacity.live == 1
        socket.send(wire.stop_message("MZ1", "CA1", account_id="AC1", sequence=1))
        until(lambda: any(line["event"] == "call" for line in log), "the line in the log")
        socket.close()
    (line,) = [line for line in log if line["event"] == "call"]
    assert set(line) == {
        "event",
        "log_level",
        "call",
        "disposition",
        "care_level",
        "red_flag",
        "turns",
        "prompts",
        "actions",
        "seconds",
        "answers",
        "gap_p50_ms",
        "gap_max_ms",
        "interruptions",
        "resumed",
        "no_inputs",
        "no_matches",
        "fillers",
        "heard_twice",
        "second_ear_late",
        "second_ear_shed",
        "second_ear_failed",
        "second_ear_wait_max_ms",
        "late_max_ms",
        "backlog_max_ms",
    }
    assert (line["call"], line["disposition"], line["turns"]) == ("CA1", "abandoned", 1)
    assert line["seconds"] == round(sent_ms / 1000, 1)
    assert line["answers"] == 1
    assert line["late_max_ms"] >= 0
    everything = str(log).lower()
    assert [word for word in ("mary", "johnson", CALLER[1:], "hello") if word in everything] == []
    assert stand.value("turns_total", kind="open") == 1
    until(lambda: stand.capacity.live == 0, "the place is given back")
    [fact] = stand.call_facts.earlier(CALLER, "another call")
    assert (fact.disposition, fact.seconds, fact.turns) == ("abandoned", round(sent_ms / 1000), 1)
    assert fact.started_at == datetime(2026, 3, 2, 19, 0, tzinfo=UTC)


def test_a_token_that_nobody_minted_is_refused_and_counted(stand: Stand) -> None:
    socket = stand.open("nonsense")
    until(lambda: stand.value("requests_refused_total", why="token") == 1, "refused")
    socket.close()


def test_a_late_server_still_takes_the_socket_of_a_call_that_it_has_answered(stand: Stand) -> None:
    for _ in range(20):
        stand.capacity.lateness.report(3000)
    assert stand.capacity.lateness.late
    token = stand.site.store.mint_stream_token("CA1", {"resumed": "true"})
    socket = stand.open(token)
    socket.send(wire.connected_message())
    socket.send(wire.start_message("MZ1", "CA1", account_id="AC1", parameters={}))
    until(lambda: stand.capacity.live == 1, "a live call")
    assert stand.value("requests_refused_total", why="capacity") is None
    socket.send(wire.stop_message("MZ1", "CA1", account_id="AC1", sequence=1))
    until(lambda: stand.capacity.live == 0, "it ended")
    socket.close()
