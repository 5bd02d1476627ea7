"""Recording that the line is better: floors rise, ceilings fall, known misses leave the list. Never otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from voice_agent.evaluation import gate
from voice_agent.evaluation.figures import Figure
from voice_agent.evaluation.gate import Bounds, Floors, KnownMiss
from voice_agent.evaluation.report import Told

DIGITS: Final = 3
FLOORS_HEAD: Final = """\
# What may not get worse, by the whole line (written) and by its rules alone. After an improvement `voice-agent evaluate
# safety --tighten` raises floors and lowers ceilings. To give way is a decision: by hand, its reason in the commit.
"""
MISSES_HEAD: Final = """\
# Emergencies of the locked part, written, that the line neither flags nor asks about. May only become shorter:
# `voice-agent evaluate safety --tighten` takes off what is caught now. Sentences are named by their id
# (voice_agent/evaluation/cases.py), so that nobody tunes on them.
"""


def tightened(bounds: Bounds, figures: Sequence[Figure], slack: int = 0) -> Bounds:
    """Bounds at what was measured where that is better; a figure without a bound gets none.

    `slack`: so many trials may go wrong beside what was measured, where the machine has a part in it.
    """
    shares = {figure.name: figure.share for figure in figures}

    def better(known: Mapping[str, float], *, floor: bool) -> dict[str, float]:
        moved = dict(known)
        for name, bound in known.items():
            share = shares.get(name)
            if share is not None and share.n:
                hits = share.hits - slack if floor else share.hits + slack
                reached = _rounded(min(max(hits / share.n, 0.0), 1.0), down=floor)
                moved[name] = max(bound, reached) if floor else min(bound, reached)
        return moved

    return Bounds(better(bounds.at_least, floor=True), better(bounds.at_most, floor=False))


def still_missed(known: Sequence[KnownMiss], missed: Sequence[Told]) -> tuple[KnownMiss, ...]:
    """Those of the list that are missed still."""
    now = {told.id for told in missed}
    return tuple(one for one in known if one.id in now)


def write_floors(path: Path, floors: Floors) -> None:
    """What `gate.load_floors` reads."""
    shape: dict[str, Any] = {
        "written": {part: _shape(bounds) for part, bounds in floors.written.items()},
        "rules_alone": {part: _shape(bounds) for part, bounds in floors.rules_alone.items()},
        "spoken_sample": _shape(floors.spoken_sample),
        "stress": _shape(floors.stress),
    }
    path.write_text(FLOORS_HEAD + yaml.safe_dump(shape, sort_keys=False), encoding="utf-8")
    gate.load_floors(path)


def write_misses(path: Path, misses: Sequence[KnownMiss]) -> None:
    """What `gate.load_misses` reads."""
    # An id of digits alone would be read as a number without its quotes.
    rows = [
        f"  - {{id: '{one.id}', flag: {one.flag}, wording: {one.wording}, needs: {_quoted(one.needs)}}}\n"
        for one in misses
    ]
    path.write_text(MISSES_HEAD + ("misses:\n" + "".join(rows) if rows else "misses: []\n"), encoding="utf-8")
    gate.load_misses(path)


def _rounded(value: float, *, down: bool) -> float:
    scale = 10**DIGITS
    return (math.floor(value * scale) if down else math.ceil(value * scale)) / scale


def _shape(bounds: Bounds) -> dict[str, dict[str, float]]:
    sides = {"at_least": dict(bounds.at_least), "at_most": dict(bounds.at_most)}
    return {side: told for side, told in sides.items() if told}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
