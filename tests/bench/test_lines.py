"""A line that somebody else started: waited for, and refused when it is not well."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from voice_agent import config
from voice_agent.bench.callers import BenchError
from voice_agent.bench.lines import running_line
from voice_agent.demo.loopback import LOOPBACK, free_port
from voice_agent.demo.progress import Progress

WELL = json.dumps({"checks": {"carrier": "ok", "dialog": "ok"}})
ILL = json.dumps({"checks": {"carrier": "does not answer", "dialog": "ok"}})


@dataclass
class Server:
    """Answers /readyz as it is told, the last answer for ever."""

    url: str
    answers: list[str]
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server("", [WELL])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            body = (served.answers.pop(0) if len(served.answers) > 1 else served.answers[0]).encode()
            self.send_response(200 if body == WELL.encode() else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as http:
        served.url = f"http://{LOOPBACK}:{http.server_address[1]}"
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield served
        http.shutdown()
        thread.join()


def environ(server: Server) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "x",
        "PUBLIC_URL": server.url,
        "TWILIO_API_URL": f"http://{LOOPBACK}:{free_port()}",
        "RASA_URL": "http://127.0.0.1:5005",
    }


def test_it_is_given_time_to_notice_that_twilios_stand_in_is_there(server: Server) -> None:
    server.answers = [ILL, ILL, WELL]
    with running_line(f"{server.url}/", config.DEFAULT_CONFIG, environ(server), Progress()) as line:
        assert line.url == server.url
        assert line.ports["rasa"] == 5005
    assert server.asked == ["/readyz"] * 3


def test_what_keeps_it_from_taking_calls_is_told(server: Server) -> None:
    server.answers = [ILL]
    with (
        pytest.raises(BenchError, match="takes no calls: carrier: does not answer"),
        running_line(server.url, config.DEFAULT_CONFIG, environ(server), Progress(), patience_s=0.1),
    ):
        raise AssertionError("it is not ready")


def test_something_else_that_answers_there_is_no_line(server: Server) -> None:
    server.answers = ["<html>"]
    with (
        pytest.raises(BenchError, match="is it voice-agent serve"),
        running_line(server.url, config.DEFAULT_CONFIG, environ(server), Progress(), patience_s=0.1),
    ):
        raise AssertionError("it is not ready")
