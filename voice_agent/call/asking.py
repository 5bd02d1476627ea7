"""What the dialog was asked, and what the caller said while it thought."""

from __future__ import annotations

from voice_agent.call.commands import AskDialog


class Asking:
    """At most one question to the dialog counts; words that come meanwhile wait for its answer."""

    def __init__(self) -> None:
        self._request = 0
        self._late: list[str] = []
        self.awaits_reply = False
        """An answer is on its way."""

    def ask(self, message: str, denied: tuple[str, ...] = ()) -> AskDialog:
        """Ask; the answer to anything asked before no longer counts. `denied`: see `AskDialog`."""
        self._request += 1
        self.awaits_reply = True
        return AskDialog(self._request, message, denied)

    def counts(self, request: int) -> bool:
        """Whether this is the question whose answer counts."""
        return request == self._request

    def add(self, message: str) -> None:
        """The caller went on while the dialog thinks."""
        self._late.append(message)

    def answered(self) -> str:
        """The answer is here; what the caller said meanwhile, "" when nothing."""
        late, self._late = " ".join(self._late), []
        self.awaits_reply = False
        return late
