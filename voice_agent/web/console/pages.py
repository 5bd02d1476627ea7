"""Pages for nurses: queue and cases.

Server-rendered; a small script refreshes the queue, and everything works without it. Who looked at which case is
logged (user, opaque token), what they saw never is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from flask import Blueprint, Response, abort, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from voice_agent.errors import CallStoreError, RecordsError
from voice_agent.ports import CallStore
from voice_agent.records.users import Role, User
from voice_agent.web.console import views
from voice_agent.web.console.sessions import Sessions, Users, csrf_matches, csrf_token
from voice_agent.web.console.throttle import LoginThrottle
from voice_agent.web.settings import WebSettings

log = structlog.get_logger(__name__)

SHOWN: Final = 60
"""Transfers on the queue page."""
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
OPEN_TO_ALL: Final = frozenset({"console.sign_in", "console.try_sign_in", "console.static"})
REFRESHING: Final = frozenset({"console.queue_fragment", "console.case_status"})
"""Asked by the script every two seconds: not a sign that somebody sits there."""


def console_blueprint(
    settings: WebSettings,
    store: CallStore,
    users: Users,
    now: Callable[[], datetime],
    clock: Callable[[], float],
) -> Blueprint:
    """Everything under /console/. `clock` counts seconds for the sign-in throttle."""
    console = Blueprint("console", __name__, url_prefix="/console", template_folder="templates", static_folder="static")
    zone = ZoneInfo(settings.console.zone)
    sessions = Sessions(settings.console, users, now)
    throttle = LoginThrottle(clock)
    _guard(console, sessions, settings)
    _sign_in_pages(console, sessions, users, throttle)

    @console.get("/")
    def queue() -> str:
        log.info("console_queue_viewed", user=g.user.name)
        return render_template("console/queue.html", queue=_queue(store, now(), zone, g.user))

    @console.get("/queue")
    def queue_fragment() -> str:
        return render_template("console/_queue.html", queue=_queue(store, now(), zone, g.user))

    @console.get("/cases/<token>")
    def case(token: str) -> str:
        _nurses_only()
        shown = _case(store, token, now(), zone)
        log.info("console_case_viewed", user=g.user.name, transfer=token)
        return render_template("console/case.html", case=shown, callback_open=_owed(store, token))

    @console.get("/cases/<token>/status")
    def case_status(token: str) -> str:
        _nurses_only()
        return render_template("console/_case_status.html", case=_case(store, token, now(), zone))

    @console.post("/callbacks/<token>/close")
    def close_callback(token: str) -> AnyResponse:
        _nurses_only()
        closed = store.close_callback(token)
        log.info("console_callback_closed", user=g.user.name, transfer=token, closed=closed)
        return redirect(url_for("console.queue"), 303)

    @console.get("/<path:unknown>")
    def nowhere(unknown: str) -> AnyResponse:
        abort(404)

    _problem_pages(console)
    return console


def _guard(console: Blueprint, sessions: Sessions, settings: WebSettings) -> None:
    """Nobody in without a session, no form without its token, the headers on every answer."""

    @console.before_request
    def admit() -> AnyResponse | None:
        g.user = None
        if request.method == "POST" and not csrf_matches(session, request.form.get("csrf", "")):
            abort(400)
        if request.endpoint in OPEN_TO_ALL:
            return None
        g.user = sessions.user(session, counts_as_use=request.endpoint not in REFRESHING)
        if g.user is not None:
            return None
        if request.endpoint in REFRESHING:
            # The script reloads the page on this, and lands on the sign-in.
            return Response(status=401)
        return redirect(url_for("console.sign_in", next=request.path if request.method == "GET" else None), 303)

    @console.after_request
    def seal(response: Response) -> Response:
        response.headers.update(HEADERS)
        if request.endpoint == "console.static":
            response.headers["Cache-Control"] = "no-cache"
        if settings.https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    @console.context_processor
    def common() -> dict[str, object]:
        return {
            "clinic_name": settings.console.clinic_name,
            "user": g.get("user"),
            "csrf": csrf_token(session),
            "is_nurse": _is_nurse(g.get("user")),
        }


def _sign_in_pages(console: Blueprint, sessions: Sessions, users: Users, throttle: LoginThrottle) -> None:
    @console.get("/sign-in")
    def sign_in() -> str:
        return render_template("console/sign_in.html", problem="", after=_inside(request.args.get("next", "")))

    @console.post("/sign-in")
    def try_sign_in() -> AnyResponse | tuple[str, int]:
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        after, address = _inside(request.form.get("next", "")), request.remote_addr or ""
        if wait_s := throttle.wait_s(name, address):
            log.warning("console_sign_in_throttled", address=address)
            minutes = int(wait_s // 60) + 1
            problem = f"Too many tries. Please wait {minutes} minute{'s' if minutes > 1 else ''}."
            return render_template("console/sign_in.html", problem=problem, after=after), 429
        user = users.verify(name, password)
        if user is None:
            throttle.failed(name, address)
            log.warning("console_sign_in_failed", address=address)
            problem = "Name or password is wrong."
            return render_template("console/sign_in.html", problem=problem, after=after), 401
        throttle.succeeded(name, address)
        sessions.open(session, user)
        log.info("console_signed_in", user=user.name)
        return redirect(after or url_for("console.queue"), 303)

    @console.post("/sign-out")
    def sign_out() -> AnyResponse:
        name = sessions.end(session)
        log.info("console_signed_out", user=name)
        return redirect(url_for("console.sign_in"), 303)


def _queue(store: CallStore, now: datetime, zone: ZoneInfo, user: User) -> views.Queue:
    transfers, callbacks = store.recent_transfers(SHOWN), store.callbacks()
    summaries = {}
    if _is_nurse(user):
        for token in {transfer.token for transfer in transfers} | {task.token for task in callbacks}:
            if summary := store.load_summary(token):
                summaries[token] = summary
    return views.queue(transfers, callbacks, summaries, now, zone)


def _case(store: CallStore, token: str, now: datetime, zone: ZoneInfo) -> views.Case:
    transfer, summary = store.load_transfer(token), store.load_summary(token)
    if transfer is None or summary is None:
        abort(404)
    return views.case(transfer, summary, now, zone)


def _owed(store: CallStore, token: str) -> bool:
    return any(task.token == token for task in store.callbacks())


def _is_nurse(user: User | None) -> bool:
    return user is not None and user.role is Role.NURSE


def _nurses_only() -> None:
    if not _is_nurse(g.user):
        log.warning("console_case_refused", user=g.user.name)
        abort(403)


def _inside(path: str) -> str:
    """`path` when it leads into the console, else '': a sign-in must not send anybody elsewhere."""
    return path if path.startswith("/console/") and "\\" not in path and path.isprintable() else ""


def _problem_pages(console: Blueprint) -> None:
    """What is shown when a page cannot be."""

    @console.errorhandler(CallStoreError)
    @console.errorhandler(RecordsError)
    def unreachable(error: CallStoreError | RecordsError) -> tuple[str, int]:
        log.error("console_page_failed", path=request.path, code=error.code, problem=str(error))
        return render_template("console/problem.html", title="Not available right now", problem=str(error)), 503

    for status, title, words in (
        (403, "Not for your account", "Cases are shown to nurses only."),
        (404, "Not here", "There is no such page or case, or the time for which the case is kept has run out."),
        (400, "Please try again", "The form was too old, or not ours. Go back, reload the page and send it again."),
    ):
        console.register_error_handler(status, _problem_page(status, title, words))


def _problem_page(status: int, title: str, words: str) -> Callable[[Exception], tuple[str, int]]:
    def page(error: Exception) -> tuple[str, int]:
        return render_template("console/problem.html", title=title, problem=words), status

    return page
