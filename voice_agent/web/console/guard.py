"""Nobody in without a session, no form without its token, the headers on every answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog
from flask import Blueprint, Response, abort, current_app, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from voice_agent.errors import CallStoreError, RecordsError
from voice_agent.web.console.parts import is_nurse
from voice_agent.web.console.sessions import Sessions, Users, csrf_matches, csrf_token
from voice_agent.web.console.throttle import LoginThrottle
from voice_agent.web.settings import WebSettings

log = structlog.get_logger(__name__)

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
REFRESHING: Final = frozenset(
    {"console.queue_fragment", "console.case_status", "console.alarms", "console.events", "console.phone_line"}
)
"""Asked by the script, by itself: not a sign that somebody sits there."""
PAGES: Final = (
    ("console.queue", "Queue"),
    ("console.reviews", "Review list"),
    ("console.figures_page", "Figures"),
    ("console.practice", "Practice"),
    ("console.phone", "Phone"),
)
"""Endpoint and name of what the top of every page leads to, where it is there."""
FOR_NURSES: Final = frozenset({"console.reviews", "console.practice"})


def add_guard(console: Blueprint, sessions: Sessions, settings: WebSettings) -> None:
    """Before and after every request under /console/."""

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
        if request.endpoint == "console.phone":
            response.headers["Permissions-Policy"] = "camera=(), microphone=(self), geolocation=()"
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
            "is_nurse": is_nurse(g.get("user")),
            "pages": [page for page in PAGES if _leads_somewhere(page[0])],
        }


def add_sign_in(console: Blueprint, sessions: Sessions, users: Users, throttle: LoginThrottle) -> None:
    """/console/sign-in and /console/sign-out."""

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


def add_problem_pages(console: Blueprint) -> None:
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


def _leads_somewhere(endpoint: str) -> bool:
    """Whether the page is there, and for this user."""
    return endpoint in current_app.view_functions and (is_nurse(g.get("user")) or endpoint not in FOR_NURSES)


def _inside(path: str) -> str:
    """`path` when it leads into the console, else '': a sign-in must not send anybody elsewhere."""
    return path if path.startswith("/console/") and "\\" not in path and path.isprintable() else ""
