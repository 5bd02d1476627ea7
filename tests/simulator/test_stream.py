"""The media socket, in real time: playout, marks, clear, keys, ends of all kinds."""

from __future__ import annotations

import itertools
import json
import threading
import time

import pytest
import simple_websocket

from voice_agent.simulator.line import LineQuality
from voice_agent.telephony import media_stream as ms


class Server:
    """What the server's end of one socket saw, and does: `script(self)` runs once `start` has come."""

    def __init__(self, stage, script, *, redirect: bool = True, attributes: str = "") -> None:
        self.messages: list[tuple[float, ms.Message]] = []
        self.raw: list[dict] = []
        self.done = threading.Event()
        self.script = script
        self.stream = ""
        after = f'<Redirect method="POST">{stage.server.url}/resume</Redirect>' if redirect else ""
        stage.server.documents["/voice"] = stage.twiml(
            f'<Connect><Stream url="{stage.server.socket_url}" {attributes}>'
            f'<Parameter name="lane" value="one"/></Stream></Connect>{after}'
        )
        stage.server.documents["/resume"] = stage.twiml("<Hangup/>")
        stage.server.socket = self._serve

    def _serve(self, socket: simple_websocket.Server) -> None:
        try:
            while True:
                text = socket.receive(timeout=5)
                assert text is not None
                message = ms.parse(text)
                self.raw.append(json.loads(text))
                self.messages.append((time.monotonic(), message))
                if isinstance(message, ms.Started):
                    self.socket, self.stream = socket, message.stream_id
                    threading.Thread(target=self.script, args=(self,), daemon=True).start()
        except simple_websocket.ConnectionClosed:
            self.done.set()

    def send(self, text: str) -> None:
        self.socket.send(text)

    def close(self) -> None:
        self.socket.close()

    def of(self, kind: type) -> list:
        return [message for _, message in self.messages if isinstance(message, kind)]

    def when(self, kind: type) -> list[float]:
        return [at for at, message in self.messages if isinstance(message, kind)]

    def wait_mark(self, name: str, timeout_s: float = 5.0) -> float:
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            for at, message in self.messages:
                if message == ms.MarkReached(name):
                    return at
            time.sleep(0.005)
        raise AssertionError(f"mark {name} did not come back")


def test_a_stream_from_start_to_stop(stage) -> None:
    """connected, start, a frame each 20 ms with its own time; the caller hangs up: stop, then the status callback."""
    server = Server(stage, lambda server: None)
    leg = stage.twin.call(stage.phone((1000, lambda phone: phone.hang_up())), "+15550109001")
    assert leg.join(5)
    assert server.done.wait(2)
    kinds = [type(message) for _, message in server.messages]
    assert kinds[:2] == [ms.Connected, ms.Started]
    assert kinds[-1] is ms.Stopped
    start = server.of(ms.Started)[0]
    assert (start.call_id, start.parameters, start.rate_hz) == (leg.sid, {"lane": "one"}, 8000)
    media = server.of(ms.Media)
    assert [one.at_ms for one in media] == list(range(0, 20 * len(media), 20))
    assert {len(one.mulaw) for one in media} == {160}
    assert 40 <= len(media) <= 52
    times = server.when(ms.Media)
    assert 0.7 <= times[-1] - times[0] <= 1.2
    numbers = [int(raw["sequenceNumber"]) for raw in server.raw if "sequenceNumber" in raw]
    assert numbers == list(range(1, len(numbers) + 1))
    assert server.of(ms.Stopped) == [ms.Stopped(leg.sid)]
    (status,) = stage.server.wait_for("/status")
    assert status["CallStatus"] == "completed"
    assert status["CallDuration"] == "1"
    assert all(one.signed for one in stage.server.arrived)
    assert stage.server.upgrades == [True]


def test_a_mark_comes_back_when_playback_reaches_it(stage) -> None:
    sent = []

    def script(server: Server) -> None:
        sent.append(time.monotonic())
        server.send(ms.mark(server.stream, "empty"))
        server.send(ms.media(server.stream, b"\x10" * 4000))  # 500 ms
        server.send(ms.mark(server.stream, "half"))
        server.send(ms.media(server.stream, b"\x10" * 4000))
        server.send(ms.mark(server.stream, "whole"))
        server.wait_mark("whole")
        server.close()

    server = Server(stage, script)
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(8)
    assert server.wait_mark("empty") - sent[0] < 0.2
    assert 0.4 <= server.wait_mark("half") - sent[0] <= 0.75
    assert 0.9 <= server.wait_mark("whole") - sent[0] <= 1.35
    assert leg.phone.received.count(0x10) == 8000
    assert stage.server.got("/resume")[0]["CallStatus"] == "in-progress"
    assert leg.ended_by == "agent"


