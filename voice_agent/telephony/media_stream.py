"""Media Streams JSON, to messages and back.

Twilio's side and ours, as https://www.twilio.com/docs/voice/media-streams/websocket-messages has them. `parse` and
`media`, `mark`, `clear` are the server's half; `parse_outgoing` and the `…_message` builders are the twin's.
What cannot be read raises `MediaStreamError`, whose text never repeats what was in the message: it may be speech.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from voice_agent.errors import MediaStreamError

ENCODING: Final = "audio/x-mulaw"
RATE_HZ: Final = 8000
DIGITS: Final = frozenset("0123456789*#")
LONGEST_NUMBER: Final = 15
"""Digits in a number on the wire; longer ones are not timestamps."""
PROTOCOL_ERROR: Final = "31924"
"""Twilio's code for a message of ours that it does not accept."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket is open; `start` follows."""

    protocol: str
    version: str


@dataclass(frozen=True, slots=True)
class Started:
    """The stream begins: which call it is, and how its sound is coded."""

    stream_id: str
    """StreamSid; every message that we send names it."""
    call_id: str
    """CallSid."""
    parameters: Mapping[str, str] = field(repr=False)
    """What `<Parameter>` in our TwiML said."""
    encoding: str
    """`audio/x-mulaw`, always so far."""
    rate_hz: int
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A stretch of the caller's line, usually 20 ms; in bursts at times: trust `at_ms`, not the arrival."""

    at_ms: int
    """Time of its first sample since the stream began."""
    mulaw: bytes = field(repr=False)
    """G.711 mu-law at 8 kHz, one byte a sample."""
    track: str = "inbound"


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key; the message carries no time."""

    digit: str
    """One of 0-9, * and #."""


@dataclass(frozen=True, slots=True)
class MarkReached:
    """Playback came to our mark, or a `clear` flushed it: the two look the same."""

    name: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stream is over: the caller hung up, or the call was sent elsewhere."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event that the documentation did not know when this was written: to be logged and survived."""

    event: str
    """Its name, at most 40 characters."""


Message = Connected | Started | Media | KeyPressed | MarkReached | Stopped | Unknown
"""What Twilio says to us."""


@dataclass(frozen=True, slots=True)
class OutMedia:
    """Sound for the caller; Twilio plays it after what it already holds."""

    stream_id: str
    mulaw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutMark:
    """Tell us when playback has come this far."""

    stream_id: str
    name: str


@dataclass(frozen=True, slots=True)
class OutClear:
    """Forget all sound that is not yet played, and send its marks back at once."""

    stream_id: str


Outgoing = OutMedia | OutMark | OutClear
"""What we say to Twilio."""


def parse(text: str | bytes) -> Message:
    """One message from Twilio. Raises MediaStreamError."""
    body = _object(text)
    match event := _text(body, "event"):
        case "connected":
            return Connected(_text(body, "protocol"), _text(body, "version"))
        case "start":
            return _started(body)
        case "media":
            media = _part(body, "media")
            return Media(_number(media, "timestamp"), _payload(media), _text(media, "track"))
        case "dtmf":
            digit = _text(_part(body, "dtmf"), "digit")
            if digit not in DIGITS:
                raise MediaStreamError("media socket: `digit` is no key of a telephone; nothing was pressed")
            return KeyPressed(digit)
        case "mark":
            return MarkReached(_text(_part(body, "mark"), "name"))
        case "stop":
            return Stopped(_text(_part(body, "stop"), "callSid"))
    return Unknown(event[:40])


def media(stream_id: str, mulaw: bytes) -> str:
    """Sound for the caller: raw mu-law at 8 kHz, no file header."""
    return json.dumps({"event": "media", "streamSid": stream_id, "media": {"payload": _encoded(mulaw)}})


def mark(stream_id: str, name: str) -> str:
    """Ask to be told when everything sent so far has been played."""
    return json.dumps({"event": "mark", "streamSid": stream_id, "mark": {"name": name}})


def clear(stream_id: str) -> str:
    """Drop everything sent so far that was not yet played."""
    return json.dumps({"event": "clear", "streamSid": stream_id})


