"""Twilio's REST interface, as far as calls go.

Paths, parameters, errors and the Call resource as https://www.twilio.com/docs/voice/api/call-resource has them, so
that the `twilio` client works against it unchanged.
"""

from __future__ import annotations

import hmac
import re
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, request

from voice_agent.simulator.leg import API_VERSION, OVER, HungUpError, Leg, SentElsewhereError, Source, StatusCallback

if TYPE_CHECKING:
    from voice_agent.simulator.twin import Twin

PHONE_NUMBER: Final = re.compile(r"^\+[1-9]\d{6,14}$")
MOST_TWIML: Final = 4000
"""Characters that the Twiml parameter may have."""
RING_S: Final = 60
METHODS: Final = frozenset({"GET", "POST"})


class Refusal(Exception):  # noqa: N818 - it is Twilio's answer, not a failure of ours
    """An error in Twilio's form."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status = status
        self.code = code
        super().__init__(message)


def create_app(twin: Twin) -> Flask:
    """The REST side of one twin."""
    app = Flask(__name__)
    base = f"/{API_VERSION}/Accounts/<account>"

    _guard(app, twin)

    @app.post("/twin/calls")
    def run_scenario() -> tuple[Response, int]:
        """Not Twilio's: `voice-agent call` in another process lets this twin run a scenario (JSON: name, text)."""
        # Here and not above: it needs the twin, which needs this module.
        from voice_agent.simulator.hosted import run_here

        return run_here(twin, request.get_json())

    @app.get(f"{base}.json")
    def account(account: str) -> Response:
        return jsonify({"sid": account, "friendly_name": "twin", "status": "active", "type": "Full"})

    @app.post(f"{base}/Calls.json")
    def create(account: str) -> tuple[Response, int]:
        return jsonify(_resource(_create(twin)) | {"status": "queued"}), 201

    @app.post(f"{base}/Calls/<sid>.json")
    def update(account: str, sid: str) -> Response:
        leg = _found(twin, sid)
        _update(leg)
        return jsonify(_resource(leg))

    @app.get(f"{base}/Calls/<sid>.json")
    def fetch(account: str, sid: str) -> Response:
        return jsonify(_resource(_found(twin, sid)))

    return app


def _guard(app: Flask, twin: Twin) -> None:
    """Only the account may come in, and refusals have Twilio's form."""

    @app.before_request
    def authenticate() -> None:
        given = request.authorization
        settings = twin.settings
        known = given is not None and given.type == "basic"
        if (
            not known
            or given is None
            or not (
                hmac.compare_digest(str(given.username).encode(), settings.account_sid.encode())
                and hmac.compare_digest(str(given.password).encode(), settings.auth_token.encode())
            )
        ):
            raise Refusal(401, 20003, "Authenticate")
        if (request.view_args or {}).get("account", settings.account_sid) != settings.account_sid:
            raise Refusal(404, 20404, f"The requested resource {request.path} was not found")

    @app.errorhandler(Refusal)
    def refuse(refusal: Refusal) -> tuple[Response, int]:
        body = {
            "code": refusal.code,
            "message": str(refusal),
            "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
            "status": refusal.status,
        }
        return jsonify(body), refusal.status

    @app.errorhandler(404)
    @app.errorhandler(405)
    def unknown(_: Exception) -> tuple[Response, int]:
        return refuse(Refusal(404, 20404, f"The requested resource {request.path} was not found"))


def _create(twin: Twin) -> Leg:
    form = request.form
    to, sender = form.get("To", ""), form.get("From", "")
    if not to:
        raise Refusal(400, 21201, "No 'To' number is specified")
    if not sender:
        raise Refusal(400, 21213, "No 'From' number is specified")
    if not PHONE_NUMBER.match(to):
        raise Refusal(400, 21211, "The phone number you are attempting to call is not valid.")
    if not PHONE_NUMBER.match(sender):
        raise Refusal(400, 21212, "The source phone number provided is not a valid caller ID.")
    source = _source()
    if source is None:
        raise Refusal(400, 21205, "Url parameter is required.")
    ring_s = form.get("Timeout", str(RING_S))
    if not ring_s.isascii() or not ring_s.isdigit() or not 1 <= int(ring_s) <= 600:
        raise Refusal(400, 21216, "Timeout must be a number from 1 to 600")
    events = [event for value in form.getlist("StatusCallbackEvent") for event in value.split()] or ["completed"]
    callback = StatusCallback(
        _address("StatusCallback", 21609) if form.get("StatusCallback") else "",
        _method("StatusCallbackMethod"),
        frozenset(events),
    )
    return twin.place(
        to,
        caller=sender,
        direction="outbound-api",
        program=twin.play(source),
        callback=callback,
        ring_s=float(ring_s),
    )


def _update(leg: Leg) -> None:
    if leg.status in OVER:
        raise Refusal(400, 21220, "Call is not in-progress. Cannot redirect.")
    status = request.form.get("Status", "")
    if status not in {"", "completed", "canceled"}:
        raise Refusal(400, 21218, f"Status {status!r} is not one of completed, canceled")
    source = _source()
    if status:
        leg.order(HungUpError("agent"))
    elif source is not None:
        if leg.answered_at is None:
            raise Refusal(400, 21220, "Call is not in-progress. Cannot redirect.")
        leg.order(SentElsewhereError(source))
    else:
        raise Refusal(400, 21218, "Url, Twiml or Status is required")


def _found(twin: Twin, sid: str) -> Leg:
    leg = twin.leg(sid)
    if leg is None:
        raise Refusal(404, 20404, f"The requested resource {request.path} was not found")
    return leg


def _source() -> Source | None:
    form = request.form
    if twiml := form.get("Twiml"):
        if len(twiml) > MOST_TWIML:
            raise Refusal(400, 21218, f"Twiml is longer than {MOST_TWIML} characters")
        return Source("", twiml=twiml)
    return Source(_address("Url", 21205), _method("Method")) if form.get("Url") else None


def _address(name: str, code: int) -> str:
    url = request.form[name]
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Refusal(400, code, f"{name} is not a valid URL: {url}")
    return url


def _method(name: str) -> str:
    method = request.form.get(name, "POST").upper()
    if method not in METHODS:
        raise Refusal(400, 21207, f"{name} must be GET or POST")
    return method


def _resource(leg: Leg) -> dict[str, Any]:
    account = leg.twin.settings.account_sid
    uri = f"/{API_VERSION}/Accounts/{account}/Calls/{leg.sid}"
    return {
        "sid": leg.sid,
        "account_sid": account,
        "parent_call_sid": leg.parent or None,
        "to": leg.called,
        "to_formatted": leg.called,
        "from": leg.caller,
        "from_formatted": leg.caller,
        "phone_number_sid": None,
        "status": leg.status,
        "direction": leg.direction,
        "api_version": API_VERSION,
        "date_created": formatdate(leg.created_at),
        "date_updated": formatdate(leg.ended_at or leg.answered_at or leg.created_at),
        "start_time": formatdate(leg.answered_at) if leg.answered_at else None,
        "end_time": formatdate(leg.ended_at) if leg.ended_at else None,
        "duration": str(leg.seconds) if leg.ended_at else None,
        "answered_by": None,
        "caller_name": None,
        "forwarded_from": None,
        "group_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {},
    }
