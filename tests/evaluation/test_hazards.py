"""The hazard log as data."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation_stories import made

from voice_agent.errors import ContentError
from voice_agent.evaluation import hazards

ONE = """
  - id: {id}
    hazard: A hazard
    cause: A cause.
    harm: A harm.
    severity: {severity}
    guards: {guards}
    tests: [tests/a.py::test_b]
    left: Nothing.
"""
GUARDS = "[{does: It does., code: voice_agent/a.py:b}]"


def written(folder: Path, *entries: str) -> Path:
    path = folder / "hazards.yaml"
    path.write_text(f"approved_by: null\nhazards:{''.join(entries)}", encoding="utf-8")
    return path


def entry(name: str = "H01", severity: str = "major", guards: str = GUARDS) -> str:
    return ONE.replace("{id}", name).replace("{severity}", severity).replace("{guards}", guards)


def test_an_id_stands_once(tmp_path: Path) -> None:
    assert len(hazards.load(written(tmp_path, entry(), entry("H02"))).hazards) == 2
    with pytest.raises(ContentError, match="H01 stands twice"):
        hazards.load(written(tmp_path, entry(), entry()))


@pytest.mark.parametrize("wrong", [entry("1"), entry(severity="bad"), entry(guards="[]")])
def test_a_hazard_without_guard_or_with_an_unknown_severity_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ContentError, match=r"hazards\.yaml:\d+"):
        hazards.load(written(tmp_path, wrong))


def test_a_figure_is_told_with_where_it_was_measured() -> None:
    assert hazards.measured("locked.spoken.caught", made()) == (
        "Emergencies flagged or asked about (locked, spoken): 50.0 % (9.5–90.5, n=2)"
    )
    assert hazards.measured("development.written.caught", made()) is None
    told = hazards.measured("calls.falsely_reassured", made())
    assert told
    assert told.startswith("Emergencies that end in a booking, an answer or self-care (whole calls): 50.0 %")


def test_a_misspelt_figure_is_an_error() -> None:
    with pytest.raises(KeyError):
        hazards.measured("locked.written.cought", made())
