"""Our stand-in for Twilio: calls in, calls out, conferences, REST.

One twin holds any number of calls. It knows the server only by its addresses, as Twilio does.
"""

from __future__ import annotations

import functools
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from voice_agent.errors import SettingsError
from voice_agent.simulator import rest, sound, stream
from voice_agent.simulator.conference import Rooms
from voice_agent.simulator.documents import Verb
from voice_agent.simulator.ears import Ears, Hearing
from voice_agent.simulator.interpreter import run_call
from voice_agent.simulator.leg import HungUpError, Leg, Source, StatusCallback
from voice_agent.simulator.line import LineQuality
from voice_agent.simulator.phone import Phone, Ring
from voice_agent.simulator.speech import Speaker, Voice
from voice_agent.simulator.telephone import Telephone
from voice_agent.simulator.timeline import Timeline, What
from voice_agent.simulator.webhooks import Answer, Params, Webhooks

HANG_UP_S: Final = 3.0
"""How long the calls that are still up may take to end when the twin closes."""


@dataclass(frozen=True, slots=True)
class TwinSettings:
    """What an account at Twilio holds, and where the twin itself lives."""

    account_sid: str
    auth_token: str = field(repr=False)
    voice_url: str
    """Fetched when somebody calls `number`."""
    status_url: str = ""
    """Told when such a call has ended."""
    fallback_url: str = ""
    """Fetched once when a document cannot be had or read; without it Twilio says that it is sorry and hangs up."""
    number: str = "+15550100000"
    public_url: str = ""
    """Addresses that begin so are signed so, and fetched from `local_url`."""
    local_url: str = ""
    port: int | None = 0
    """Of the REST side, on 127.0.0.1; 0 takes a free one, None serves no REST."""
    say_voice: str = "espeak:en-us+f3"
    """Speaks `<Say>`."""
    model: Path | None = None
    """A Vosk model: the ears of all simulated people. Without it they hear only the words of `<Say>`."""
    recordings: Path | None = None
    """A directory for what each telephone said (left) and heard (right)."""


class PortTakenError(SettingsError):
    """Something else, perhaps another twin, listens where REST is to be served."""


