"""What a call needs of a telephone.

A simulated person's (`phone`), or one that somebody real holds in a browser (`softphone`).
"""

from __future__ import annotations

from typing import Protocol

from voice_agent.simulator.phone import Ring, Where
from voice_agent.simulator.timeline import Notebook


class Telephone(Protocol):
    """Belongs to the thread of its call; only `hung_up` may be read elsewhere."""

    hung_up: bool
    where: Where
    said: bytearray
    received: bytearray
    """The exact sound in each direction, mu-law, where it is kept."""

    @property
    def ring(self) -> Ring:
        """How it reacts to being rung."""

    def connect(self, notes: Notebook) -> None:
        """From now on steps are written down there."""

    def exchange(self, frame: bytes, *, transcribe: bool = True) -> bytes:
        """20 ms in, 20 ms out. `transcribe` false: its words will be `told`."""

    def told(self, text: str, *, at_ms: int, lasted_ms: int) -> None:
        """The exact words of an announcement that was played to its end."""

    def keys_due(self) -> bool:
        """Whether `pressed` would give any."""

    def pressed(self) -> str:
        """Keys whose time has come."""

    def disconnect(self) -> None:
        """The call is over."""
