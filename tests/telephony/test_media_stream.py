"""Media Streams JSON: what Twilio's documentation shows, and everything else."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voice_agent.errors import MediaStreamError
from voice_agent.telephony import media_stream as ms

STREAM = "MZ18ad3ab5a668481ce02b83e7395059f0"
CALL = "CA0123456789abcdef0123456789abcdef"
ACCOUNT = "AC0123456789abcdef0123456789abcdef"

# The shapes of https://www.twilio.com/docs/voice/media-streams/websocket-messages
DOCUMENTED: list[tuple[dict[str, Any], ms.Message]] = [
    ({"event": "connected", "protocol": "Call", "version": "1.0.0"}, ms.Connected("Call", "1.0.0")),
    (
        {
            "event": "start",
            "sequenceNumber": "1",
            "start": {
                "accountSid": ACCOUNT,
                "streamSid": STREAM,
                "callSid": CALL,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"lane": "clinic"},
            },
            "streamSid": STREAM,
        },
        ms.Started(STREAM, CALL, {"lane": "clinic"}, "audio/x-mulaw", 8000, ACCOUNT),
    ),
    (
        {
            "event": "media",
            "sequenceNumber": "3",
            "media": {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": "/38A"},
            "streamSid": STREAM,
        },
        ms.Media(5, b"\xff\x7f\x00", "inbound"),
    ),
    (
        {
            "event": "dtmf",
            "streamSid": STREAM,
            "sequenceNumber": "5",
            "dtmf": {"track": "inbound_track", "digit": "1"},
        },
        ms.KeyPressed("1"),
    ),
    (
        {"event": "mark", "sequenceNumber": "4", "streamSid": STREAM, "mark": {"name": "my label"}},
        ms.MarkReached("my label"),
    ),
    (
        {
            "event": "stop",
            "sequenceNumber": "5",
            "streamSid": STREAM,
            "stop": {"accountSid": ACCOUNT, "callSid": CALL},
        },
        ms.Stopped(CALL),
    ),
    ({"event": "weather", "streamSid": STREAM}, ms.Unknown("weather")),
]


@pytest.mark.parametrize(("body", "message"), DOCUMENTED, ids=[body["event"] for body, _ in DOCUMENTED])
def test_documented_messages(body: dict[str, Any], message: ms.Message) -> None:
    assert ms.parse(json.dumps(body)) == message


def test_the_twins_messages_are_the_documented_ones() -> None:
    documented = {body["event"]: body for body, _ in DOCUMENTED}
    built = [
        ms.connected_message(),
        ms.start_message(STREAM, CALL, account_id=ACCOUNT, parameters={"lane": "clinic"}),
        ms.media_message(STREAM, b"\xff\x7f\x00", at_ms=5, chunk=1, sequence=3),
        ms.dtmf_message(STREAM, "1", sequence=5),
        ms.mark_message(STREAM, "my label", sequence=4),
        ms.stop_message(STREAM, CALL, account_id=ACCOUNT, sequence=5),
    ]
    for text in built:
        body = json.loads(text)
        assert body == documented[body["event"]]


def test_our_messages_are_the_documented_ones() -> None:
    assert json.loads(ms.media(STREAM, b"\xff\x7f\x00")) == {
        "event": "media",
        "streamSid": STREAM,
        "media": {"payload": "/38A"},
    }
    assert json.loads(ms.mark(STREAM, "m1")) == {"event": "mark", "streamSid": STREAM, "mark": {"name": "m1"}}
    assert json.loads(ms.clear(STREAM)) == {"event": "clear", "streamSid": STREAM}


def _without(key: str, part: str | None = None, event: str = "media") -> Callable[[], str]:
    def build() -> str:
        body = json.loads(json.dumps(next(body for body, _ in DOCUMENTED if body["event"] == event)))
        del (body if part is None else body[part])[key]
        return json.dumps(body)

    return build


def _with(event: str, part: str, key: str, value: object) -> Callable[[], str]:
    def build() -> str:
        body = json.loads(json.dumps(next(body for body, _ in DOCUMENTED if body["event"] == event)))
        body[part][key] = value
        return json.dumps(body)

    return build


BROKEN: list[tuple[str, Callable[[], str | bytes], str]] = [
    ("not json", lambda: "hello", "not JSON"),
    ("a list", lambda: "[]", "no JSON object"),
    ("binary", lambda: b"{}", "binary"),
    ("deep", lambda: "[" * 100_000, "not JSON"),
    ("huge number", lambda: '{"event": ' + "9" * 5000 + "}", "not JSON"),
    ("no event", lambda: "{}", "`event`"),
    ("event a number", lambda: '{"event": 7}', "`event`"),
    ("no media", _without("media"), "`media`"),
    ("no payload", _without("payload", "media"), "`payload`"),
    ("payload not base64", _with("media", "media", "payload", "my chest hurts"), "`payload` is not base64"),
    ("payload not ascii", _with("media", "media", "payload", "schön"), "`payload` is not base64"),
    ("payload cut", _with("media", "media", "payload", "/38"), "`payload` is not base64"),
    ("timestamp negative", _with("media", "media", "timestamp", "-5"), "`timestamp`"),
    ("timestamp in other digits", _with("media", "media", "timestamp", "٥"), "`timestamp`"),
    ("timestamp true", _with("media", "media", "timestamp", True), "`timestamp`"),
    ("timestamp endless", _with("media", "media", "timestamp", "1" * 16), "`timestamp`"),
    ("no callSid", _without("callSid", "start", "start"), "`callSid`"),
    ("no format", _without("mediaFormat", "start", "start"), "`mediaFormat`"),
    ("parameters a list", _with("start", "start", "customParameters", []), "`customParameters`"),
    ("parameter a number", _with("start", "start", "customParameters", {"a": 1}), "`customParameters`"),
    ("account a number", _with("start", "start", "accountSid", 1), "`accountSid`"),
    ("digit a word", _with("dtmf", "dtmf", "digit", "12"), "`digit`"),
    ("digit empty", _with("dtmf", "dtmf", "digit", ""), "`digit`"),
    ("no mark name", _without("name", "mark", "mark"), "`name`"),
    ("no stop", _without("stop", None, "stop"), "`stop`"),
]


@pytest.mark.parametrize(("build", "says"), [pytest.param(b, s, id=name) for name, b, s in BROKEN])
def test_broken_messages(build: Callable[[], str | bytes], says: str) -> None:
    with pytest.raises(MediaStreamError, match="media socket") as caught:
        ms.parse(build())
    assert says in str(caught.value)
    assert "chest" not in str(caught.value)


def test_timestamp_may_be_a_number_and_parameters_may_be_missing() -> None:
    body = {"event": "media", "media": {"track": "inbound", "timestamp": 40, "payload": ""}}
    assert ms.parse(json.dumps(body)) == ms.Media(40, b"")
    start = json.loads(ms.start_message(STREAM, CALL, account_id=ACCOUNT, parameters={}))
    del start["start"]["customParameters"], start["start"]["accountSid"]
    assert ms.parse(json.dumps(start)) == ms.Started(STREAM, CALL, {}, "audio/x-mulaw", 8000)


def test_speech_and_parameters_do_not_show() -> None:
    start = ms.parse(ms.start_message(STREAM, CALL, account_id=ACCOUNT, parameters={"caller": "+15550109999"}))
    sound = ms.parse(ms.media_message(STREAM, b"secret", at_ms=0, chunk=1, sequence=2))
    assert "+1555" not in repr(start)
    assert "secret" not in repr(sound)


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        ms.connected_message(),
        ms.dtmf_message(STREAM, "1", sequence=2),
        '{"event": "media", "media": {"payload": "/38A"}}',
        '{"event": "media", "streamSid": "MZ", "media": {"payload": "?"}}',
        '{"event": "mark", "streamSid": "MZ"}',
        '{"event": "hangup", "streamSid": "MZ"}',
    ],
)
def test_twilio_refuses_all_else_with_31924(text: str) -> None:
    with pytest.raises(MediaStreamError, match="31924"):
        ms.parse_outgoing(text)


names = st.text(max_size=60)
sound = st.binary(max_size=400)
counts = st.integers(min_value=0, max_value=10**15 - 1)


@given(names, names, names, st.dictionaries(names, names, max_size=4), counts)
def test_start_round_trip(stream: str, call: str, account: str, parameters: dict[str, str], sequence: int) -> None:
    text = ms.start_message(stream, call, account_id=account, parameters=parameters, sequence=sequence)
    assert ms.parse(text) == ms.Started(stream, call, parameters, ms.ENCODING, ms.RATE_HZ, account)


@given(names, sound, counts, counts, counts)
def test_media_round_trip(stream: str, mulaw: bytes, at_ms: int, chunk: int, sequence: int) -> None:
    text = ms.media_message(stream, mulaw, at_ms=at_ms, chunk=chunk, sequence=sequence)
    assert ms.parse(text) == ms.Media(at_ms, mulaw)
    assert json.loads(text)["media"]["timestamp"] == str(at_ms)


@given(names, names, st.sampled_from(sorted(ms.DIGITS)), counts)
def test_small_messages_round_trip(stream: str, name: str, digit: str, sequence: int) -> None:
    assert ms.parse(ms.mark_message(stream, name, sequence=sequence)) == ms.MarkReached(name)
    assert ms.parse(ms.dtmf_message(stream, digit, sequence=sequence)) == ms.KeyPressed(digit)
    assert ms.parse(ms.stop_message(stream, name, account_id="AC", sequence=sequence)) == ms.Stopped(name)


@given(names, names, sound)
def test_outgoing_round_trip(stream: str, name: str, mulaw: bytes) -> None:
    assert ms.parse_outgoing(ms.media(stream, mulaw)) == ms.OutMedia(stream, mulaw)
    assert ms.parse_outgoing(ms.mark(stream, name)) == ms.OutMark(stream, name)
    assert ms.parse_outgoing(ms.clear(stream)) == ms.OutClear(stream)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
part_names = ["start", "media", "dtmf", "mark", "stop", "mediaFormat", "payload", "timestamp", "digit", "name"]
nearly = st.fixed_dictionaries(
    {"event": st.sampled_from(["connected", "start", "media", "dtmf", "mark", "stop", "clear"])},
    optional={name: json_values | st.dictionaries(st.sampled_from(part_names), json_values) for name in part_names},
)


def _survives(text: str | bytes) -> None:
    for read in (ms.parse, ms.parse_outgoing):
        with contextlib.suppress(MediaStreamError):
            assert read(text) is not None


@given(st.text() | st.binary())
@example('{"event": "start", "start": {"streamSid": "\\ud800"}}')
@example("[" * 200_000)
def test_any_text_parses_or_is_a_media_stream_error(text: str | bytes) -> None:
    _survives(text)


@given(nearly.map(json.dumps))
def test_anything_like_a_message_parses_or_is_a_media_stream_error(text: str) -> None:
    _survives(text)
