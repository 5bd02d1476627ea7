"""Whole calls from a browser, against a small server: what it is asked, what the page is told."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import simple_websocket

from voice_agent.simulator.phone import Where
from voice_agent.simulator.softphone import BrowserGoneError
from voice_agent.simulator.softphone_call import SoftphoneCarrier, Wait
from voice_agent.simulator.sound import SILENCE
from voice_agent.telephony import media_stream as wire

PUBLIC = "https://phone.clinic.example"
NURSE_LINE = "+15550911"
TONE = bytes([0x10]) * 160
PATIENCE_S = 30


class Hum:
    """A voice that hums for 100 ms."""

    def speak(self, line: str) -> bytes:
        return TONE * 5


class Page:
    """A page as ours behaves: it answers each stream with `connected` and `start`, and the rest is up to the test."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[str | None] = queue.Queue()
        self.got: list[dict[str, Any]] = []
        self.arrived = threading.Condition()
        self.stream: dict[str, Any] = {}

    def receive(self, timeout_s: float) -> str | None:
        try:
            text = self.inbox.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if text is None:
            raise BrowserGoneError
        return text

    def send(self, text: str) -> None:
        message = json.loads(text)
        with self.arrived:
            if message["event"] == "stream":
                self.stream = message
                self.inbox.put(wire.connected_message())
                about = {"account_id": message["accountSid"], "parameters": message["customParameters"]}
                self.inbox.put(wire.start_message(message["streamSid"], message["callSid"], **about))
            self.got.append(message)
            self.arrived.notify_all()

    def of(self, event: str) -> list[dict[str, Any]]:
        return [message for message in list(self.got) if message["event"] == event]

    def wait_for(self, event: str, **about: str) -> dict[str, Any]:
        """The first message with these values."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self.of(event) if about.items() <= one.items()]

        with self.arrived:
            assert self.arrived.wait_for(found, PATIENCE_S), f"no {event} {about}; there were {self.got[-5:]}"
        return found()[0]


class Running:
    """A call in a thread of its own."""

    def __init__(self, server, page: Page, wait: Callable[[str], Wait] = lambda call_id: Wait.GOES_ON) -> None:
        self.page = page
        self.stops = False
        carrier = SoftphoneCarrier("AC" + "0" * 32, "twin-token", PUBLIC, "+15550100000", NURSE_LINE, Hum())
        self._thread = threading.Thread(
            target=carrier.call,
            args=(page,),
            kwargs={
                "caller": "+15550150",
                "local_url": server.url,
                "watch": wait,
                "closing": lambda: self.stops,
            },
            daemon=True,
        )
        self._thread.start()

    def join(self) -> None:
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "the call does not end"


@pytest.fixture
def page(server) -> Iterator[Page]:
    server.public_url = PUBLIC
    page = Page()
    yield page
    page.inbox.put(None)


def stream(server) -> str:
    """The document that opens our media stream, under the public name."""
    return (
        f'<Response><Connect><Stream url="wss://phone.clinic.example/media/t1"><Parameter name="a" value="b"/>'
        f"</Stream></Connect><Redirect>{PUBLIC}/twilio/resume</Redirect></Response>"
    )


@pytest.fixture
def agent(server):
    """The server's end of the media socket: what came in, and a hand on the socket."""
    return Agent(server)


class Agent:
    def __init__(self, server) -> None:
        self.messages: list[wire.Message] = []
        self.open = threading.Event()
        self.over = threading.Event()
        server.documents["/twilio/voice"] = stream(server)
        server.documents["/twilio/resume"] = "<Response><Say>Goodbye.</Say><Hangup/></Response>"
        server.socket = self._serve

    def _serve(self, socket: simple_websocket.Server) -> None:
        self.socket = socket
        try:
            while (text := socket.receive(timeout=PATIENCE_S)) is not None:
                self.messages.append(wire.parse(text))
                if isinstance(self.messages[-1], wire.Started):
                    self.stream = self.messages[-1].stream_id
                    self.open.set()
        except simple_websocket.ConnectionClosed:
            pass
        self.over.set()

    def wait(self) -> None:
        assert self.open.wait(PATIENCE_S), "no stream began"


def test_the_page_speaks_on_the_media_socket_and_hears_it(server, page: Page, agent: Agent) -> None:
    """Everything is Twilio's protocol, passed on as it is; then our side closes, and the call goes on at /resume."""
    call = Running(server, page)
    agent.wait()
    page.wait_for("line", where="agent")
    sid = page.stream["streamSid"]
    page.inbox.put(wire.media_message(sid, TONE, at_ms=0, chunk=1, sequence=2))
    page.inbox.put(wire.dtmf_message(sid, "5", sequence=3))
    agent.socket.send(wire.media(sid, TONE))
    agent.socket.send(wire.mark(sid, "m1"))
    page.wait_for("mark")
    page.inbox.put(wire.mark_message(sid, "m1", sequence=4))
    agent.socket.send(wire.clear(sid))
    page.wait_for("clear")
    until = threading.Event()
    while wire.MarkReached("m1") not in agent.messages:
        assert not agent.over.is_set()
        until.wait(0.01)
    agent.socket.close()
    page.wait_for("told", words="Goodbye.")
    call.join()
    connected, started, media, key, mark = agent.messages
    assert isinstance(connected, wire.Connected)
    assert isinstance(started, wire.Started)
    assert (started.call_id, started.parameters) == (page.stream["callSid"], {"a": "b"})
    assert media == wire.Media(0, TONE)
    assert key == wire.KeyPressed("5")
    assert mark == wire.MarkReached("m1")
    assert server.upgrades == [True]
    assert all(one.signed for one in server.arrived), "signed for the public name, sent to the local one"


