"""Pages for nurses and operations, put together.

Server-rendered; a small script keeps them fresh, and everything works without it. Who looked at which case is logged
(user, opaque token), what they saw never is.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort
from werkzeug.wrappers import Response as AnyResponse

from voice_agent.web.console import (
    case_pages,
    figures_pages,
    guard,
    live,
    phone,
    practice_pages,
    queue_pages,
    review_pages,
)
from voice_agent.web.console.parts import Parts
from voice_agent.web.console.sessions import Sessions
from voice_agent.web.console.throttle import LoginThrottle
from voice_agent.web.settings import WebSettings


def console_blueprint(settings: WebSettings, parts: Parts, clock: Callable[[], float]) -> Blueprint:
    """Everything under /console/. `clock`: Unix time, for the sign-in throttle."""
    console = Blueprint("console", __name__, url_prefix="/console", template_folder="templates", static_folder="static")
    sessions = Sessions(settings.console, parts.users, parts.now)
    guard.add_guard(console, sessions, settings)
    guard.add_sign_in(console, sessions, parts.users, LoginThrottle(parts.sign_in_failures, clock))
    queue_pages.add_queue(console, parts)
    live.add_events(console, parts)
    case_pages.add_case(console, parts)
    case_pages.add_case_work(console, parts)
    case_pages.add_case_notes(console, parts)
    review_pages.add_reviews(console, parts)
    figures_pages.add_figures(console, parts)
    practice_pages.add_practice(console, parts)
    if parts.softphone is not None:
        phone.add_phone(console, parts, parts.softphone, settings.public_url)

    @console.get("/<path:unknown>")
    def nowhere(unknown: str) -> AnyResponse:
        abort(404)

    guard.add_problem_pages(console)
    return console
