"""What the web layer is told.

Frozen; built by `wiring` from config.yaml and the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from voice_agent.strict_yaml import STRICT
from voice_agent.telephony.lines import Lines
from voice_agent.web.lateness import LATE_AFTER_MS


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How much one server takes on."""

    __pydantic_config__ = STRICT

    max_calls: Annotated[int, Field(ge=1, le=1000)] = 20
    """Calls at once; the next one goes to the nurse line. Recognition takes a core for some ten."""
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    """Processes that hold calls; 0: one for each core."""
    late_after_ms: Annotated[int, Field(ge=100, le=10_000)] = LATE_AFTER_MS
    """Lateness of the live calls, 95th percentile over 10 s, from which on new ones go to the nurse line."""
    action_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks from which Rasa may call our action endpoint."""

    @property
    def processes(self) -> int:
        """How many `workers` means on this machine."""
        return self.workers or len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class ConsoleTimes:
    """How long a login lasts, how many pages are kept fresh, and whether there is a telephone."""

    __pydantic_config__ = STRICT

    idle_minutes: Annotated[float, Field(gt=0)] = 15
    """Logged out after so long without use."""
    session_hours: Annotated[float, Field(gt=0)] = 12
    """Logged out after this in any case."""
    smallest_number: Annotated[int, Field(ge=1)] = 5
    """A number of calls below this is not shown among the figures: it may be one person."""
    live_pages: Annotated[int, Field(ge=0, le=16)] = 8
    """Open pages that each server tells of changes at once; each holds a thread. Further ones ask every two seconds."""
    softphone: bool = False
    """Whether staff can call the agent from /console/phone."""


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """The pages for nurses and operations."""

    secret: str = field(repr=False)
    """Signs session cookies; `Cipher.derived_key("console")`."""
    clinic_name: str = "Clinic"
    zone: str = "UTC"
    """IANA zone in which times are shown."""
    idle_minutes: float = 15
    """A session that nobody used for so long is over. Pages that refresh themselves do not count as use."""
    session_hours: float = 12
    """A session is over after this in any case."""
    smallest_number: int = 5
    """A number of calls below this is not shown among the figures."""
    live_pages: int = 8
    """Open pages that are told of changes at once; each holds a thread. The next one asks every two seconds."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The server."""

    public_url: str
    """Scheme and host under which Twilio and the nurses reach us, without a path."""
    auth_token: str = field(repr=False)
    """TWILIO_AUTH_TOKEN: what webhooks are signed with."""
    nurse_line: str = field(repr=False)
    """Number that is dialled when nothing else works, E.164."""
    max_calls: int
    """Calls on our stream at once; the next one goes to the nurse line."""
    console: ConsoleSettings
    lines: Lines = field(default_factory=Lines)

    @property
    def https(self) -> bool:
        """Whether the world reaches us over TLS."""
        return self.public_url.lower().startswith("https://")
