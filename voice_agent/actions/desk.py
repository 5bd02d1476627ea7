"""What every action needs: book, content, clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from voice_agent.ports import Scheduling
from voice_agent.triage.protocols import Protocol


@dataclass(frozen=True, slots=True)
class Desk:
    """What the actions work with."""

    scheduling: Scheduling
    protocols: Sequence[Protocol]
    faq: Mapping[str, Sequence[str]]
    """Id → approved sentences, placeholders filled (`triage.faq.filled`)."""
    now: Callable[[], datetime] = field(repr=False)
    """The clinic's local time, aware."""
