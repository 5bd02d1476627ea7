"""What the main process and the callers' process tell each other: orders in, news out."""

from __future__ import annotations

from dataclasses import dataclass, field

from voice_agent.bench.cast import Role
from voice_agent.bench.facts import StreamFacts

# Orders.


@dataclass(frozen=True, slots=True)
class Prepare:
    """Have these roles' sounds ready; answered with Prepared."""

    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """Open a media stream and hold the call on it; answered with Closed."""

    role: Role
    url: str
    headers: dict[str, str] = field(repr=False)
    call_id: str
    account_id: str
    stream_id: str
    parameters: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HangUp:
    """End this call now."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What a sentence means."""

    texts: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Quit:
    """No more."""


# News.


@dataclass(frozen=True, slots=True)
class Prepared:
    """All sounds are there."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A sentence that nobody has understood yet, and that a caller waits for."""

    key: str
    mulaw: bytes = field(repr=False)
    urgent: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """A stream has ended."""

    call_id: str
    facts: StreamFacts = field(repr=False)
    expected: str


@dataclass(frozen=True, slots=True)
class Progressed:
    """Once a second."""

    live: int
    gaps_ms: tuple[float, ...]
    """New ones, roughly."""
    late_ms: float
    """The worst lateness of our own clock."""
