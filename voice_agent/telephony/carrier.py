"""Twilio's REST interface: ring, redirect, hang up.

The addresses that we hand to Twilio carry the transfer's opaque token and the attempt, nothing else. Errors name
Twilio's code, never its text: that can repeat a phone number.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from voice_agent.errors import CarrierError

CALL_IS_OVER: Final = frozenset({20404, 21220})
"""Twilio's codes for a call that is unknown or no longer in progress."""
LIVE: Final = frozenset({"queued", "initiated", "ringing", "in-progress"})
CHECK_EVERY_S: Final = 60.0
"""A good answer of the account check is trusted for so long; a bad one is asked again each time."""


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """How to reach the account."""

    account_sid: str
    auth_token: str = field(repr=False)
    from_number: str
    """Our number, E.164; the nurse's phone shows it."""
    public_url: str
    """Scheme and host under which Twilio reaches us."""
    base_url: str = "https://api.twilio.com"
    """REST base; the twin's address in development."""
    ring_seconds: int = 20
    """How long a nurse's phone rings before the next is tried."""
    timeout_s: float = 5.0
    """How long we wait for Twilio's answer."""
    machine_detection: bool = False
    """Twilio tells us, beside the call, when it takes what answered for a machine."""


class TwilioCarrier:
    """`ports.Carrier` on the twilio client. Safe to call from any thread."""

    def __init__(self, settings: TwilioSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._good_until = float("-inf")
        # One client a thread: TwilioHttpClient keeps the last response on itself and returns it from there, so two
        # threads that share one can be given each other's answer.
        self._local = threading.local()

    def ring_nurse(self, number: str, token: str, attempt: int) -> str:
        leg = f"{self._settings.public_url.rstrip('/')}/twilio/nurse/{token}/{attempt}"
        call = self._asked(
            "ring the nurse",
            lambda client: client.calls.create(
                to=number,
                from_=self._settings.from_number,
                url=f"{leg}/answer",
                method="POST",
                status_callback=f"{leg}/status",
                status_callback_method="POST",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                timeout=self._settings.ring_seconds,
                **self._listening(leg),
            ),
        )
        if not call.sid:
            raise CarrierError(_unreadable("ring the nurse", self._settings.base_url))
        return str(call.sid)

    def _listening(self, leg: str) -> dict[str, str]:
        """Beside the call (async): listening first would keep a nurse waiting for some four seconds.

        https://www.twilio.com/docs/voice/answering-machine-detection
        """
        if not self._settings.machine_detection:
            return {}
        return {
            "machine_detection": "Enable",
            "async_amd": "true",
            "async_amd_status_callback": f"{leg}/answered-by",
            "async_amd_status_callback_method": "POST",
        }

    def redirect(self, call_id: str, path: str) -> None:
        url = self._settings.public_url.rstrip("/") + path
        self._asked("redirect the call", lambda client: client.calls(call_id).update(url=url, method="POST"))

    def hang_up(self, call_id: str) -> None:
        """End the call; one that has ended already is no error."""
        try:
            self._asked("hang up", lambda client: client.calls(call_id).update(status="completed"))
        except CarrierError as error:
            cause = error.__cause__
            if not (isinstance(cause, TwilioRestException) and (cause.code in CALL_IS_OVER or cause.status == 404)):
                raise

    def is_live(self, call_id: str) -> bool:
        try:
            call = self._asked("look after a call", lambda client: client.calls(call_id).fetch())
        except CarrierError as error:
            cause = error.__cause__
            if isinstance(cause, TwilioRestException) and cause.status == 404:
                return False
            raise
        return str(call.status) in LIVE

    def check(self) -> str | None:
        if self._clock() < self._good_until:
            return None
        try:
            self._asked(
                "read the account",
                lambda client: client.api.v2010.accounts(self._settings.account_sid).fetch(),
            )
        except CarrierError as error:
            cause = error.__cause__
            # Any other refusal still shows that the carrier is there and takes our credentials.
            if not isinstance(cause, TwilioRestException) or cause.status in {401, 403, 429} or cause.status >= 500:
                return str(error)
        self._good_until = self._clock() + CHECK_EVERY_S
        return None

    def _client(self) -> Client:
        if not hasattr(self._local, "client"):
            client = Client(
                self._settings.account_sid,
                self._settings.auth_token,
                http_client=TwilioHttpClient(timeout=self._settings.timeout_s),
            )
            client.api.base_url = self._settings.base_url.rstrip("/")
            self._local.client = client
        return self._local.client

    def _asked(self, what: str, ask: Callable[[Client], Any]) -> Any:
        where = self._settings.base_url
        try:
            return ask(self._client())
        except TwilioRestException as error:
            raise CarrierError(_refusal(what, where, error)) from error
        except requests.RequestException as error:
            raise CarrierError(
                f"could not {what}: {where} does not answer ({type(error).__name__}); "
                "check the network and TWILIO_API_URL"
            ) from error
        except (TwilioException, ValueError, KeyError, TypeError, AttributeError) as error:
            # The client takes apart whatever JSON it gets, a proxy's included.
            raise CarrierError(_unreadable(what, where)) from error


def _unreadable(what: str, where: str) -> str:
    return f"could not {what}: the answer of {where} cannot be read; check TWILIO_API_URL"


def _refusal(what: str, where: str, error: TwilioRestException) -> str:
    if error.status in {401, 403}:
        return f"could not {what}: {where} does not accept the account; check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    code = f"https://www.twilio.com/docs/errors/{error.code}" if error.code else "no error code"
    return f"could not {what}: {where} refused with status {error.status} ({code})"
