"""A run's report, as JSON.

    version          1; another one is refused
    made_at          ISO 8601, UTC
    machine          cores, processor, kernel, python
    calls, seconds   what was asked for; seed, config (digest of config.yaml), interrupted
    figures          [{name, label, value, unit, n, meaning, target, more_is_better}]; shares are 0 to 1
    gaps_ms          kind of question → every gap
    barge_in_ms, safety_ms, nurse_ms
                     every single time
    endings          how calls ended → count
    histograms       the server's own, over the run: [{name, n, p50, p95, bounds, counts}]; null is infinity
    counters         the server's own counters → by how much they grew
    mishaps          every answer that was lost, late or cut off, every prompt that stopped late or for nothing, every
                     false alarm: what our own script said, in which voice and room, and what was replied
    samples          [{at_ms, live, parts: {server|rasa|redis|callers|twin: {cpu_s, memory_mb, threads, handles}}}]
    example          one call with levels, for the timeline; what was said in it is invented by our own script

A ladder's report is a list of these under `rungs`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from voice_agent.bench.callers import BenchError
from voice_agent.bench.facts import CallFacts, Purpose, Sentence, Stretch, Uttered
from voice_agent.bench.figures import Figure, figures, judged
from voice_agent.bench.measurement import Measurement, Sample
from voice_agent.bench.mishaps import Told, mishaps
from voice_agent.bench.server_metrics import ServerHistogram

VERSION: Final = 1
LONGEST_EXAMPLE_MS: Final = 90_000.0


@dataclass(frozen=True, slots=True)
class Example:
    """One call, drawable."""

    goal: str
    voice: str
    conditions: tuple[str, ...]
    ended: str
    began_ms: float
    ended_ms: float
    uttered: tuple[Uttered, ...] = field(repr=False)
    sentences: tuple[Sentence, ...] = field(repr=False)
    arrived: tuple[Stretch, ...] = field(repr=False)
    clears: tuple[float, ...]
    said_levels: str = field(repr=False)
    """Base64 of a byte for each 20 ms, 0 to 127, logarithmic."""
    heard_levels: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """See the module."""

    version: int
    made_at: str
    machine: dict[str, str]
    calls: int
    seconds: float
    seed: int
    config: str
    interrupted: bool
    figures: tuple[Figure, ...]
    gaps_ms: dict[str, tuple[float, ...]] = field(repr=False)
    barge_in_ms: tuple[float, ...] = field(repr=False)
    safety_ms: tuple[float, ...] = field(repr=False)
    nurse_ms: tuple[float, ...] = field(repr=False)
    endings: dict[str, int]
    histograms: tuple[ServerHistogram, ...] = field(repr=False)
    counters: dict[str, float] = field(repr=False)
    samples: tuple[Sample, ...] = field(repr=False)
    example: Example | None = field(repr=False)
    mishaps: tuple[Told, ...] = field(default=(), repr=False)

    def figure(self, name: str) -> Figure | None:
        """By name."""
        return next((figure for figure in self.figures if figure.name == name), None)

    def value(self, name: str) -> float | None:
        """A figure's value; None when it could not be measured."""
        found = self.figure(name)
        return found.value if found else None


def make(measurement: Measurement, seconds: float, seed: int, config: Path, now: datetime | None = None) -> Report:
    """Judge a measurement."""
    found = judged(measurement)
    gaps: dict[str, list[float]] = {}
    for turn in found.turns:
        if turn.gap_ms is not None:
            gaps.setdefault(turn.asked, []).append(round(turn.gap_ms, 1))
    return Report(
        version=VERSION,
        made_at=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
        machine=machine(),
        calls=measurement.calls,
        seconds=seconds,
        seed=seed,
        config=hashlib.sha256(config.read_bytes()).hexdigest()[:12],
        interrupted=measurement.interrupted,
        figures=figures(measurement),
        gaps_ms={kind: tuple(values) for kind, values in sorted(gaps.items())},
        barge_in_ms=tuple(round(i.stop_ms, 1) for i in found.interruptions if i.stop_ms is not None),
        safety_ms=tuple(round(a.safety_ms, 1) for a in found.alarms if a.safety_ms is not None),
        nurse_ms=tuple(round(a.nurse_ms, 1) for a in found.alarms if a.nurse_ms is not None),
        endings=dict(sorted(Counter(fact.ended.value for fact in measurement.facts).items())),
        histograms=measurement.histograms,
        counters=dict(measurement.counters),
        samples=measurement.samples,
        example=_example(measurement.facts),
        mishaps=tuple(mishaps(measurement.facts, measurement.window_ms)),
    )


def machine() -> dict[str, str]:
    """What it ran on."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": models[0] if models else platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def to_json(reports: Sequence[Report]) -> str:
    """One report as it is, several as the rungs of a ladder."""
    written = [TypeAdapter(Report).dump_python(one, mode="json") for one in reports]
    shape: Any = written[0] if len(written) == 1 else {"version": VERSION, "rungs": written}
    return json.dumps(shape, indent=1)


def from_json(text: str, name: str) -> tuple[Report, ...]:
    """What `to_json` wrote. Raises BenchError when it is something else; `name` is the file's."""
    try:
        body = json.loads(text)
        if not isinstance(body, dict) or body.get("version") != VERSION:
            raise BenchError(f"{name} is no report of this bench (version {VERSION}).")
        return TypeAdapter(tuple[Report, ...]).validate_python(body.get("rungs", [body]))
    except (json.JSONDecodeError, ValidationError) as error:
        raise BenchError(f"{name} is no report of this bench: {str(error).splitlines()[0]}") from error


def _example(facts: Sequence[CallFacts]) -> Example | None:
    """The call in which the most kinds of things happened; of those the longest."""

    def richness(fact: CallFacts) -> tuple[int, float]:
        stream = fact.stream
        if stream is None:
            return 0, 0.0
        kinds = {said.purpose for said in stream.uttered} - {Purpose.NUDGE}
        pauses = any(said.pauses for said in stream.uttered)
        return len(kinds) + pauses, min(stream.ended_ms - stream.began_ms, LONGEST_EXAMPLE_MS)

    best = max(facts, key=richness, default=None)
    if best is None or best.stream is None:
        return None
    stream = best.stream
    return Example(
        goal=best.goal,
        voice=best.voice,
        conditions=best.conditions,
        ended=best.ended.value,
        began_ms=stream.began_ms,
        ended_ms=stream.ended_ms,
        uttered=stream.uttered,
        sentences=stream.sentences,
        arrived=stream.arrived,
        clears=stream.clears,
        said_levels=base64.b64encode(stream.said_levels).decode(),
        heard_levels=base64.b64encode(stream.heard_levels).decode(),
    )
