"""Who measures a call, as the call loop sees it.

Told in the call's own thread, and quick: it must never hold the call up.
"""

from __future__ import annotations

from typing import Protocol

from voice_agent.call.commands import Command
from voice_agent.call.events import Event
from voice_agent.call.measurements import Counted


class CallObserver(Protocol):
    """Measures one call."""

    def happened(self, event: Event, commands: list[Command]) -> None:
        """An event, and what is done about it."""

    def frame_sent(self, prompt: int) -> None:
        """A frame of this prompt went out."""

    def counted(self, what: Counted, times: int = 1) -> None:
        """Something that only the loop knows of."""

    def waits(self, timeout_s: float, behind_ms: int) -> None:
        """The loop is about to wait for the socket, so long at most; `behind_ms` of sound wait for the recogniser."""

    def woke(self, message_came: bool) -> None:
        """That wait is over."""


class Unobserved:
    """Measures nothing."""

    def happened(self, event: Event, commands: list[Command]) -> None:
        """Let it pass."""

    def frame_sent(self, prompt: int) -> None:
        """Let it pass."""

    def counted(self, what: Counted, times: int = 1) -> None:
        """Let it pass."""

    def waits(self, timeout_s: float, behind_ms: int) -> None:
        """Let it pass."""

    def woke(self, message_came: bool) -> None:
        """Let it pass."""
