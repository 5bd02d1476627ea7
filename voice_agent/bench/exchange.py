"""The twin as the bench needs it: all of its signalling, none of its listening.

Webhooks, TwiML, REST, conferences and nurses are the twin's. A `<Connect><Stream>` is handed to the callers' process;
what the telephone company itself would say (`<Say>`) is a soft tone of about the right length, since nobody listens to
the words.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urljoin

from voice_agent.bench.callers import Callers
from voice_agent.bench.cast import Role
from voice_agent.bench.facts import CallFacts, Ended, StreamFacts
from voice_agent.bench.orders import Closed, Open
from voice_agent.simulator import sound
from voice_agent.simulator.documents import Verb
from voice_agent.simulator.leg import HungUpError, Leg, SentElsewhereError, Source, new_sid
from voice_agent.simulator.people import ScriptedNurse
from voice_agent.simulator.phone import Phone, Ring, Where
from voice_agent.simulator.scenario import NurseSpec
from voice_agent.simulator.speech import Voice
from voice_agent.simulator.timeline import Step, What
from voice_agent.simulator.twin import Twin

TONE_MS_A_WORD: Final = 300
TALKS_MS: Final = 1500
"""How long a caller stays with a nurse."""
LISTENS_MS: Final = 2500
"""How long a nurse listens before pressing 1."""
ON_HOLD_MS: Final = 60_000
SETTLE_S: Final = 8.0
TOKEN: Final = re.compile(r"/twilio/nurse/([\w-]+)/")


class ToneVoice(Voice):
    """Hums a line instead of speaking it."""

    def speak(self, text: str) -> bytes:
        return _tone(len(text.split()))


@functools.cache
def _tone(words: int) -> bytes:
    return sound.tone(300.0, ms=TONE_MS_A_WORD * max(1, words), rms=400.0)


class _Patient:
    """The caller's telephone outside the media stream: on hold, with a nurse."""

    def __init__(self) -> None:
        self._where = Where.NOTHING
        self._since_ms = 0

    def step(self, phone: Phone) -> None:
        if phone.where is not self._where:
            self._where, self._since_ms = phone.where, phone.now_ms
        stayed_ms = phone.now_ms - self._since_ms
        if (phone.where is Where.PERSON and stayed_ms >= TALKS_MS) or (
            phone.where is Where.HOLD and stayed_ms >= ON_HOLD_MS
        ):
            phone.hang_up()


class _NurseLine:
    """Takes a call that was sent there, and ends it soon."""

    def step(self, phone: Phone) -> None:
        if phone.where is Where.PERSON and phone.now_ms >= TALKS_MS:
            phone.hang_up()


