"""Bounds move one way only."""

from __future__ import annotations

from pathlib import Path

from evaluation_stories import SOME

from voice_agent.evaluation import figures, gate, report, tightening
from voice_agent.evaluation.gate import Bounds, Floors, KnownMiss

TOLD = figures.sentence_figures(SOME, figures.WRITTEN)
MISSED = report.of_sentences("locked", "written", "", SOME).missed


def test_floors_rise_and_ceilings_fall_to_what_was_measured() -> None:
    told = tightening.tightened(Bounds({"caught": 0.7}, {"harmless_flagged": 0.6}), TOLD)
    assert told == Bounds({"caught": 0.75}, {"harmless_flagged": 0.5})


def test_what_got_worse_moves_nothing() -> None:
    held = Bounds({"caught": 0.8}, {"harmless_flagged": 0.4})
    assert tightening.tightened(held, TOLD) == held
    assert tightening.tightened(Bounds({"unknown": 0.4}), TOLD) == Bounds({"unknown": 0.4})


def test_slack_leaves_room_for_a_trial_on_both_sides_and_no_further_than_the_ends() -> None:
    told = tightening.tightened(
        Bounds({"caught": 0.1}, {"harmless_flagged": 1.0, "harmless_asked": 1.0}), TOLD, slack=1
    )
    assert told == Bounds({"caught": 0.5}, {"harmless_flagged": 1.0, "harmless_asked": 0.5})


def test_a_bound_is_rounded_to_the_side_that_holds() -> None:
    third = [
        figures.Figure("x", "", figures.Proportion(1, 3), ""),
        figures.Figure("y", "", figures.Proportion(2, 3), ""),
    ]
    told = tightening.tightened(Bounds({"x": 0.0}, {"y": 1.0}), third)
    assert told == Bounds({"x": 0.333}, {"y": 0.667})
    assert gate.breaches(third, told, "") == []


def test_a_miss_that_is_caught_leaves_and_none_comes(tmp_path: Path) -> None:
    known = [
        KnownMiss(MISSED[0].id, "stroke", "lay", 'words like "gone" alone'),
        KnownMiss("0123456789", "a", "b", "c d"),
    ]
    left = tightening.still_missed(known, MISSED)
    assert left == (known[0],)
    tightening.write_misses(tmp_path / "misses.yaml", left)
    assert gate.load_misses(tmp_path / "misses.yaml") == left
    tightening.write_misses(tmp_path / "misses.yaml", [known[1]])
    assert gate.load_misses(tmp_path / "misses.yaml") == (known[1],), "an id of digits stays a text"
    tightening.write_misses(tmp_path / "misses.yaml", ())
    assert gate.load_misses(tmp_path / "misses.yaml") == ()


def test_floors_come_back_as_they_were_written(tmp_path: Path) -> None:
    some = {"locked": Bounds({"caught": 0.9}, {"harmless_flagged": 0.1}), "development": Bounds({"caught": 1.0})}
    floors = Floors(some, {"locked": Bounds()}, Bounds({"caught": 0.8}), Bounds())
    tightening.write_floors(tmp_path / "floors.yaml", floors)
    assert gate.load_floors(tmp_path / "floors.yaml") == floors