def test_the_server_is_asked_as_twilio_asks(server, page: Page) -> None:
    server.documents["/twilio/voice"] = "<Response><Say>Hello.</Say><Hangup/></Response>"
    Running(server, page).join()
    (asked,) = server.got("/twilio/voice")
    assert (asked["From"], asked["To"], asked["CallStatus"]) == ("+15550150", "+15550100000", "ringing")
    assert asked["CallSid"] == page.stream["callSid"]
    (ended,) = server.got("/twilio/status")
    assert (ended["CallSid"], ended["CallStatus"]) == (asked["CallSid"], "completed")
    assert len(page.of("media")) == 5
    assert page.of("over") == [{"event": "over", "by": "agent"}]


def test_hanging_up_ends_the_stream_with_stop(server, page: Page, agent: Agent) -> None:
    call = Running(server, page)
    agent.wait()
    page.inbox.put('{"event": "hangup"}')
    call.join()
    assert agent.over.wait(PATIENCE_S)
    assert agent.messages[-1] == wire.Stopped(page.stream["callSid"])
    assert server.got("/twilio/status")[0]["CallStatus"] == "completed"
    assert page.of("over") == [{"event": "over", "by": "caller"}]


def test_a_page_that_is_closed_hangs_up(server, page: Page, agent: Agent) -> None:
    call = Running(server, page)
    agent.wait()
    page.inbox.put(None)
    call.join()
    assert agent.over.wait(PATIENCE_S)
    assert isinstance(agent.messages[-1], wire.Stopped)


def test_nobody_speaks_for_another_call(server, page: Page, agent: Agent) -> None:
    call = Running(server, page)
    agent.wait()
    sid = page.stream["streamSid"]
    page.inbox.put(wire.start_message(sid, "CAsomebody", account_id="AC1", parameters={}))
    call.join()
    assert "another call" in page.of("problem")[0]["words"]
    assert sum(isinstance(message, wire.Started) for message in agent.messages) == 1


def test_a_socket_that_is_refused_is_an_error_and_the_call_goes_on(server, page: Page) -> None:
    server.documents["/twilio/voice"] = stream(server)
    server.documents["/twilio/resume"] = "<Response><Hangup/></Response>"
    server.refuses_socket = True
    Running(server, page).join()
    assert page.of("problem")[0]["words"].startswith("31920")
    assert server.got("/twilio/resume")


def test_the_nurse_line_is_named_and_does_not_answer(server, page: Page) -> None:
    server.documents["/twilio/voice"] = (
        f"<Response><Say>One moment.</Say><Dial><Number>{NURSE_LINE}</Number></Dial><Say>Call 911.</Say></Response>"
    )
    Running(server, page).join()
    assert page.of("dialled") == [{"event": "dialled", "number": NURSE_LINE}]
    assert [message["words"] for message in page.of("told")] == ["One moment.", "Call 911."]


@pytest.fixture
def on_hold(server) -> None:
    """A call that waits in a conference until it is sent elsewhere."""
    server.documents["/twilio/voice"] = (
        f'<Response><Dial action="{PUBLIC}/twilio/resume"><Conference startConferenceOnEnter="false" '
        f'waitUrl="{PUBLIC}/twilio/hold">c1</Conference></Dial></Response>'
    )
    server.documents["/twilio/hold"] = "<Response><Say>Still waiting.</Say><Pause length='1'/></Response>"
    server.documents["/twilio/resume"] = "<Response><Say>Nobody came.</Say></Response>"


@pytest.mark.usefixtures("on_hold")
def test_a_caller_for_whom_nobody_comes_is_sent_on(server, page: Page) -> None:
    """What the carrier would be told over REST, which does not know this call."""
    waits = iter([Wait.GOES_ON])
    call = Running(server, page, lambda call_id: next(waits, Wait.SEND_ON))
    page.wait_for("line", where=str(Where.HOLD))
    page.wait_for("told", words="Nobody came.")
    call.join()
    assert "Still waiting." in [message["words"] for message in page.of("told")]


@pytest.mark.usefixtures("on_hold")
def test_a_nurse_on_a_telephone_cannot_be_joined_and_the_page_is_told(server, page: Page) -> None:
    Running(server, page, lambda call_id: Wait.NURSE_IS_ELSEWHERE).join()
    assert page.of("elsewhere")
    assert server.got("/twilio/status")[0]["CallStatus"] == "completed"


@pytest.mark.usefixtures("on_hold")
def test_a_server_that_stops_ends_the_call(server, page: Page) -> None:
    call = Running(server, page)
    page.wait_for("line", where=str(Where.HOLD))
    call.stops = True
    page.inbox.put(wire.media_message(page.stream["streamSid"], SILENCE, at_ms=0, chunk=1, sequence=2))
    call.join()
    assert page.of("over") == [{"event": "over", "by": "network"}]