class Exchange:
    """Places calls through a twin, with the callers' process on their media streams."""

    def __init__(
        self,
        twin: Twin,
        callers: Callers,
        nurses: tuple[str, ...],
        nurse_line: str,
        seen_ms: Callable[[str], float | None] = lambda token: None,
    ) -> None:
        """`seen_ms`: when the case with this token stood on the console."""
        self._twin, self._callers, self._seen_ms = twin, callers, seen_ms
        self._roles: dict[str, Role] = {}
        self._streams: dict[str, list[Closed]] = {}
        self._errors: dict[str, list[str]] = {}
        twin.timeline.listen(self._note)
        twin.voice = ToneVoice(twin.settings.say_voice)
        twin.connect = self._connect
        for number in nurses:
            twin.install(number, self._nurse(number))
        line = Ring(answers_after_s=0.3)
        twin.install(nurse_line, lambda: Phone(_NurseLine(), voice=twin.voice, ears=None, ring=line))

    def call(self, role: Role, caller_number: str, over: Callable[[], bool]) -> CallFacts:
        """Place the call and hold it until it ends, or until `over`: then it is hung up."""
        placed_ms = self._callers.now_ms()
        phone = Phone(_Patient(), voice=self._twin.voice, ears=None)
        leg = self._twin.call(phone, caller_number)
        self._roles[leg.sid] = role
        stopped = False
        while not leg.join(0.2):
            if over() and not stopped:
                stopped = True
                self._callers.hang_up(leg.sid)
                leg.order(HungUpError("network"))
        over_ms = self._callers.now_ms()
        streams = self._streams.pop(leg.sid, [])
        del self._roles[leg.sid]
        rung = self._rung(leg)
        errors = tuple(self._errors.pop(leg.sid, ()))
        facts = streams[0].facts if streams else None
        return CallFacts(
            number=role.number,
            goal=role.goal,
            voice=role.voice,
            pace=role.pace,
            conditions=role.conditions,
            expected=streams[0].expected if streams else "hung_up",
            ended=self._ended(leg, facts, [*errors, *(facts.errors if facts else ())], stopped=stopped),
            placed_ms=placed_ms,
            over_ms=over_ms,
            stream=facts,
            nurse_rung_ms=self._callers.now_ms() - (time.time() - rung.created_at) * 1000 if rung else None,
            console_ms=self._seen_ms(_token(rung)) if rung else None,
            errors=errors,
        )

    def settle(self) -> None:
        """Let the nurses' calls and the last callbacks end."""
        until = time.monotonic() + SETTLE_S
        for leg in self._twin.legs():
            if not leg.join(max(0.0, until - time.monotonic())):
                leg.order(HungUpError("network"))
        self._twin.webhooks.settle(SETTLE_S)

    def _nurse(self, number: str) -> Callable[[], Phone]:
        spec = NurseSpec(number=number, answers_after_s=0.5, presses="1", presses_after_s=LISTENS_MS / 1000)
        ring = ScriptedNurse.ring(spec)
        return lambda: Phone(ScriptedNurse(spec), voice=self._twin.voice, ears=None, ring=ring)

    def _connect(self, leg: Leg, verb: Verb, base: str) -> None:
        """`<Connect>`: the stream runs in the other process; this thread waits for its end."""
        noun = verb.inside[0]
        webhooks = self._twin.webhooks
        url = noun.attributes.get("url", "")
        headers = {"X-Twilio-Signature": webhooks.signature(url), "User-Agent": "TwilioMediaStreams/1.0"}
        while leg.sid not in self._roles:
            time.sleep(0.001)  # `call` is about to write it down
        order = Open(
            role=self._roles[leg.sid],
            url=webhooks.reachable(url),
            headers=headers,
            call_id=leg.sid,
            account_id=self._twin.settings.account_sid,
            stream_id=new_sid("MZ"),
            parameters={part.attributes.get("name", ""): part.attributes.get("value", "") for part in noun.inside},
        )
        over = self._callers.open(order)
        try:
            leg.pass_time(over)
        finally:
            if not over.wait(0):
                self._callers.hang_up(leg.sid)
                over.wait(SETTLE_S)
            if closed := self._callers.closed(leg.sid):
                self._streams.setdefault(leg.sid, []).append(closed)
        if closed is not None and closed.facts.gave_up:
            raise HungUpError("caller")
        if action := verb.attributes.get("action"):
            raise SentElsewhereError(Source(urljoin(base, action), verb.attributes.get("method", "POST")))

    def _ended(self, leg: Leg, facts: StreamFacts | None, errors: list[str], *, stopped: bool) -> Ended:
        legs = [other for sid in leg.linked if (other := self._twin.leg(sid))]
        if any(other.direction == "outbound-api" for other in legs):
            return Ended.NURSE
        if any(other.direction == "outbound-dial" for other in legs):
            return Ended.REFUSED if facts is None else Ended.NURSE_LINE
        if facts is not None and facts.gave_up:
            return Ended.GAVE_UP
        if errors:
            return Ended.FAILED
        if stopped:
            return Ended.BENCH_OVER
        return Ended.HUNG_UP if leg.ended_by == "agent" and facts is not None else Ended.FAILED

    def _note(self, step: Step) -> None:
        if step.what is What.ERROR:
            self._errors.setdefault(step.call_id, []).append(step.text)

    def _rung(self, leg: Leg) -> Leg | None:
        """The nurse's telephone that was rung first, of those who were joined (or, while none was, are being rung)."""
        linked = [other for sid in leg.linked if (other := self._twin.leg(sid))]
        rung = [other for other in linked if other.direction == "outbound-api"]
        return min(rung, key=lambda other: other.created_at, default=None)


def _token(nurse: Leg) -> str:
    """The case for which she is rung: it stands in the addresses that the server gave for her leg."""
    found = TOKEN.search(nurse.status_url)
    return found[1] if found else ""
