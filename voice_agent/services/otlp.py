"""Spans to an OpenTelemetry collector, by OTLP over HTTP.

In the background and in batches; what is left is sent when the process ends, and a collector that is down costs spans
and nothing else. Needs the extra `tracing`: `trace_export` imports this module when it is asked for, and no other does.
"""

from __future__ import annotations

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer


def tracer(endpoint: str, name: str) -> Tracer:
    """A tracer to the collector at `endpoint`, such as http://collector:4318. Starts a thread: not before a fork."""
    provider = TracerProvider(resource=Resource.create({"service.name": "voice-agent"}))
    # What one gives to an exporter is the address for traces; the standard variable is the one above it.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    return provider.get_tracer(name)
