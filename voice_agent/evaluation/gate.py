"""What may not get worse: recorded floors, ceilings and known misses.

A floor is what was measured when it was recorded; it is raised by hand when the line has become better. A known miss is
an emergency of the locked part that is neither flagged nor asked about; the list may only become shorter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from voice_agent import strict_yaml
from voice_agent.evaluation.figures import Figure
from voice_agent.evaluation.report import Told
from voice_agent.strict_yaml import STRICT

Share = Annotated[float, Field(ge=0, le=1)]
TIGHTEN: Final = "take it off the list (`voice-agent evaluate safety --tighten` does)"
ROUNDING: Final = 5e-4
"""Recorded to three digits."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one way and part: figure → bound."""

    __pydantic_config__ = STRICT
    at_least: Mapping[str, Share] = field(default_factory=dict)
    at_most: Mapping[str, Share] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Floors:
    """`floors.yaml`."""

    __pydantic_config__ = STRICT
    written: Mapping[str, Bounds]
    """By part: the whole line, with its second opinion."""
    rules_alone: Mapping[str, Bounds]
    """By part: without it."""
    spoken_sample: Bounds
    stress: Bounds


@dataclass(frozen=True, slots=True)
class KnownMiss:
    """One emergency that the line does not catch yet."""

    __pydantic_config__ = STRICT
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{10}$")]
    """Of the sentence; see `cases.sentence_id`."""
    flag: str
    wording: str
    needs: str
    """What it would take to catch it."""


@dataclass(frozen=True, slots=True)
class KnownMisses:
    """`known_misses.yaml`."""

    __pydantic_config__ = STRICT
    misses: tuple[KnownMiss, ...]


def load_floors(path: Path) -> Floors:
    """Raises ContentError."""
    return strict_yaml.read(path, Floors)


def load_misses(path: Path) -> tuple[KnownMiss, ...]:
    """Raises ContentError."""
    return strict_yaml.read(path, KnownMisses).misses


def breaches(figures: Sequence[Figure], bounds: Bounds, where: str) -> list[str]:
    """Each bound that is broken, as a sentence; a bound on a figure that was not measured is one as well."""
    shares = {figure.name: figure.share for figure in figures}
    found = []
    for name, bound, above in (
        *((name, bound, True) for name, bound in bounds.at_least.items()),
        *((name, bound, False) for name, bound in bounds.at_most.items()),
    ):
        share = shares.get(name)
        if share is None or share.value is None:
            found.append(f"{where}: {name} has a bound and was not measured")
        elif (share.value < bound - ROUNDING) if above else (share.value > bound + ROUNDING):
            side = "below its floor" if above else "above its ceiling"
            found.append(f"{where}: {name} is {share.value:.3f} ({share.hits} of {share.n}), {side} of {bound:.3f}")
    return found


def wrong_misses(missed: Sequence[Told], known: Sequence[KnownMiss], all_ids: Collection[str]) -> list[str]:
    """Misses that are not recorded, and records that are no longer true."""
    listed = {one.id for one in known}
    now = {told.id for told in missed}
    found = [
        f"a new false reassurance: {told.flag}, {told.wording} ({told.id})" for told in missed if told.id not in listed
    ]
    for one in known:
        if one.id not in all_ids:
            found.append(f"the known miss {one.id} is in no sentence of the set: {TIGHTEN}")
        elif one.id not in now:
            found.append(f"the known miss {one.id} ({one.flag}) is caught now: {TIGHTEN}")
    if len(listed) != len(known):
        found.append("a known miss is listed twice")
    return found
