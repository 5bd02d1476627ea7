"""A call from a browser, from the first ring to the end.

The page holds the telephone; TwiML is played as for any call of the twin. What such a call cannot do, be connected
with a telephone outside, the page is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import urljoin

import websocket

from voice_agent.errors import MediaStreamError
from voice_agent.simulator.documents import TwimlError, Verb
from voice_agent.simulator.leg import HungUpError, Leg, SentElsewhereError, Source
from voice_agent.simulator.phone import Phone, Where
from voice_agent.simulator.softphone import Browser, BrowserGoneError, Softphone
from voice_agent.simulator.softphone_stream import Relay
from voice_agent.simulator.speech import Speaker
from voice_agent.simulator.timeline import Step, What
from voice_agent.simulator.twin import Twin, TwinSettings

LISTEN_S: Final = 0.25
"""How often we look up from the page's messages."""
WATCH_S: Final = 0.5
SILENT_S: Final = 15.0
"""A page sends 50 messages a second; one that is silent for so long is gone, though nobody said so."""
END_S: Final = 3.0
RESUME_PATH: Final = "/twilio/resume"
"""Contract of the server: what it asks the carrier to fetch when a wait is over."""


class Wait(StrEnum):
    """How it stands with a caller who waits for a nurse."""

    GOES_ON = "goes_on"
    SEND_ON = "send_on"
    """Nobody comes any more: what the carrier would be told to do over REST."""
    NURSE_IS_ELSEWHERE = "nurse_is_elsewhere"
    """A nurse took the call, on a telephone that we cannot reach from here."""


Watch = Callable[[str], Wait]
"""Asked, by CallSid, about a caller on hold."""


@dataclass(frozen=True, slots=True)
class SoftphoneCarrier:
    """A carrier for browsers: each call has a twin of its own, which needs no account anywhere."""

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    """What webhooks and the media socket are signed for."""
    number: str
    """The clinic's, E.164."""
    nurse_line: str = field(repr=False)
    voice: Speaker
    """Speaks `<Say>`."""

    def call(self, browser: Browser, *, caller: str, local_url: str, watch: Watch, closing: Callable[[], bool]) -> None:
        """Call the clinic for whoever sits at `browser`; return when the call is over.

        `caller`: the number that it is from. `local_url`: where the server that is signed for is reached from here.
        `closing`: this process stops.
        """
        public = self.public_url.rstrip("/")
        settings = TwinSettings(
            account_sid=self.account_sid,
            auth_token=self.auth_token,
            voice_url=f"{public}/twilio/voice",
            status_url=f"{public}/twilio/status",
            number=self.number,
            public_url=public,
            local_url=local_url,
            port=None,
        )
        with Twin(settings, self.voice) as twin:
            twin.install(self.nurse_line, lambda: _out_of_reach(phone, twin, self.nurse_line))
            phone = Softphone(browser, self.account_sid)
            hold_call(twin, phone, browser, caller=caller, watch=watch, closing=closing)


def hold_call(
    twin: Twin, phone: Softphone, browser: Browser, *, caller: str, watch: Watch, closing: Callable[[], bool]
) -> None:
    """One call through `twin`; see `SoftphoneCarrier.call`. Belongs to the thread that serves the page."""
    twin.connect = phone_connect(phone)
    twin.timeline.listen(lambda step: _report(phone, step))
    leg = twin.call(phone, caller)
    try:
        _listen(phone, leg, browser, watch, closing)
    finally:
        if not leg.over.is_set():
            leg.order(HungUpError("caller"))
            leg.join(END_S)
    phone.tell("over", by=leg.ended_by or "network")


def phone_connect(phone: Softphone) -> Callable[[Leg, Verb, str], None]:
    """What plays `<Connect>` on this telephone's call."""

    def connect(leg: Leg, verb: Verb, base: str) -> None:
        if len(verb.inside) != 1:
            raise TwimlError(12200, "<Connect> holds exactly one <Stream>")
        noun = verb.inside[0]
        try:
            relay = Relay(leg.twin.webhooks, noun.attributes.get("url", ""), phone.send)
        except (OSError, websocket.WebSocketException) as error:
            # As at Twilio: the call goes on with the next verb.
            status = getattr(error, "status_code", None)
            problem = f"31920: the upgrade of the media socket failed: {status or type(error).__name__}"
            leg.notes.note(What.ERROR, problem)
        else:
            parameters = {part.attributes.get("name", ""): part.attributes.get("value", "") for part in noun.inside}
            _stream(phone, leg, relay, parameters)
        if action := verb.attributes.get("action"):
            raise SentElsewhereError(Source(urljoin(base, action), verb.attributes.get("method", "POST")))

    return connect


def _stream(phone: Softphone, leg: Leg, relay: Relay, parameters: dict[str, str]) -> None:
    """Until the server closes the socket. Raises what interrupts the call."""
    phone.relay = relay
    phone.open_stream(relay.stream_id, parameters)
    relay.start()
    phone.where = Where.AGENT
    try:
        leg.pass_time(relay.over)
    finally:
        phone.relay = None
        relay.close(leg.sid, leg.twin.settings.account_sid)
        phone.where = Where.NOTHING
        phone.end_stream()


def _listen(phone: Softphone, leg: Leg, browser: Browser, watch: Watch, closing: Callable[[], bool]) -> None:
    """Read the page until the call is over, and look after a caller on hold meanwhile."""
    look_at = heard_at = time.monotonic()
    while not leg.over.is_set():
        try:
            message = browser.receive(LISTEN_S)
            goes_on = time.monotonic() - heard_at < SILENT_S if message is None else phone.arrived(message)
            heard_at = heard_at if message is None else time.monotonic()
        except BrowserGoneError:
            goes_on = False
        except MediaStreamError as error:
            phone.tell("problem", words=str(error))
            goes_on = False
        if not goes_on:
            leg.order(HungUpError("caller"))
            leg.join(END_S)
            return
        if closing():
            leg.order(HungUpError("network"))
        if phone.where is Where.HOLD and time.monotonic() >= look_at:
            look_at = time.monotonic() + WATCH_S
            _look_after(phone, leg, watch(leg.sid))


def _look_after(phone: Softphone, leg: Leg, wait: Wait) -> None:
    match wait:
        case Wait.SEND_ON:
            leg.order(SentElsewhereError(Source(urljoin(leg.twin.settings.voice_url, RESUME_PATH))))
        case Wait.NURSE_IS_ELSEWHERE:
            phone.tell("elsewhere")
            leg.order(HungUpError("network"))
        case Wait.GOES_ON:
            return


def _out_of_reach(phone: Softphone, twin: Twin, number: str) -> Phone:
    """The nurse line: a telephone outside. The page is told; the call goes on as if nobody answered."""
    phone.tell("dialled", number=number)
    return twin.out_of_service()


def _report(phone: Softphone, step: Step) -> None:
    if step.what is What.ERROR and step.call_id == phone.call_id:
        phone.tell("problem", words=step.text)
