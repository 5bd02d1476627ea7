"""A nurse's console during a bench: when each case stood on it.

It does what the page in a browser does: it signs in, holds `/console/events` open, and fetches the queue when it is
told that something changed. A case's token stands in the links of the queue.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import requests

from voice_agent.bench.callers import BenchError

CASE: Final = re.compile(r"/console/cases/([\w-]+)")
CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')
TIMEOUT_S: Final = 10.0
AGAIN_S: Final = 1.0


class Console:
    """A context manager: inside, one page is open."""

    def __init__(self, url: str, name: str, password: str, now_ms: Callable[[], float]) -> None:
        """`url` of the server, `now_ms`: the bench's clock."""
        self._url, self._name, self._password = url, name, password
        self._now_ms = now_ms
        self._session = requests.Session()
        self._seen: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="bench-console", daemon=True)

    def __enter__(self) -> Self:
        """Raises BenchError when nobody can sign in."""
        try:
            page = self._session.get(f"{self._url}/console/sign-in", timeout=TIMEOUT_S).text
            form = {"name": self._name, "password": self._password, "csrf": _csrf(page)}
            answer = self._session.post(f"{self._url}/console/sign-in", form, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            raise BenchError(f"The console does not answer ({type(error).__name__}).") from error
        if answer.status_code != requests.codes.see_other:
            raise BenchError(f"Nobody could sign in to the console: it answered {answer.status_code}.")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(TIMEOUT_S)
        self._session.close()

    def seen_ms(self, token: str) -> float | None:
        """When the queue with this case had arrived; None when it never did."""
        return self._seen.get(token)

    def _watch(self) -> None:
        while not self._over.is_set():
            with suppress(requests.RequestException):
                self._one_line()
            self._over.wait(AGAIN_S)

    def _one_line(self) -> None:
        """Until the server ends it, as it does every two minutes, or nothing more is wanted."""
        headers = {"Accept": "text/event-stream"}
        with self._session.get(f"{self._url}/console/events", headers=headers, timeout=TIMEOUT_S, stream=True) as line:
            for told in line.iter_lines(chunk_size=1):
                if self._over.is_set() or told == b"event: again":
                    return
                if told == b"event: changed":
                    self._look()

    def _look(self) -> None:
        page = self._session.get(f"{self._url}/console/queue", timeout=TIMEOUT_S).text
        at_ms = self._now_ms()
        for token in CASE.findall(page):
            self._seen.setdefault(token, at_ms)


def _csrf(page: str) -> str:
    found = CSRF.search(page)
    if found is None:
        raise BenchError("The console's sign-in page has no form.")
    return found[1]
