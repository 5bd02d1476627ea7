"""The plain verbs: Say, Pause, Play, Gather, Reject."""

from __future__ import annotations

import wave
from urllib.parse import urljoin

from voice_agent.audio.frames import FRAME_MS
from voice_agent.errors import SynthesizerError
from voice_agent.simulator import sound
from voice_agent.simulator.documents import TwimlError, Verb
from voice_agent.simulator.leg import HungUpError, Leg, SentElsewhereError, Source
from voice_agent.simulator.phone import Where
from voice_agent.simulator.timeline import What

FOREVER = 1000
"""`loop="0"`: Twilio repeats until the call ends."""


class _KeyPressedError(Exception):
    """A key was pressed while a `<Gather>` was speaking."""


def say(leg: Leg, verb: Verb) -> None:
    """Speak the text, `loop` times."""
    for _ in range(verb.whole("loop", 1) or FOREVER):
        say_text(leg, verb.text)


def say_text(leg: Leg, text: str) -> None:
    """Speak some words; the telephone is told them when they were played to their end."""
    if not text:
        return
    at_ms = leg.notes.now_ms()
    _announcing(leg)
    try:
        spoken = leg.twin.voice.speak(text)
    except SynthesizerError as error:
        raise TwimlError(13520, str(error)) from error
    leg.catch_up()
    for frame in sound.frames(spoken):
        leg.tick(frame, transcribe=False)
    leg.phone.told(text, at_ms=at_ms, lasted_ms=sound.milliseconds(spoken))


def pause(leg: Leg, verb: Verb) -> None:
    """Silence for `length` seconds."""
    _announcing(leg)
    for _ in range(verb.whole("length", 1) * 1000 // FRAME_MS):
        leg.tick()


def play(leg: Leg, verb: Verb, base: str) -> None:
    """A WAV file, `loop` times."""
    if "digits" in verb.attributes:
        raise TwimlError(12200, "<Play digits> is not played by the twin")
    answer = leg.twin.webhooks.send(urljoin(base, verb.text), {}, "GET")
    if not answer.good:
        raise TwimlError(11200, f"the sound to <Play> could not be fetched: {answer.status or answer.why}")
    try:
        heard = sound.read_wav(answer.content)
    except (wave.Error, EOFError) as error:
        raise TwimlError(12300, f"the sound to <Play> is no WAV file that the twin reads: {error}") from error
    _announcing(leg)
    leg.catch_up()
    for _ in range(verb.whole("loop", 1) or FOREVER):
        for frame in sound.frames(heard):
            leg.tick(frame)


def gather(leg: Leg, verb: Verb, base: str) -> None:
    """Speak, and wait for keys; raises SentElsewhereError with Digits, or falls through when none were pressed."""
    if verb.attributes.get("input", "dtmf") != "dtmf":
        raise TwimlError(12200, "<Gather input> other than dtmf is not played by the twin")
    wanted = verb.whole("numDigits", 0)
    finish = verb.attributes.get("finishOnKey", "#")
    timeout_ms = verb.whole("timeout", 5) * 1000
    digits, finished = "", False

    def hear_keys() -> None:
        if leg.phone.keys_due():
            raise _KeyPressedError

    before = leg.phone.where
    leg.phone.where = Where.AGENT
    leg.phone.pressed()
    try:
        with leg.watching(hear_keys):
            for child in verb.inside:
                match child.name:
                    case "Say":
                        say(leg, child)
                    case "Pause":
                        pause(leg, child)
                    case _:
                        play(leg, child, base)
    except _KeyPressedError:
        pass
    waited_ms = 0
    while not finished and waited_ms < timeout_ms:
        for key in leg.phone.pressed():
            if finish and key in finish:
                finished = True
                break
            digits += key
            waited_ms = 0
            finished = finished or bool(wanted and len(digits) == wanted)
        if not finished:
            leg.tick()
            waited_ms += FRAME_MS
    leg.phone.where = before
    if digits or verb.flag("actionOnEmptyResult", default=False):
        action = urljoin(base, verb.attributes.get("action", ""))
        leg.notes.note(What.TWIML, f"gathered {len(digits)} digit(s)")
        params = {"Digits": digits} | ({"FinishedOnKey": finish} if finished and not wanted else {})
        raise SentElsewhereError(Source(action, verb.attributes.get("method", "POST"), params))


def reject(leg: Leg, verb: Verb) -> None:
    """Refuse the call before it is answered."""
    busy = verb.attributes.get("reason", "rejected") == "busy"
    raise HungUpError("agent", "busy" if busy else "no-answer")


def _announcing(leg: Leg) -> None:
    """A telephone that is not in a `<Gather>` or on hold hears an announcement: nothing is expected of it."""
    if leg.phone.where in {Where.NOTHING, Where.PERSON}:
        leg.phone.where = Where.ANNOUNCEMENT
