"""What Prometheus may read.

Counts and times and nothing else: no label names a person, a number or a call.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from voice_agent.call.transfer import Transfer
from voice_agent.web.call_metrics import CallMetrics
from voice_agent.web.capacity import Capacity


class Metrics:
    """The server's counters, in a registry of their own."""

    def __init__(self, capacity: Capacity) -> None:
        self.registry = CollectorRegistry()
        self.calls_answered = Counter(
            "voice_agent_calls_answered_total",
            "Incoming calls, by how the voice webhook answered.",
            ["answer"],
            registry=self.registry,
        )
        self.calls_ended = Counter(
            "voice_agent_calls_ended_total",
            "Calls that left our stream, by disposition.",
            ["outcome"],
            registry=self.registry,
        )
        self.refused = Counter(
            "voice_agent_requests_refused_total", "Requests refused, by why.", ["why"], registry=self.registry
        )
        self.failures = Counter(
            "voice_agent_webhook_failures_total",
            "Webhooks that we could not answer as meant, by error code.",
            ["code"],
            registry=self.registry,
        )
        self.transfers = Counter(
            "voice_agent_transfers_total",
            "Warm transfers, by each status they came to.",
            ["status"],
            registry=self.registry,
        )
        live = Gauge("voice_agent_calls_live", "Calls on our stream now.", registry=self.registry)
        live.set_function(lambda: capacity.live)
        lateness = Gauge(
            "voice_agent_lateness_p95_seconds",
            "Loop lateness with recognition backlog, all calls of the last ten seconds.",
            registry=self.registry,
        )
        lateness.set_function(lambda: capacity.lateness.p95_ms / 1000)
        late = Gauge("voice_agent_late", "1 while new calls go to the nurse line for it.", registry=self.registry)
        late.set_function(lambda: int(capacity.lateness.late))
        self.conversations = CallMetrics(self.registry)

    def transfer_moved(self, transfer: Transfer) -> None:
        """For `NurseDesk(observe=…)`."""
        self.transfers.labels(str(transfer.status)).inc()

    def text(self) -> bytes:
        """All of it, in Prometheus's exposition format."""
        return generate_latest(self.registry)
