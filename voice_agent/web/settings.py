"""What the web layer is told.

Frozen; built by `wiring` from config.yaml and the environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from voice_agent.telephony.lines import Lines


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