def test_clear_flushes_sound_and_returns_its_marks_at_once(stage) -> None:
    times = {}

    def script(server: Server) -> None:
        server.send(ms.media(server.stream, b"\x10" * 40000))  # 5 s
        server.send(ms.mark(server.stream, "a"))
        server.send(ms.mark(server.stream, "b"))
        time.sleep(0.4)
        times["clear"] = time.monotonic()
        server.send(ms.clear(server.stream))
        server.wait_mark("b")
        server.send(ms.media(server.stream, b"\x20" * 800))
        server.send(ms.mark(server.stream, "c"))
        server.wait_mark("c")
        server.close()

    server = Server(stage, script)
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(6)
    assert [message.name for message in server.of(ms.MarkReached)] == ["a", "b", "c"]
    assert server.wait_mark("b") - times["clear"] < 0.15
    assert 1600 <= leg.phone.received.count(0x10) <= 5000
    assert leg.phone.received.count(0x20) == 800


def test_keys_arrive_as_dtmf(stage) -> None:
    def script(server: Server) -> None:
        while len(server.of(ms.KeyPressed)) < 2:
            time.sleep(0.01)
        server.close()

    server = Server(stage, script)
    leg = stage.twin.call(stage.phone((200, lambda phone: phone.press("4#"))), "+15550109001")
    assert leg.join(5)
    assert [key.digit for key in server.of(ms.KeyPressed)] == ["4", "#"]
    assert stage.texts("pressed") == ["4#"]


def test_messages_that_twilio_refuses_are_errors(stage) -> None:
    def script(server: Server) -> None:
        server.send('{"event": "hangup", "streamSid": "' + server.stream + '"}')
        server.send("not json")
        server.send(ms.mark("MZother", "x"))
        server.send(ms.media(server.stream, b"\x10" * 4_800_000))
        server.send(ms.media(server.stream, b"\x10" * 160))
        server.send(ms.clear(server.stream))
        server.send(ms.mark(server.stream, "still alive"))
        server.wait_mark("still alive")
        server.close()

    Server(stage, script, attributes='statusCallback="/stream" name="main"')
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(6)
    codes = [text.split(":")[0] for text in stage.texts("error")]
    assert codes == ["31924", "31924", "31924", "31931"]
    events = [params["StreamEvent"] for params in stage.server.wait_for("/stream", 6)]
    assert events == ["stream-started", *["stream-error"] * 4, "stream-stopped"]


def test_a_refused_upgrade_is_an_error_and_the_call_goes_on(stage) -> None:
    Server(stage, lambda server: None)
    stage.server.refuses_socket = True
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(5)
    assert stage.texts("error")[0].startswith("31920: the upgrade of the media socket failed: 403")
    assert len(stage.server.got("/resume")) == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [("ws://example.org/media/1", "31922"), ("https://example.org/x", "31922"), ("wss://example.org/x?a=1", "31920")],
)
def test_addresses_that_twilio_would_not_open(stage, url: str, code: str) -> None:
    stage.server.documents["/voice"] = stage.twiml(f'<Connect><Stream url="{url}"/></Connect>')
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(5)
    assert stage.texts("error")[0].startswith(code)


def test_redirect_over_rest_ends_the_stream_and_fetches_the_new_document(stage) -> None:
    server = Server(stage, lambda server: None)
    stage.server.documents["/elsewhere"] = stage.twiml("<Say>you were moved</Say>")
    leg = stage.twin.call(stage.phone(), "+15550109001")
    until = time.monotonic() + 3
    while not server.of(ms.Media) and time.monotonic() < until:
        time.sleep(0.01)
    from twilio.rest import Client

    client = Client(stage.twin.settings.account_sid, stage.twin.settings.auth_token)
    client.api.base_url = stage.twin.url
    assert client.calls(leg.sid).fetch().status == "in-progress"
    client.calls(leg.sid).update(url=stage.server.url + "/elsewhere", method="POST")
    assert leg.join(6)
    assert server.done.wait(1)
    assert server.of(ms.Stopped) == [ms.Stopped(leg.sid)]
    assert stage.texts("heard")[-1] == "you were moved"
    assert stage.server.got("/resume") == []


def test_a_line_in_bursts_keeps_its_timestamps(stage) -> None:
    def script(server: Server) -> None:
        time.sleep(1.2)
        server.close()

    server = Server(stage, script)
    leg = stage.twin.call(stage.phone(), "+15550109001", LineQuality(burst_ms=200))
    assert leg.join(5)
    at = [message.at_ms for message in server.of(ms.Media)]
    assert at == list(range(0, 20 * len(at), 20))
    arrivals = server.when(ms.Media)
    pauses = [later - earlier for earlier, later in itertools.pairwise(arrivals)]
    assert sum(pause > 0.12 for pause in pauses) >= 3
    assert sum(pause < 0.01 for pause in pauses) >= len(pauses) * 0.7