def parse_outgoing(text: str | bytes) -> Outgoing:
    """One message of the server, as strictly as Twilio reads it. Raises MediaStreamError with Twilio's code."""
    try:
        body = _object(text)
        event, stream_id = _text(body, "event"), _text(body, "streamSid")
        match event:
            case "media":
                return OutMedia(stream_id, _payload(_part(body, "media")))
            case "mark":
                return OutMark(stream_id, _text(_part(body, "mark"), "name"))
            case "clear":
                return OutClear(stream_id)
    except MediaStreamError as error:
        raise MediaStreamError(f"{PROTOCOL_ERROR}: {error}") from error
    raise MediaStreamError(f"{PROTOCOL_ERROR}: media socket: Twilio takes `media`, `mark` and `clear`, nothing else")


def connected_message() -> str:
    """The first message on a socket."""
    return json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})


def start_message(
    stream_id: str, call_id: str, *, account_id: str, parameters: Mapping[str, str], sequence: int = 1
) -> str:
    """The second message: which call this is."""
    start = {
        "accountSid": account_id,
        "streamSid": stream_id,
        "callSid": call_id,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": ENCODING, "sampleRate": RATE_HZ, "channels": 1},
        "customParameters": dict(parameters),
    }
    return json.dumps({"event": "start", "sequenceNumber": str(sequence), "start": start, "streamSid": stream_id})


def media_message(stream_id: str, mulaw: bytes, *, at_ms: int, chunk: int, sequence: int) -> str:
    """A stretch of the caller's line; `chunk` counts media messages from 1, numbers travel as strings."""
    sound = {"track": "inbound", "chunk": str(chunk), "timestamp": str(at_ms), "payload": _encoded(mulaw)}
    return json.dumps({"event": "media", "sequenceNumber": str(sequence), "media": sound, "streamSid": stream_id})


def dtmf_message(stream_id: str, digit: str, *, sequence: int) -> str:
    """A key was pressed. Twilio calls its track `inbound_track` here."""
    key = {"track": "inbound_track", "digit": digit}
    return json.dumps({"event": "dtmf", "streamSid": stream_id, "sequenceNumber": str(sequence), "dtmf": key})


def mark_message(stream_id: str, name: str, *, sequence: int) -> str:
    """A mark of ours comes back."""
    return json.dumps(
        {"event": "mark", "sequenceNumber": str(sequence), "streamSid": stream_id, "mark": {"name": name}}
    )


def stop_message(stream_id: str, call_id: str, *, account_id: str, sequence: int) -> str:
    """The last message of a stream."""
    stop = {"accountSid": account_id, "callSid": call_id}
    return json.dumps({"event": "stop", "sequenceNumber": str(sequence), "streamSid": stream_id, "stop": stop})


def _started(body: Mapping[str, Any]) -> Started:
    start = _part(body, "start")
    form = _part(start, "mediaFormat")
    parameters = start.get("customParameters", {})
    if not isinstance(parameters, dict) or not all(isinstance(value, str) for value in parameters.values()):
        raise MediaStreamError("media socket: `customParameters` is not an object of strings")
    return Started(
        stream_id=_text(start, "streamSid"),
        call_id=_text(start, "callSid"),
        parameters=parameters,
        encoding=_text(form, "encoding"),
        rate_hz=_number(form, "sampleRate"),
        account_id=_text(start, "accountSid") if "accountSid" in start else "",
    )


def _object(text: str | bytes) -> Mapping[str, Any]:
    if not isinstance(text, str):
        raise MediaStreamError("media socket: a binary message; Media Streams speak JSON text only")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MediaStreamError("media socket: the message is not JSON") from error
    if not isinstance(body, dict):
        raise MediaStreamError("media socket: the message is no JSON object")
    return body


def _part(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    if not isinstance(value, dict):
        raise MediaStreamError(f"media socket: `{key}` is missing or no object")
    return value


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise MediaStreamError(f"media socket: `{key}` is missing or no string")
    return value


def _number(body: Mapping[str, Any], key: str) -> int:
    """A whole number from 0, as a JSON number or, as Twilio mostly writes it, a string of digits."""
    value = body.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**LONGEST_NUMBER:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER:
        return int(value)
    raise MediaStreamError(f"media socket: `{key}` is missing or no whole number")


def _payload(body: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(_text(body, "payload"), validate=True)
    except ValueError as error:
        raise MediaStreamError("media socket: `payload` is not base64") from error


def _encoded(mulaw: bytes) -> str:
    return base64.b64encode(mulaw).decode("ascii")
