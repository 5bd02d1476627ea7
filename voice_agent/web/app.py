"""The Flask application, put together.

Blueprints only translate: TwiML and pages out, events in. What they stand on is handed in; nothing here reads the
environment or chooses an adapter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog
from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from voice_agent.case_desk import CaseDesk
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import CaseDeskStore, Services, SignInFailures
from voice_agent.records.call_facts import CallFacts
from voice_agent.telephony import signature
from voice_agent.transfer_care import TransferCare
from voice_agent.web.answers import nurse_line_answer
from voice_agent.web.calls import calls_blueprint
from voice_agent.web.capacity import Capacity
from voice_agent.web.console.pages import console_blueprint
from voice_agent.web.console.parts import Parts, Softphone
from voice_agent.web.console.sessions import Users
from voice_agent.web.health import health_blueprint
from voice_agent.web.metrics import Metrics
from voice_agent.web.nurse_leg import nurse_blueprint
from voice_agent.web.readiness import Readiness
from voice_agent.web.settings import WebSettings

log = structlog.get_logger(__name__)

LONGEST_FORM: Final = 64 * 1024
"""Bytes; Twilio's webhooks and the console's forms are a few hundred."""


def create_app(
    settings: WebSettings,
    services: Services,
    desk: NurseDesk,
    users: Users,
    facts: CallFacts,
    case_store: CaseDeskStore,
    failures: SignInFailures,
    *,
    capacity: Capacity | None = None,
    readiness: Readiness | None = None,
    metrics: Metrics | None = None,
    blueprints: Sequence[Blueprint] = (),
    softphone: Softphone | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    clock: Callable[[], float] = time.time,
) -> Flask:
    """The application. `blueprints` are those that need more than this: the media socket, Rasa's actions.

    Hand in `capacity` and `metrics` to share them with the media socket and with the nurse desk's `observe`.
    """
    capacity = capacity or Capacity(settings.max_calls)
    readiness = readiness or Readiness(services.checks, extras=services.extras)
    metrics = metrics or Metrics(capacity)
    care = TransferCare(desk, services.store, services.carrier, now)
    app = _flask(settings)
    app.extensions["voice_agent"] = {"capacity": capacity, "readiness": readiness, "metrics": metrics}
    _check_signatures(app, settings, metrics)
    _answer_failures(app, settings, metrics)
    app.register_blueprint(calls_blueprint(settings, services, desk, care, capacity, readiness, metrics, now, facts))
    app.register_blueprint(nurse_blueprint(settings, services, desk, metrics))
    app.register_blueprint(health_blueprint(readiness, metrics, capacity))
    parts = Parts(
        settings=settings.console,
        store=services.store,
        case_store=case_store,
        cases=CaseDesk(case_store, now),
        nurses=desk,
        users=users,
        facts=facts,
        now=now,
        closing=lambda: capacity.draining,
        sign_in_failures=failures,
        softphone=softphone,
    )
    app.register_blueprint(console_blueprint(settings, parts, clock))
    for blueprint in blueprints:
        app.register_blueprint(blueprint)

    @app.get("/")
    def front_door() -> AnyResponse:
        return redirect("/console/", 303)

    return app


def _flask(settings: WebSettings) -> Flask:
    """The application without a page; its cookies go to the console, and nowhere else."""
    app = Flask(__name__, static_folder=None)
    app.secret_key = settings.console.secret
    app.config.update(
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
        SESSION_COOKIE_NAME="voice_agent_console",
        SESSION_COOKIE_PATH="/console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=settings.https,
    )
    return app


def _check_signatures(app: Flask, settings: WebSettings, metrics: Metrics) -> None:
    """Every request under /twilio/ is Twilio's, or refused: 403, counted, nothing else."""

    @app.before_request
    def admit() -> Response | None:
        if not (request.path == "/twilio" or request.path.startswith("/twilio/")):
            if request.path.startswith("/console/"):
                request.max_content_length = LONGEST_FORM
            return None
        request.max_content_length = LONGEST_FORM
        target, given = _target(), request.headers.get("X-Twilio-Signature", "")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            right = signature.valid_upgrade(settings.public_url, target, given, settings.auth_token)
        else:
            address = signature.public_address(settings.public_url, target)
            right = signature.valid(address, request.form, given, settings.auth_token)
        if right:
            return None
        metrics.refused.labels("signature").inc()
        return Response(status=403)


def _target() -> str:
    """Path and query exactly as they stood in the request line: that is what was signed."""
    for name in ("RAW_URI", "REQUEST_URI"):
        raw = str(request.environ.get(name, ""))
        if raw.startswith("/"):
            return raw
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def _answer_failures(app: Flask, settings: WebSettings, metrics: Metrics) -> None:
    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response | HTTPException | tuple[str, int]:
        """What no blueprint answered itself: words for a caller, one plain line for anybody else."""
        if isinstance(error, HTTPException):
            return error
        metrics.failures.labels("unexpected").inc()
        log.exception("request_failed", path=request.path)
        if request.path.startswith("/twilio/"):
            return nurse_line_answer(settings)
        return "Something went wrong on our side; the log says what.\n", 500
