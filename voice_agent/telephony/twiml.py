"""The TwiML documents that we answer.

`twilio.twiml` builds the XML. Addresses that Twilio follows as verbs are paths, relative to the document; those that
it only calls back (a conference's) are absolute, since relative ones are documented for verbs alone. Nothing here is
personal except what is spoken: names and addresses carry opaque tokens only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from twilio.twiml.voice_response import Connect, Dial, Gather, Start, VoiceResponse

RESUME_PATH: Final = "/twilio/resume"
NURSE_LINE_RING_SECONDS: Final = 30
HOLD_PAUSE_SECONDS: Final = 12
"""With the sentences before it, one round of the hold loop takes about 15 s."""
WHISPER_WAIT_SECONDS: Final = 8
MENU_WAIT_SECONDS: Final = 6
NURSE_PAUSE_SECONDS: Final = 4
YEAR_WAIT_SECONDS: Final = 5


def connect_stream(ws_url: str, parameters: Mapping[str, str], *, resume_path: str = RESUME_PATH) -> str:
    """Open a bidirectional media stream; when it closes, Twilio asks `resume_path` how the call goes on."""
    response = VoiceResponse()
    connect = Connect()
    stream = connect.stream(url=ws_url)
    for name, value in parameters.items():
        stream.parameter(name=name, value=value)
    response.append(connect)
    response.redirect(resume_path, method="POST")
    return str(response)


def nurse_line(number: str, sentences: Sequence[str], afterwards: Sequence[str]) -> str:
    """Words first, then ring the nurse line; `afterwards` is said when that ends, answered or not.

    Complete in itself: once Twilio has this document it needs nothing more of us, so it also serves when we are down.
    """
    response = VoiceResponse()
    _say(response, sentences)
    if number:
        dial = Dial(timeout=NURSE_LINE_RING_SECONDS)
        dial.number(number)
        response.append(dial)
    _say(response, afterwards)
    response.hangup()
    return str(response)


def join_conference(
    conference: str,
    token: str,
    sentences: Sequence[str],
    *,
    public_url: str,
    first: bool = True,
    ear: str | None = None,
) -> str:
    """The caller waits in the conference until a nurse starts it; leaving it asks RESUME_PATH (with DialCallStatus).

    The star key leaves it: a wait may hold neither `<Gather>` nor anything else that hears keys (Twilio's error 13238).
    `first`: this wait begins with what is said once only. `ear`: address of a socket that hears the caller meanwhile.
    """
    response = VoiceResponse()
    _say(response, sentences)
    _heard_at(response, ear)
    dial = Dial(action=RESUME_PATH, method="POST", hangup_on_star=True)
    dial.conference(
        conference,
        start_conference_on_enter=False,
        end_conference_on_exit=True,
        beep="false",
        jitter_buffer_size="small",
        wait_url=_absolute(public_url, f"/twilio/hold/{token}" + ("?first=1" if first else "")),
        wait_method="POST",
        status_callback=_absolute(public_url, f"/twilio/conference/{token}"),
        status_callback_method="POST",
        status_callback_event="start end join leave",
    )
    response.append(dial)
    return str(response)


def hold(token: str, sentences: Sequence[str]) -> str:
    """One round of the hold loop: words, then quiet, then ask again (only Say, Play, Pause, Redirect are allowed)."""
    response = VoiceResponse()
    _say(response, sentences)
    response.pause(length=HOLD_PAUSE_SECONDS)
    response.redirect(f"/twilio/hold/{token}", method="POST")
    return str(response)


def whisper(opening: Sequence[str], brief: str, choices: Sequence[str], *, accept_path: str) -> str:
    """What only the nurse hears: the case, then a key to press.

    The choices are put twice; with no key at all `accept_path` is asked without Digits, which means no.
    An answering machine presses nothing.
    """
    response = VoiceResponse()
    response.append(_keys(accept_path, [*opening, brief, *choices], WHISPER_WAIT_SECONDS))
    response.append(_keys(accept_path, choices, WHISPER_WAIT_SECONDS))
    response.redirect(accept_path, method="POST")
    return str(response)


def menu(token: str, sentences: Sequence[str], *, ear: str | None = None) -> str:
    """A caller who has stepped out of the wait presses a key; none at all leads back as well.

    `ear`: address of a socket that hears what is said instead.
    """
    path = f"/twilio/menu/{token}"
    response = VoiceResponse()
    _heard_at(response, ear)
    response.append(_keys(path, sentences, MENU_WAIT_SECONDS))
    response.redirect(path, method="POST")
    return str(response)


def year_of_birth(token: str, sentences: Sequence[str]) -> str:
    """Ask for four digits; none lead on as well. `token`: of the case that the caller was cut off from."""
    path = f"/twilio/recall/{token}"
    response = VoiceResponse()
    response.append(_keys(path, sentences, YEAR_WAIT_SECONDS, digits=4))
    response.redirect(path, method="POST")
    return str(response)


def go_on(sentences: Sequence[str]) -> str:
    """Say this, then ask how the call goes on."""
    response = VoiceResponse()
    _say(response, sentences)
    response.redirect(RESUME_PATH, method="POST")
    return str(response)


def still_human(sentences: Sequence[str], *, accept_path: str) -> str:
    """Words that a machine may hear; who presses the key is a nurse after all."""
    response = VoiceResponse()
    response.append(_keys(accept_path, sentences, WHISPER_WAIT_SECONDS))
    response.redirect(accept_path, method="POST")
    return str(response)


def nurse_waits(token: str, attempt: int, sentences: Sequence[str]) -> str:
    """One round for a nurse who is in the conference before the caller."""
    response = VoiceResponse()
    _say(response, sentences)
    response.pause(length=NURSE_PAUSE_SECONDS)
    response.redirect(f"/twilio/nurse/{token}/{attempt}/wait", method="POST")
    return str(response)


def nurse_joins(conference: str, token: str, attempt: int, sentences: Sequence[str], *, public_url: str) -> str:
    """The nurse enters the conference, which starts it; when the nurse leaves, it ends."""
    leg = f"/twilio/nurse/{token}/{attempt}"
    response = VoiceResponse()
    _say(response, sentences)
    dial = Dial(action=f"{leg}/left", method="POST")
    dial.conference(
        conference,
        start_conference_on_enter=True,
        end_conference_on_exit=True,
        beep="false",
        jitter_buffer_size="small",
        wait_url=_absolute(public_url, f"{leg}/wait"),
        wait_method="POST",
        status_callback=_absolute(public_url, f"/twilio/conference/{token}"),
        status_callback_method="POST",
        status_callback_event="start end join leave",
    )
    response.append(dial)
    return str(response)


def goodbye(sentences: Sequence[str]) -> str:
    """Say this and hang up."""
    response = VoiceResponse()
    _say(response, sentences)
    response.hangup()
    return str(response)


def _absolute(public_url: str, path: str) -> str:
    return public_url.rstrip("/") + path


def _heard_at(response: VoiceResponse, ear: str | None) -> None:
    """The caller's side of the line goes there from now on, whatever the call does, until that side closes."""
    if ear:
        start = Start()
        start.stream(url=ear, track="inbound_track")
        response.append(start)


def _keys(path: str, sentences: Sequence[str], wait_seconds: int, *, digits: int = 1) -> Gather:
    gather = Gather(input="dtmf", num_digits=digits, timeout=wait_seconds, action=path, method="POST", finish_on_key="")
    _say(gather, sentences)
    return gather


def _say(verb: VoiceResponse | Gather, sentences: Sequence[str]) -> None:
    for sentence in sentences:
        verb.say(sentence)