def test_a_dead_line_sends_nothing_for_a_while(stage) -> None:
    def script(server: Server) -> None:
        time.sleep(1.4)
        server.close()

    server = Server(stage, script)
    leg = stage.twin.call(stage.phone(), "+15550109001", LineQuality(dead_after_s=0.3, dead_for_s=0.5))
    assert leg.join(5)
    at = [message.at_ms for message in server.of(ms.Media)]
    assert 280 in at
    assert 800 in at
    assert not [one for one in at if 300 <= one < 800]


def test_a_new_socket_is_not_dead(stage) -> None:
    server = Server(stage, lambda server: (time.sleep(0.6), server.close()))
    leg = stage.twin.call(stage.phone(), "+15550109001", LineQuality(dead_after_s=0.2, dead_for_s=60))
    assert leg.join(5)
    assert max(message.at_ms for message in server.of(ms.Media)) == 180
    assert leg.quality.dead_after_s is None


def test_a_socket_that_breaks_gives_no_stop_and_the_call_goes_on(stage) -> None:
    server = Server(stage, lambda server: None)
    leg = stage.twin.call(stage.phone(), "+15550109001", LineQuality(drops_socket_after_s=0.4))
    assert leg.join(5)
    assert server.done.wait(2)
    assert server.of(ms.Stopped) == []
    assert len(stage.server.got("/resume")) == 1


def test_a_second_connection_with_the_same_token_is_told(stage) -> None:
    server = Server(stage, lambda server: (time.sleep(0.3), server.close()))
    leg = stage.twin.call(stage.phone(), "+15550109001", LineQuality(opens_socket_twice=True))
    assert leg.join(5)
    assert len(stage.server.upgrades) == 2
    assert "a second connection with the same token was accepted" in stage.texts("error")
    assert server.of(ms.Started)


def test_words_travel_both_ways(stage, voice) -> None:
    """What the caller says reaches the server as sound; the recording holds both sides."""

    def script(server: Server) -> None:
        time.sleep(2.0)
        server.close()

    server = Server(stage, script)
    leg = stage.twin.call(stage.phone((100, lambda phone: phone.say("my chest hurts"))), "+15550109001")
    assert leg.join(6)
    spoken = b"".join(message.mulaw for message in server.of(ms.Media))
    assert bytes(leg.phone.said[: len(spoken)]) == spoken
    assert len(set(spoken)) > 100
    recording = stage.twin.recording(leg, stage.twin.settings.recordings)
    assert recording.read_bytes()[:4] == b"RIFF"


def started(stage, script, after: str, attributes: str = "") -> Server:
    """A server to which the caller's side goes beside `after`."""
    server = Server(stage, script)
    stage.server.documents["/voice"] = stage.twiml(
        f'<Start><Stream url="{stage.server.socket_url}" {attributes}/></Start>{after}'
    )
    return server


def test_a_stream_beside_the_call_takes_the_callers_side_along(stage) -> None:
    """The call goes on at once, and the stream through whatever follows, until the call ends."""
    stage.server.documents["/next"] = stage.twiml('<Pause length="1"/><Hangup/>')
    server = started(stage, lambda server: None, '<Pause length="1"/><Redirect method="POST">/next</Redirect>')
    leg = stage.twin.call(stage.phone((300, lambda phone: phone.say("hello there"))), "+15550109001")
    assert leg.join(6)
    assert server.done.wait(2)
    media = server.of(ms.Media)
    assert [one.at_ms for one in media] == list(range(0, 20 * len(media), 20))
    assert 95 <= len(media) <= 105, "two seconds, whatever was played meanwhile"
    assert bytes(leg.phone.said).endswith(b"".join(one.mulaw for one in media)), "the very sound of the caller"
    assert server.of(ms.Stopped) == [ms.Stopped(leg.sid)]
    until = time.monotonic() + 3  # in a thread of its own, beside the end of the call
    while len(stage.texts("stream")) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    assert stage.texts("stream") == ["opened beside the call", "closed beside the call"]
    assert stage.texts("error") == []


def test_a_server_that_closes_a_stream_beside_the_call_ends_nothing_else(stage) -> None:
    server = started(stage, lambda server: server.close(), '<Pause length="1"/><Hangup/>')
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(5)
    assert leg.ended_by == "agent"
    assert leg.seconds >= 1
    assert server.of(ms.Stopped) == []
    assert stage.texts("error") == []


def test_nothing_is_played_on_a_stream_beside_the_call(stage) -> None:
    def script(server: Server) -> None:
        server.send(ms.media(server.stream, b"\x10" * 800))

    started(stage, script, '<Pause length="1"/><Hangup/>')
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(5)
    assert 0x10 not in leg.phone.received
    assert any("31924" in text for text in stage.texts("error"))


def test_the_other_side_cannot_be_had_beside_the_call(stage) -> None:
    started(stage, lambda server: None, "<Hangup/>", 'track="both_tracks"')
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(8)
    assert any("12200" in text for text in stage.texts("error"))
