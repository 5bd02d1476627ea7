"""Whether spans go anywhere.

Without an address they do not, and nothing beyond OpenTelemetry's API is needed; with one, `otlp` sends them.
"""

from __future__ import annotations

from types import ModuleType
from typing import Final

from opentelemetry import trace
from opentelemetry.trace import Tracer

from voice_agent.errors import SettingsError

NAME: Final = "voice_agent"


def check(endpoint: str | None) -> None:
    """Raises SettingsError when there is an address and the extra `tracing` is not installed."""
    if endpoint:
        _otlp()


def tracer(endpoint: str | None) -> Tracer:
    """To the collector at `endpoint`; without one, a tracer that does nothing. Raises SettingsError as `check` does."""
    if not endpoint:
        return trace.get_tracer(NAME)
    sending: Tracer = _otlp().tracer(endpoint, NAME)
    return sending


def _otlp() -> ModuleType:
    try:
        from voice_agent.services import otlp
    except ImportError as error:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but what sends traces is not installed; "
            "install it (pip install 'voice-agent[tracing]'), or unset the variable"
        ) from error
    return otlp
