"""A red flag of the rules, while we wait for what its words mean.

The opinion is there in some tens of milliseconds. Where it is far from any emergency, one question decides in place of
the alarm; where it is not, or when it does not come, the flag is raised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from voice_agent.triage.raised import RedFlagRaised
from voice_agent.triage.red_flags import DiscriminatingQuestion

PATIENCE_MS: Final = 300
"""Audio time from the first words that raised it; an opinion takes some 25 ms, and a few calls may ask at once."""


@dataclass(frozen=True, slots=True)
class Held:
    """Raised by the rules, not yet acted upon."""

    raised: RedFlagRaised
    text: str = field(repr=False)
    """Whose meaning decides."""
    since_ms: int


class HeldFlag:
    """At most one in a call: the next words of the caller take the place of the last."""

    def __init__(self) -> None:
        self._held: Held | None = None
        self.question: DiscriminatingQuestion | None = None
        """What is to be asked about a flag that was doubted, once the caller has said all."""

    @property
    def text(self) -> str | None:
        """The words whose meaning is waited for; None when nothing is held."""
        return self._held.text if self._held else None

    def hold(self, raised: RedFlagRaised, text: str, now_ms: int) -> None:
        """Wait from now on, or from when the wait for earlier words began."""
        self._held = Held(raised, text, self._held.since_ms if self._held else now_ms)

    def release(self) -> RedFlagRaised | None:
        """What was held, if anything; it no longer is."""
        held, self._held = self._held, None
        return held.raised if held else None

    def overdue(self, now_ms: int) -> bool:
        """Whether the opinion should have been here."""
        return self._held is not None and now_ms - self._held.since_ms >= PATIENCE_MS

    def take_question(self) -> DiscriminatingQuestion | None:
        """The question about a doubted flag; it is put once."""
        question, self.question = self.question, None
        return question
