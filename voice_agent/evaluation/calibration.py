"""Whether the model of meaning means what it says: its probabilities against what came true."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from voice_agent.evaluation.outcomes import Judged
from voice_agent.evaluation.proportion import Proportion

BINS: Final = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Sentences whose probability lies in one tenth."""

    mean: float
    """Of the probabilities."""
    share: Proportion
    """Those that are emergencies."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Over all sentences that have a probability."""

    bins: tuple[Bin, ...]
    """Those with sentences in them, lowest first."""
    brier: float
    """Mean squared difference; 0 is perfect, 0.25 is a coin that says one half."""
    error: float
    """Expected calibration error: mean difference between a bin's probability and its share, by size."""
    auc: float
    """That an emergency has a higher probability than a harmless sentence."""
    n: int


def of(judged: Iterable[Judged]) -> Calibration | None:
    """None without probabilities, or with only one kind of sentence."""
    told = [(one.heard.probability, one.sentence.flag is not None) for one in judged]
    pairs = [(probability, true) for probability, true in told if probability is not None]
    if len({true for _, true in pairs}) < 2:
        return None
    bins = []
    for place in range(BINS):
        inside = [(p, true) for p, true in pairs if min(int(p * BINS), BINS - 1) == place]
        if inside:
            bins.append(Bin(sum(p for p, _ in inside) / len(inside), Proportion.of(true for _, true in inside)))
    brier = sum((p - true) ** 2 for p, true in pairs) / len(pairs)
    error = sum(abs(one.mean - (one.share.value or 0.0)) * one.share.n for one in bins) / len(pairs)
    return Calibration(tuple(bins), brier, error, _auc(pairs), len(pairs))


def _auc(pairs: list[tuple[float, bool]]) -> float:
    """By the rank sum of Mann and Whitney; equal probabilities share their ranks."""
    ordered = sorted(pairs)
    total, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        total += (at + 1 + end) / 2 * sum(true for _, true in ordered[at:end])
        at = end
    yes = sum(true for _, true in pairs)
    return (total - yes * (yes + 1) / 2) / (yes * (len(pairs) - yes))
