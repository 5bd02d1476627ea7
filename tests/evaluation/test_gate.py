"""Floors, ceilings and known misses."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation_stories import SOME, made

from voice_agent.errors import ContentError
from voice_agent.evaluation import figures, gate, report
from voice_agent.evaluation.gate import Bounds, KnownMiss

TOLD = figures.sentence_figures(SOME, figures.WRITTEN)
MISSED = report.of_sentences("locked", "written", "", SOME).missed
IDS = {one.sentence.id for one in SOME}


def known(one: str) -> KnownMiss:
    return KnownMiss(one, "stroke", "lay", "a word for it")


def test_bounds_that_hold_say_nothing() -> None:
    assert gate.breaches(TOLD, Bounds({"caught": 0.75}, {"harmless_flagged": 0.5}), "x") == []


def test_a_floor_and_a_ceiling_break_from_their_own_side() -> None:
    found = gate.breaches(TOLD, Bounds({"caught": 0.76}, {"harmless_flagged": 0.4}), "locked, written")
    assert found == [
        "locked, written: caught is 0.750 (3 of 4), below its floor of 0.760",
        "locked, written: harmless_flagged is 0.500 (1 of 2), above its ceiling of 0.400",
    ]


def test_a_bound_on_nothing_is_a_breach() -> None:
    assert gate.breaches(TOLD, Bounds({"typo": 0.5}), "x") == ["x: typo has a bound and was not measured"]


def test_the_list_of_misses_is_just_what_is_missed() -> None:
    assert gate.wrong_misses(MISSED, [known(MISSED[0].id)], IDS) == []


def test_a_new_miss_breaks_the_gate_without_telling_the_sentence() -> None:
    (found,) = gate.wrong_misses(MISSED, [], IDS)
    assert found.startswith("a new false reassurance: stroke, lay")
    assert "left" not in found


def test_a_record_that_is_no_longer_true_breaks_the_gate() -> None:
    caught = next(one.sentence.id for one in SOME if one.heard.caught)
    misses = [known(MISSED[0].id), known(caught), known("0123456789")]
    found = gate.wrong_misses(MISSED, misses, IDS)
    assert found == [
        f"the known miss {caught} (stroke) is caught now: {gate.TIGHTEN}",
        f"the known miss 0123456789 is in no sentence of the set: {gate.TIGHTEN}",
    ]
    assert gate.wrong_misses(MISSED, [known(MISSED[0].id)] * 2, IDS) == ["a known miss is listed twice"]


def test_files_are_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "misses.yaml"
    path.write_text("misses:\n  - {id: nohash, flag: stroke, wording: lay, needs: a word}\n")
    with pytest.raises(ContentError, match=r"misses\.yaml:2: misses\.0\.id"):
        gate.load_misses(path)
    path.write_text("written: {}\nrules_alone: {}\nspoken_sample: {at_least: {caught: 97}}\nstress: {}\n")
    with pytest.raises(ContentError, match="less than or equal to 1"):
        gate.load_floors(path)


def test_a_report_has_a_figure_for_every_name_that_can_be_bounded() -> None:
    told = made().of("locked", "written")
    assert told
    assert {figure.name for figure in told.figures} >= {"caught", "flagged", "harmless_flagged", "harmless_asked"}
