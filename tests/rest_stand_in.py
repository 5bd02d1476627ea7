"""Twilio's REST interface, as far as a carrier needs it.

A small server on loopback that notes what it was asked; a test may put other answers in its mouth.
"""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    form: dict[str, list[str]]
    user: str


class RestStandIn:
    """Answers like https://www.twilio.com/docs/voice/api/call-resource; use it in a `with`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.delay = threading.Event()
        self.delay.set()
        self._other: tuple[int, str] | None = None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                user = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
                stand_in.asked.append(Asked(self.command, self.path, parse_qs(body), user))
                stand_in.delay.wait(10)
                status, answer = stand_in.reply(self.command, self.path)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer.encode())
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer_all(self, status: int, body: str) -> None:
        """From now on this is the answer to everything."""
        self._other = (status, body)

    def reply(self, method: str, path: str) -> tuple[int, str]:
        if self._other:
            return self._other
        if method == "GET":
            return 200, json.dumps({"sid": "AC1", "status": "active"})
        created = path.endswith("/Calls.json")
        sid = f"CA{len(self.asked):032x}" if created else path.rpartition("/")[2].removesuffix(".json")
        return 201 if created else 200, json.dumps({"sid": sid, "status": "queued"})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.delay.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