class Twin:
    """A context manager: inside, REST is served and calls can be placed."""

    def __init__(self, settings: TwinSettings, voice: Speaker | None = None) -> None:
        """`voice` speaks `<Say>` in place of `say_voice`.

        Raises SynthesizerError or RecognizerError when a voice or the model is missing, PortTakenError.
        """
        self.settings = settings
        self.timeline = Timeline()
        self.rooms = Rooms()
        self.voice: Speaker = voice or Voice(settings.say_voice)
        self.webhooks = Webhooks(settings.auth_token, public_url=settings.public_url, local_url=settings.local_url)
        self.connect: Callable[[Leg, Verb, str], None] = stream.connect
        """Plays `<Connect>`; a bench that holds many streams puts a leaner one here."""
        self._hearing = Hearing(settings.model) if settings.model else None
        self._server = None if settings.port is None else _rest(self, settings.port)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._legs: dict[str, Leg] = {}
        self._directory: dict[str, Callable[[], Phone]] = {}

    @property
    def url(self) -> str:
        """Base address of the REST side: stands for https://api.twilio.com."""
        if self._server is None:
            raise AssertionError("a twin that serves no REST has no address")
        return f"http://127.0.0.1:{self._server.port}"

    def __enter__(self) -> Twin:
        if self._server is not None:
            self._thread = threading.Thread(target=self._server.serve_forever, name="twin-rest", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up all calls, send the last status callbacks, stop serving."""
        for leg in self.legs():
            if not leg.over.is_set():
                leg.order(HungUpError("network"))
        for leg in self.legs():
            leg.join(HANG_UP_S)
        self.webhooks.close()
        if self._server is not None:
            if self._thread is not None:
                self._server.shutdown()
                self._thread.join(HANG_UP_S)
            self._server.server_close()

    def ears(self) -> Ears | None:
        """A pair for one more telephone, if there is a model."""
        return self._hearing.ears() if self._hearing else None

    def install(self, number: str, phone: Callable[[], Phone]) -> None:
        """From now on `number` can be called: `phone` makes the telephone for each such call."""
        with self._lock:
            self._directory[number] = phone

    def out_of_service(self) -> Phone:
        """The telephone of a number that nobody has."""
        return Phone(_Nobody(), voice=self.voice, ears=None, ring=Ring(refused="failed"))

    def call(self, phone: Telephone, caller: str, quality: LineQuality | None = None) -> Leg:
        """Somebody calls the account's number."""
        settings = self.settings
        callback = StatusCallback(settings.status_url)
        leg = Leg(
            self, phone, called=settings.number, caller=caller, direction="inbound", name="caller",
            callback=callback, quality=quality,
        )  # fmt: skip
        self._add(leg)
        leg.notes.note(What.RANG, settings.number)
        leg.start(functools.partial(_play, source=Source(settings.voice_url)))
        return leg

    def place(
        self,
        number: str,
        *,
        caller: str,
        direction: str,
        program: Callable[[Leg], None],
        callback: StatusCallback | None = None,
        parent: str = "",
        ring_s: float = 60.0,
    ) -> Leg:
        """A call goes out to `number`; one that nobody installed fails, as a number out of service does."""
        with self._lock:
            install = self._directory.get(number)
        phone = install() if install else self.out_of_service()
        kind = "callee" if direction == "outbound-dial" else "nurse"
        leg = Leg(
            self, phone, called=number, caller=caller, direction=direction, name=f"{kind} {number}",
            callback=callback, parent=parent, ring_s=ring_s,
        )  # fmt: skip
        self._add(leg)
        leg.start(program)
        return leg

    def play(self, source: Source) -> Callable[[Leg], None]:
        """The program of a call that plays documents."""
        return functools.partial(_play, source=source)

    def legs(self) -> list[Leg]:
        """All calls of this twin, ended ones included, in the order in which they began."""
        with self._lock:
            return list(self._legs.values())

    def leg(self, sid: str) -> Leg | None:
        with self._lock:
            return self._legs.get(sid)

    def call_back(self, leg: Leg, url: str, params: Params, method: str, what: str, *, key: str = "") -> None:
        """A status callback, beside the call; its answer becomes a step."""

        def done(answer: Answer) -> None:
            if answer.good:
                leg.notes.note(What.STATUS, what)
            else:
                leg.notes.note(What.ERROR, f"11200: the status callback `{what}` got {answer.status or answer.why}")

        self.webhooks.call_back(key or leg.sid, url, params, method, done)

    def save_recording(self, leg: Leg) -> None:
        """Keep what an answered telephone said and heard, if recordings are wanted."""
        if self.settings.recordings is None or leg.answered_at is None:
            return
        self.settings.recordings.mkdir(parents=True, exist_ok=True)
        content = sound.stereo_wav(bytes(leg.phone.said), bytes(leg.phone.received))
        self.recording(leg, self.settings.recordings).write_bytes(content)

    @staticmethod
    def recording(leg: Leg, directory: Path) -> Path:
        """Where that recording is."""
        return directory / f"{leg.sid}.wav"

    def _add(self, leg: Leg) -> None:
        with self._lock:
            self._legs[leg.sid] = leg


def _rest(twin: Twin, port: int) -> BaseWSGIServer:
    listening = _listening(port)
    app = rest.create_app(twin)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet, fd=listening.fileno())
    listening.close()  # the server has it twice
    return server


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise PortTakenError(
            f"the stand-in for Twilio cannot listen on port {port} ({error.strerror}); stop what does, or take another"
        ) from error


class _Quiet(WSGIRequestHandler):
    """Serves without a line on stderr for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The timeline says what happened."""


class _Nobody:
    """Holds a telephone that does not exist."""

    def step(self, phone: Phone) -> None:
        phone.hang_up()


def _play(leg: Leg, source: Source) -> None:
    run_call(leg, source)
