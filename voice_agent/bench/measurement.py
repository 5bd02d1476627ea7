"""One run's raw result: the calls, and what the processes used meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from voice_agent.bench.facts import CallFacts
from voice_agent.bench.process_table import Usage
from voice_agent.bench.server_metrics import ServerHistogram


@dataclass(frozen=True, slots=True)
class Sample:
    """All parts at one moment."""

    at_ms: float
    live: int
    """Calls on a stream."""
    parts: Mapping[str, Usage]
    """`server`, `rasa`, `redis`, and the bench: `callers` (media streams), `twin` (signalling, nurses, ears)."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """See the module."""

    calls: int
    """Callers at once."""
    window_ms: tuple[float, float]
    """All callers were on the line: what happened before and after counts for nothing."""
    facts: tuple[CallFacts, ...] = field(repr=False)
    samples: tuple[Sample, ...] = field(repr=False)
    """The first before any caller of the run, the last after all had gone; empty when nothing is known."""
    histograms: tuple[ServerHistogram, ...] = field(default=(), repr=False)
    counters: Mapping[str, float] = field(default_factory=dict, repr=False)
    """The server's own, by how much they grew."""
    interrupted: bool = False
    """Ended by Ctrl-C."""
