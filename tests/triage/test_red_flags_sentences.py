"""How the red-flag screen does on callers' sentences.

Three sets. `development.yaml` is tuned on. `locked.yaml` was written before the lexicon, by the lexicon's author, who
remembers it: its figures flatter. `fresh.yaml` was written after the lexicon was first frozen; the lexicon was changed
since by people who had seen it. What nobody has seen is not in this repository. Every floor here is a recorded
figure: it may rise, never fall.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from voice_agent import strict_yaml
from voice_agent.triage.red_flag_content import RedFlagContent
from voice_agent.triage.red_flags import RedFlagScreen

HERE = Path(__file__).resolve().parent
SCREEN = RedFlagScreen(strict_yaml.read(HERE.parents[1] / "dialogs" / "red_flags.yaml", RedFlagContent))


@dataclass(frozen=True)
class Sentences:
    """emergencies: flag → kind of wording → sentences; harmless: kind → sentences."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 (pydantic reads it)
    emergencies: dict[str, dict[str, list[str]]]
    harmless: dict[str, list[str]]


@dataclass(frozen=True)
class Floors:
    """Shares of sentences."""

    flagged: float
    """Emergencies that raise a red flag, at least."""
    flagged_or_asked: float
    harmless_flagged: float
    """Harmless ones that raise a red flag, at most: over-escalation."""
    harmless_asked: float
    crisis: float | None
    """Suicide and self-harm flagged or asked about, at least; none where the set holds no such sentence."""


FIRE_AS_PARTIALS = 3
"""Harmless sentences of `development.yaml` that fire before the words come that make them harmless."""
FLOORS = {
    "development": Floors(0.94, 0.997, 0.0, 0.085, 0.97),
    "locked": Floors(1.0, 1.0, 0.016, 0.077, 1.0),
    "fresh": Floors(0.69, 0.88, 0.156, 0.2, None),
}


def read(name: str) -> Sentences:
    return strict_yaml.read(HERE / "sentences" / f"{name}.yaml", Sentences)


def share(count: int, total: int) -> float:
    assert total, "there are no sentences to score"
    return count / total


@pytest.mark.parametrize("part", sorted(FLOORS))
def test_sensitivity_and_over_escalation_hold_their_recorded_floors(part: str) -> None:
    floors, sentences = FLOORS[part], read(part)
    emergencies = [
        (flag, said) for flag, kinds in sentences.emergencies.items() for many in kinds.values() for said in many
    ]
    harmless = [said for many in sentences.harmless.values() for said in many]
    screened = [(flag, said, SCREEN.screen(said)) for flag, said in emergencies]
    missed = [f"{flag}: {said}" for flag, said, found in screened if not found.red_flag and found.ask is None]
    crisis = [found.red_flag or found.ask is not None for flag, _said, found in screened if flag == "suicide"]
    quiet = [(said, SCREEN.screen(said)) for said in harmless]
    alarms = [said for said, found in quiet if found.red_flag]

    assert share(sum(found.red_flag for *_, found in screened), len(screened)) >= floors.flagged
    assert 1 - share(len(missed), len(screened)) >= floors.flagged_or_asked, missed
    assert share(len(alarms), len(quiet)) <= floors.harmless_flagged, alarms
    assert share(sum(found.ask is not None for _, found in quiet), len(quiet)) <= floors.harmless_asked
    assert bool(crisis) is (floors.crisis is not None)
    if floors.crisis is not None:
        assert share(sum(crisis), len(crisis)) >= floors.crisis


def test_hardly_a_harmless_sentence_fires_early_as_a_partial() -> None:
    fired = []
    for said in (said for many in read("development").harmless.values() for said in many):
        words = said.split()
        prefixes = (" ".join(words[:end]) for end in range(1, len(words) + 1))
        if any(SCREEN.screen(prefix, partial=True).red_flag for prefix in prefixes):
            fired.append(said)
    assert len(fired) <= FIRE_AS_PARTIALS, fired


def test_no_sentence_stands_in_two_parts() -> None:
    said = {
        part: {text for kinds in read(part).emergencies.values() for many in kinds.values() for text in many}
        | {text for many in read(part).harmless.values() for text in many}
        for part in FLOORS
    }
    assert said["locked"].isdisjoint(said["development"])
    assert said["fresh"].isdisjoint(said["development"] | said["locked"])
