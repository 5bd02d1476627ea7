"""Sends spans to an OpenTelemetry collector.

By OTLP over HTTP, in the background and in batches; a collector that is down costs spans and nothing else. Needs the
extra `tracing`, which is imported only here and only when it is asked for.
"""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.trace import Tracer

from voice_agent.errors import SettingsError

NAME = "voice_agent"


def tracer(endpoint: str | None) -> Tracer:
    """A tracer to the collector at `endpoint`, such as http://collector:4318; without one, one that does nothing.

    Raises SettingsError when there is an endpoint and the extra is not installed.
    """
    if endpoint is None:
        return trace.get_tracer(NAME)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but what sends traces is not installed; "
            "install it (pip install 'voice-agent[tracing]'), or unset the variable"
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "voice-agent"}))
    # What one gives to an exporter is the address for traces; the standard variable is the one above it.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    return provider.get_tracer(NAME)
