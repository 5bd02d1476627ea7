"""Signed requests to the server.

Every request carries `X-Twilio-Signature` over the exact public address and the POST parameters. Status callbacks
go out beside the call, in order for each call; documents are fetched by the call itself, which waits for them.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import requests
from twilio.request_validator import RequestValidator

TIMEOUT_S: Final = 15.0
"""Twilio waits so long for a webhook's answer."""
Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    """HTTP status; 0 when it could not be reached or was too slow."""
    body: str = field(default="", repr=False)
    content_type: str = ""
    content: bytes = field(default=b"", repr=False)
    why: str = ""
    """With status 0: the class of the failure."""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


class Webhooks:
    """Signs and sends."""

    def __init__(self, auth_token: str, *, public_url: str = "", local_url: str = "") -> None:
        """Requests to `public_url` are signed as such and sent to `local_url`, when the two are given."""
        self._validator = RequestValidator(auth_token)
        self._public = public_url.rstrip("/")
        self._local = local_url.rstrip("/")
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="callback")
        self._lock = threading.Lock()
        self._queues: dict[str, deque[Callable[[], None]]] = {}

    def signature(self, url: str, params: Params | None = None) -> str:
        return str(self._validator.compute_signature(url, dict(params or {})))

    def reachable(self, url: str) -> str:
        """Where a public address is really served; sockets keep their scheme's security."""
        if not self._local:
            return url
        for public, local in ((self._public, self._local), (_as_socket(self._public), _as_socket(self._local))):
            if url == public or url.startswith(public + "/"):
                return local + url[len(public) :]
        return url

    def send(self, url: str, params: Params, method: str = "POST") -> Answer:
        """One request, now; its failure is an answer with status 0."""
        if method == "GET":
            url += ("&" if "?" in url else "?") + urlencode(params) if params else ""
            params = {}
        headers = {"X-Twilio-Signature": self.signature(url, params), "User-Agent": "TwilioProxy/1.1"}
        try:
            response = requests.request(
                method, self.reachable(url), data=dict(params), headers=headers, timeout=TIMEOUT_S
            )
        except requests.RequestException as error:
            return Answer(0, why=type(error).__name__)
        kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        return Answer(response.status_code, response.text, kind, response.content)

    def call_back(self, key: str, url: str, params: Params, method: str, done: Callable[[Answer], None]) -> None:
        """Send beside the call, after what `key` already waits for; `done` gets the answer in another thread."""
        with self._lock:
            queue = self._queues.setdefault(key, deque())
            queue.append(lambda: done(self.send(url, params, method)))
            if len(queue) == 1:
                self._pool.submit(self._drain, key)

    def settle(self, timeout_s: float) -> None:
        """Wait until nothing is under way, or so long."""
        until = time.monotonic() + timeout_s
        while self._queues and time.monotonic() < until:
            time.sleep(0.02)

    def close(self) -> None:
        """Send what still waits, then stop."""
        self._pool.shutdown(wait=True)

    def _drain(self, key: str) -> None:
        while True:
            with self._lock:
                task = self._queues[key][0]
            task()
            with self._lock:
                self._queues[key].popleft()
                if not self._queues[key]:
                    del self._queues[key]
                    return


def _as_socket(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme={"https": "wss", "http": "ws"}.get(parts.scheme, parts.scheme)))
