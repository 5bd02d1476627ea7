"""What Prometheus may read.

Counts and times and nothing else: no label names a person, a number or a call. Whichever worker process is asked, it
answers for all: counters and histograms are files that prometheus_client adds up, also those of processes that are
gone; what holds now is read from the workers' board.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from voice_agent.call.transfer import Transfer
from voice_agent.web.call_metrics import CallMetrics
from voice_agent.web.capacity import Capacity


class Metrics:
    """The server's counters, in a registry of their own."""

    def __init__(self, capacity: Capacity, folder: Path | None = None) -> None:
        """`folder`: PROMETHEUS_MULTIPROC_DIR, set before prometheus_client was first imported; None: one process."""
        if (folder is None) is not (values.ValueClass is values.MutexValue):
            raise AssertionError("PROMETHEUS_MULTIPROC_DIR was not set before the first import of prometheus_client")
        self._folder = folder
        self._now = _Now(capacity)
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
        self.registry.register(self._now)
        self.conversations = CallMetrics(self.registry)

    def transfer_moved(self, transfer: Transfer) -> None:
        """For `NurseDesk(observe=…)`."""
        self.transfers.labels(str(transfer.status)).inc()

    def text(self) -> bytes:
        """All of it, of all processes, in Prometheus's exposition format."""
        if self._folder is None:
            return generate_latest(self.registry)
        everything = CollectorRegistry()
        MultiProcessCollector(everything, path=str(self._folder))  # type: ignore[no-untyped-call]
        everything.register(self._now)
        return generate_latest(everything)


class _Now(Collector):
    """What holds at this moment, in all processes."""

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity

    def collect(self) -> Iterator[GaugeMetricFamily]:
        capacity = self._capacity
        yield GaugeMetricFamily("voice_agent_calls_live", "Calls on our stream now.", capacity.live)
        yield GaugeMetricFamily(
            "voice_agent_lateness_p95_seconds",
            "Loop lateness with recognition backlog, calls of the last ten seconds, in the latest process.",
            capacity.p95_ms / 1000,
        )
        yield GaugeMetricFamily("voice_agent_late", "1 while new calls go to the nurse line.", int(capacity.late))
