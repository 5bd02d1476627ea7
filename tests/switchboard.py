"""A telephone company for the page alone: it says what a test's script says, and writes down what it hears."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from voice_agent.simulator.softphone import Browser, BrowserGoneError
from voice_agent.simulator.softphone_call import Watch

PATIENCE_S = 20
STREAM = {"streamSid": "MZ1", "callSid": "CA1", "accountSid": "AC1", "customParameters": {"resumed": "false"}}


class Switchboard:
    """`parts.Softphone` for one call at a time."""

    def __init__(self) -> None:
        self.script: Callable[[Switchboard], None] = Switchboard.listen
        self.callers: list[str] = []
        self.local_urls: list[str] = []
        self.got: list[dict[str, Any]] = []
        self.over = threading.Event()
        self._browser: Browser

    def call(self, browser: Browser, *, caller: str, local_url: str, watch: Watch, closing: Callable[[], bool]) -> None:
        """Run the script."""
        self.callers.append(caller)
        self.local_urls.append(local_url)
        self._browser = browser
        self.over.clear()
        try:
            self.tell("stream", **STREAM)
            self.script(self)
        finally:
            self.over.set()

    # For scripts.

    def tell(self, event: str, **about: object) -> None:
        self._browser.send(json.dumps({"event": event, **about}))

    def send(self, text: str) -> None:
        """A message of Twilio's protocol."""
        self._browser.send(text)

    def listen(self, until: str = "hangup") -> None:
        """Write down what comes, up to the first of this event; a page that closes ends it."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                text = self._browser.receive(0.2)
            except BrowserGoneError:
                return
            if text is not None:
                self.got.append(json.loads(text))
                if self.got[-1]["event"] == until:
                    return
        raise AssertionError(f"no {until} came; there were {[message['event'] for message in self.got[-5:]]}")

    def of(self, event: str) -> list[dict[str, Any]]:
        return [message for message in list(self.got) if message["event"] == event]
