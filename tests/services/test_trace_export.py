"""Traces: nothing without an address, a collector with one, one clear sentence without the extra."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.trace import NonRecordingSpan

from voice_agent.services import trace_export

SHUT_DOWN = """
import sys
from voice_agent.services import trace_export
trace_export.tracer(sys.argv[1]).start_span("call").end()
"""
WITHOUT_THE_EXTRA = """
import sys
sys.modules["opentelemetry.sdk"] = None  # what an import finds when the package is not there
from voice_agent.services import trace_export
trace_export.check(None)
trace_export.tracer(None).start_span("call").end()
from voice_agent.__main__ import main
main(["serve"])
"""
SECRETS = {
    "TWILIO_ACCOUNT_SID": "AC0",
    "TWILIO_AUTH_TOKEN": "token",
    "PUBLIC_URL": "https://phone.clinic.example",
    "ENCRYPTION_KEYS": "not needed yet",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
}


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Takes what is posted to it."""
    taken: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", taken
        server.shutdown()
        thread.join()


def test_without_an_address_spans_go_nowhere() -> None:
    assert isinstance(trace_export.tracer(None).start_span("call"), NonRecordingSpan)


def test_spans_reach_the_collector_at_the_latest_when_the_server_stops(
    collector: tuple[str, list[tuple[str, bytes]]],
) -> None:
    address, taken = collector
    subprocess.run([sys.executable, "-c", SHUT_DOWN, address], check=True, timeout=60)
    ((path, body),) = taken
    assert path == "/v1/traces"
    assert b"voice-agent" in body
    assert b"call" in body


def test_without_the_extra_the_server_says_what_to_do_and_does_not_start() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_EXTRA],
        env={**os.environ, **SECRETS},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'voice-agent[tracing]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_with_the_extra_nothing_is_missing() -> None:
    trace_export.check("http://127.0.0.1:4318")
