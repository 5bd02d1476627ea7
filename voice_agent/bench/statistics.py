"""Quantiles and shares, with what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """How some measurements lie."""

    n: int
    p50: float
    p95: float
    p99: float
    worst: float


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie, between two neighbours by proportion. None at all is a ValueError."""
    if not values:
        raise ValueError("a quantile needs at least one value")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def spread(values: Sequence[float]) -> Spread | None:
    """None without a value."""
    if not values:
        return None
    return Spread(len(values), quantile(values, 0.5), quantile(values, 0.95), quantile(values, 0.99), max(values))


def share(hits: int, trials: int) -> float | None:
    """0 to 1; None without a trial."""
    return hits / trials if trials else None


def histogram(values: Sequence[float], width: float, upto: float) -> list[int]:
    """Counts in steps of `width` from 0; the last also counts what lies beyond `upto`, the first what lies below 0."""
    counts = [0] * max(1, round(upto / width))
    for value in values:
        counts[min(max(int(value // width), 0), len(counts) - 1)] += 1
    return counts
