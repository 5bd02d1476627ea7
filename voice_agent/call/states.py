"""The states of a call and every move between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class CallState(StrEnum):
    """What drives the call; how it ended is a `Disposition`."""

    GREETING = "greeting"
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    TRANSFERRING = "transferring"
    ENDED = "ended"


TRANSITIONS: Final[Mapping[CallState, frozenset[CallState]]] = {
    CallState.GREETING: frozenset(CallState) - {CallState.GREETING},
    CallState.LISTENING: frozenset({CallState.THINKING, CallState.SPEAKING, CallState.TRANSFERRING, CallState.ENDED}),
    CallState.THINKING: frozenset({CallState.SPEAKING, CallState.TRANSFERRING, CallState.ENDED}),
    CallState.SPEAKING: frozenset({CallState.LISTENING, CallState.THINKING, CallState.TRANSFERRING, CallState.ENDED}),
    CallState.TRANSFERRING: frozenset({CallState.ENDED}),
    CallState.ENDED: frozenset(),
}
"""Every move that a call can make; the diagram in docs/ is drawn from it."""
