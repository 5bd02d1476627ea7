"""A server of a few lines that the twin can call: documents by path, a media socket, a log of what came in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import simple_websocket
from flask import Flask, Response, request
from flask_sock import Sock
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from voice_agent.simulator.phone import Phone, Ring
from voice_agent.simulator.speech import Voice
from voice_agent.simulator.twin import Twin, TwinSettings

TOKEN = "twin-token"
ACCOUNT = "AC" + "0" * 32


@dataclass
class Arrived:
    """One request."""

    path: str
    params: dict[str, str]
    signed: bool
    at: float = field(default_factory=time.monotonic)


class SmallServer:
    """See the module. Paths without a document answer 204."""

    def __init__(self) -> None:
        self.documents: dict[str, str | bytes | tuple[str, int] | Callable[[dict[str, str]], str]] = {}
        self.arrived: list[Arrived] = []
        self.socket: Callable[[simple_websocket.Server], None] = lambda socket: None
        self.upgrades: list[bool] = []
        """Whether each upgrade of the media socket was rightly signed."""
        self.refuses_socket = False
        self.public_url = ""
        """What requests are signed for; '' is where the server really is."""
        self._validator = RequestValidator(TOKEN)
        app = Flask(__name__)
        app.add_url_rule("/<path:path>", view_func=self._answer, methods=["GET", "POST"])
        app.before_request(self._guard_socket)
        Sock(app).route("/media/<token>")(self._media)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws") + "/media/token-1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2)

    def got(self, path: str) -> list[dict[str, str]]:
        """Parameters of the requests to `path`, in order."""
        return [one.params for one in self.arrived if one.path == path]

    def wait_for(self, path: str, count: int = 1, timeout_s: float = 5.0) -> list[dict[str, str]]:
        until = time.monotonic() + timeout_s
        while len(self.got(path)) < count and time.monotonic() < until:
            time.sleep(0.01)
        assert len(self.got(path)) >= count, f"{path} was asked {len(self.got(path))} times"
        return self.got(path)

    def _guard_socket(self) -> Response | None:
        if not request.path.startswith("/media/"):
            return None
        url = (self.public_url or self.url).replace("http", "ws") + request.path
        self.upgrades.append(self._validator.validate(url, {}, request.headers.get("X-Twilio-Signature", "")))
        if self.refuses_socket or not self.upgrades[-1]:
            return Response("no", 403)
        return None

    def _media(self, socket: simple_websocket.Server, token: str) -> None:
        self.socket(socket)

    def _answer(self, path: str) -> Response:
        params = request.form.to_dict()
        url = (self.public_url or self.url) + request.full_path.rstrip("?")
        signed = self._validator.validate(url, params, request.headers.get("X-Twilio-Signature", ""))
        self.arrived.append(Arrived("/" + path, params, signed))
        document = self.documents.get("/" + path, ("", 204))
        if callable(document):
            document = document(params)
        if isinstance(document, bytes):
            return Response(document, 200, content_type="audio/wav")
        body, status = document if isinstance(document, tuple) else (document, 200)
        return Response(body, status, content_type="text/xml")


def twiml(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'


class Puppet:
    """Somebody who does what the test says: (milliseconds on this telephone, action) in order."""

    def __init__(self, *acts: tuple[int, Callable[[Phone], None]]) -> None:
        self._acts = sorted(acts, key=lambda act: act[0])

    def step(self, phone: Phone) -> None:
        while self._acts and phone.now_ms >= self._acts[0][0]:
            self._acts.pop(0)[1](phone)


@dataclass
class Stage:
    """A server, a twin, and telephones."""

    server: SmallServer
    twin: Twin
    twiml = staticmethod(twiml)
    Puppet = Puppet
    Ring = Ring

    def phone(self, *acts: tuple[int, Callable[[Phone], None]], ring: Ring | None = None) -> Phone:
        return Phone(Puppet(*acts), voice=self.twin.voice, ears=self.twin.ears(), ring=ring)

    def texts(self, what: str, who: str = "caller") -> list[str]:
        return [step.text for step in self.twin.timeline.steps() if step.what == what and step.who.startswith(who)]


@pytest.fixture
def server() -> Iterator[SmallServer]:
    small = SmallServer()
    yield small
    small.close()


@pytest.fixture
def stage(server: SmallServer, tmp_path) -> Iterator[Stage]:
    settings = TwinSettings(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        voice_url=server.url + "/voice",
        status_url=server.url + "/status",
        recordings=tmp_path / "recordings",
    )
    with Twin(settings) as twin:
        yield Stage(server, twin)


@pytest.fixture(scope="session")
def voice() -> Voice:
    return Voice("flite:slt")
