"""A carrier that rings nobody.

It notes what it was asked to do; `fail(why)` makes it refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from voice_agent.errors import CarrierError


@dataclass(frozen=True, slots=True)
class Rung:
    """One nurse leg that was ordered."""

    number: str = field(repr=False)
    token: str
    attempt: int
    call_id: str


class InMemoryCarrier:
    """`ports.Carrier` without a telephone."""

    def __init__(self) -> None:
        self.rung: list[Rung] = []
        self.redirected: list[tuple[str, str]] = []
        """(CallSid, path), in order."""
        self.hung_up: list[str] = []
        self.ended: set[str] = set()
        """Calls that are not live any more, although nobody was told."""
        self._trouble: str | None = None

    def fail(self, why: str = "the carrier is down") -> None:
        """From now on nothing works."""
        self._trouble = why

    def mend(self) -> None:
        """From now on everything works again."""
        self._trouble = None

    def ring_nurse(self, number: str, token: str, attempt: int) -> str:
        self._raise_trouble()
        leg = Rung(number, token, attempt, call_id=f"CAnurse{len(self.rung)}")
        self.rung.append(leg)
        return leg.call_id

    def redirect(self, call_id: str, path: str) -> None:
        self._raise_trouble()
        self.redirected.append((call_id, path))

    def hang_up(self, call_id: str) -> None:
        self._raise_trouble()
        self.hung_up.append(call_id)

    def is_live(self, call_id: str) -> bool:
        self._raise_trouble()
        return call_id not in self.ended and call_id not in self.hung_up

    def check(self) -> str | None:
        return self._trouble

    def _raise_trouble(self) -> None:
        if self._trouble is not None:
            raise CarrierError(self._trouble)
