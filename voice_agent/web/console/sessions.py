"""Who is signed in, and until when.

The session is Flask's signed cookie; it names the user and the count of sessions that it was opened under, and both
are looked up with every request.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, MutableMapping
from datetime import datetime
from typing import Any, Protocol

from voice_agent.records.users import User
from voice_agent.web.settings import ConsoleSettings

Cookie = MutableMapping[str, Any]


class Users(Protocol):
    """Who may sign in; `records.users.ConsoleUsers`."""

    def verify(self, name: str, password: str) -> User | None: ...

    def load(self, name: str) -> User | None: ...

    def end_sessions(self, name: str) -> None: ...

    def phone(self, name: str) -> str | None: ...


class Sessions:
    """Opens, reads and ends sessions; the cookie is handed in, so nothing here knows of a request."""

    def __init__(self, settings: ConsoleSettings, users: Users, now: Callable[[], datetime]) -> None:
        self._idle_s = settings.idle_minutes * 60
        self._longest_s = settings.session_hours * 3600
        self._users = users
        self._now = now

    def open(self, cookie: Cookie, user: User) -> None:
        """Sign in: a new session, of which nobody can have known the cookie before."""
        now = self._now().timestamp()
        cookie.clear()
        cookie.update(user=user.name, sessions=user.sessions, opened=now, used=now)

    def user(self, cookie: Cookie, *, counts_as_use: bool) -> User | None:
        """Who is signed in; None when nobody is (any more). A page that refreshes itself does not count as use."""
        name, now = cookie.get("user"), self._now().timestamp()
        if not isinstance(name, str):
            return None
        if now - cookie.get("used", 0) > self._idle_s or now - cookie.get("opened", 0) > self._longest_s:
            cookie.clear()
            return None
        user = self._users.load(name)
        if user is None or user.sessions != cookie.get("sessions"):
            cookie.clear()
            return None
        if counts_as_use:
            cookie["used"] = now
        return user

    def end(self, cookie: Cookie) -> str | None:
        """Sign out, everywhere; who it was. A copy of the cookie is worth nothing afterwards."""
        user = self.user(cookie, counts_as_use=False)
        if user is not None:
            self._users.end_sessions(user.name)
        cookie.clear()
        return user.name if user else None


def csrf_token(cookie: Cookie) -> str:
    """The token that every form of this session carries."""
    if "csrf" not in cookie:
        cookie["csrf"] = secrets.token_urlsafe(24)
    return str(cookie["csrf"])


def csrf_matches(cookie: Cookie, token: str) -> bool:
    """Whether a form was ours."""
    expected = cookie.get("csrf")
    return isinstance(expected, str) and hmac.compare_digest(expected.encode(), token.encode())
