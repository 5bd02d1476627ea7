"""The server's own histograms, between two looks."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from voice_agent.bench import server_metrics


class Told:
    """A server's metrics."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.registry = registry
        self.delay = Histogram(
            "voice_agent_endpoint_delay_seconds", "…", ["asked"], buckets=(0.1, 0.2, 0.4), registry=registry
        )
        self.other = Histogram("python_gc_seconds", "…", registry=registry)
        self.calls = Counter("voice_agent_calls", "…", registry=registry)

    def now(self) -> server_metrics.Told:
        return server_metrics.parsed(generate_latest(self.registry).decode())


def test_only_what_came_in_between_counts() -> None:
    told = Told()
    told.delay.labels("yes_no").observe(0.05)
    before = told.now()
    for seconds in (0.15, 0.15, 0.3, 0.3):
        told.delay.labels("yes_no").observe(seconds)
    (one,) = server_metrics.between(before, told.now())
    assert one.name == 'voice_agent_endpoint_delay_seconds{asked="yes_no"}'
    assert (one.n, one.counts) == (4, (0, 2, 2, 0))
    assert one.p50 == pytest.approx(0.2)
    assert one.p95 == pytest.approx(0.38)


def test_others_histograms_and_empty_ones_are_left_out() -> None:
    told = Told()
    told.other.observe(1)
    told.delay.labels("open")
    assert server_metrics.between(server_metrics.Told(), told.now()) == ()


def test_beyond_the_last_bound_is_the_last_bound() -> None:
    told = Told()
    told.delay.labels("open").observe(9)
    (one,) = server_metrics.between(server_metrics.Told(), told.now())
    assert one.p50 == 0.4


def test_a_server_that_is_not_there_tells_nothing() -> None:
    assert server_metrics.read("http://127.0.0.1:1") == server_metrics.Told()


def test_counters_that_grew() -> None:
    told = Told()
    told.calls.inc(2)
    before = told.now()
    assert server_metrics.counted(before, told.now()) == {}
    told.calls.inc(3)
    assert server_metrics.counted(before, told.now()) == {"voice_agent_calls": 3}
