"""What the server counts of itself, between two looks at /metrics.

Whatever histograms and counters named `voice_agent_…` there are; a server without any is no error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import requests
from prometheus_client.parser import text_string_to_metric_families

PREFIX: Final = "voice_agent_"
TIMEOUT_S: Final = 5.0

Buckets = Mapping[str, Mapping[float, float]]
"""Histogram with its labels → upper bound → count up to it."""


@dataclass(frozen=True, slots=True)
class ServerHistogram:
    """One histogram of the server, over the run."""

    name: str
    """With its labels, as Prometheus writes them."""
    n: int
    p50: float
    """By proportion inside its bucket; in the histogram's own unit."""
    p95: float
    bounds: tuple[float, ...] = field(repr=False)
    counts: tuple[int, ...] = field(repr=False)
    """For each bound, how many lay between the one before it and it; the last bound may be infinite."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that the server tells, at one moment."""

    buckets: Buckets = field(default_factory=dict)
    counters: Mapping[str, float] = field(default_factory=dict)
    """Counter with its labels → value."""


def read(url: str) -> Told:
    """What the server at `url` tells now; nothing when it does not."""
    try:
        answer = requests.get(f"{url}/metrics", timeout=TIMEOUT_S)
        answer.raise_for_status()
        return parsed(answer.text)
    except (requests.RequestException, ValueError):
        return Told()


def parsed(text: str) -> Told:
    """Prometheus's text. Raises ValueError when it is none."""
    buckets: dict[str, dict[float, float]] = defaultdict(dict)
    counters: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        if not family.name.startswith(PREFIX):
            continue
        for sample in family.samples:
            name = _named(family.name, sample.labels)
            if family.type == "histogram" and sample.name.endswith("_bucket"):
                buckets[name][float(sample.labels["le"])] = sample.value
            elif family.type == "counter" and sample.name.endswith("_total"):
                counters[name] = sample.value
    return Told(buckets, counters)


def between(before: Told, after: Told) -> tuple[ServerHistogram, ...]:
    """What was added; histograms to which nothing was added are left out."""
    names = sorted(after.buckets)
    return tuple(one for name in names if (one := _histogram(name, before.buckets.get(name, {}), after.buckets[name])))


def counted(before: Told, after: Told) -> dict[str, float]:
    """By how much counters grew; those that did not are left out."""
    grown = {name: value - before.counters.get(name, 0.0) for name, value in sorted(after.counters.items())}
    return {name: value for name, value in grown.items() if value > 0}


def _named(family: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if name != "le")
    return f"{family}{{{inside}}}" if inside else family


def _histogram(name: str, before: Mapping[float, float], after: Mapping[float, float]) -> ServerHistogram | None:
    bounds = sorted(after)
    upto = [after[bound] - before.get(bound, 0.0) for bound in bounds]
    total = round(upto[-1]) if upto else 0
    if total <= 0:
        return None
    counts = [round(now - last) for now, last in zip(upto, [0.0, *upto], strict=False)]
    return ServerHistogram(
        name, total, _quantile(bounds, upto, 0.5), _quantile(bounds, upto, 0.95), tuple(bounds), tuple(counts)
    )


def _quantile(bounds: list[float], upto: list[float], share: float) -> float:
    wanted = share * upto[-1]
    below, lower = 0.0, 0.0
    for bound, count in zip(bounds, upto, strict=True):
        if count >= wanted and count > below:
            return lower if bound == float("inf") else lower + (bound - lower) * (wanted - below) / (count - below)
        below, lower = count, bound
    return lower
