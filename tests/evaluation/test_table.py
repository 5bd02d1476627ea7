"""A report on the terminal."""

from __future__ import annotations

from evaluation_stories import made

from voice_agent.evaluation import table
from voice_agent.evaluation.figures import Figure
from voice_agent.evaluation.proportion import Proportion


def test_a_share_is_told_with_its_interval_and_number() -> None:
    assert table.percent(Proportion(81, 263)) == "30.8 % (25.5–36.6, n=263)"
    assert table.percent(Proportion(0, 0)) == "– (n=0)"


def test_a_missed_target_is_said_loudly() -> None:
    line = table.figure_line(Figure("a", "Emergencies", Proportion(1, 2), "", 0.97))
    assert line.endswith("≥ 97 %    MISSED")


def test_all_that_went_wrong_is_told_one_by_one() -> None:
    text = "\n".join(table.lines(made()))
    assert "the left is gone | away" in text
    assert "FALSE REASSURANCE: hidden infant_fever.1 (A headache): needs 911 or nurse_now, ended in self_care" in text
    assert "heard by espeak:en-us in pink noise" in text
    assert "relative 1: 911 → asked: my face droops but he says it is nothing" in text
    assert "The model of meaning, locked: AUC" in text
