"""What the server counts of itself, between two looks at /metrics.

Whatever histograms named `voice_agent_…` there are; a server without any is no error.
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


def read(url: str) -> Buckets:
    """All histograms of the server at `url` as they stand; {} when it tells none."""
    try:
        answer = requests.get(f"{url}/metrics", timeout=TIMEOUT_S)
        answer.raise_for_status()
        return parsed(answer.text)
    except (requests.RequestException, ValueError):
        return {}


def parsed(text: str) -> Buckets:
    """Prometheus's text. Raises ValueError when it is none."""
    found: dict[str, dict[float, float]] = defaultdict(dict)
    for family in text_string_to_metric_families(text):
        if family.type != "histogram" or not family.name.startswith(PREFIX):
            continue
        for sample in family.samples:
            if sample.name.endswith("_bucket"):
                labels = ",".join(f'{k}="{v}"' for k, v in sorted(sample.labels.items()) if k != "le")
                name = f"{family.name}{{{labels}}}" if labels else family.name
                found[name][float(sample.labels["le"])] = sample.value
    return found


def between(before: Buckets, after: Buckets) -> tuple[ServerHistogram, ...]:
    """What was added; histograms to which nothing was added are left out."""
    return tuple(one for name in sorted(after) if (one := _histogram(name, before.get(name, {}), after[name])))


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
