"""Sensitivity, over-escalation and what they break down into."""

from __future__ import annotations

from evaluation_stories import ASKED, FLAGGED, NOW, SOME, URGENT, called, judged

from voice_agent.evaluation import figures
from voice_agent.evaluation.cases import Need
from voice_agent.evaluation.figures import Figure, Row
from voice_agent.evaluation.outcomes import Ending
from voice_agent.evaluation.proportion import Proportion


def shares(told: tuple[Figure, ...]) -> dict[str, Proportion]:
    return {figure.name: figure.share for figure in told}


def test_figures_count_emergencies_and_harmless_ones_apart() -> None:
    told = shares(figures.sentence_figures(SOME, figures.WRITTEN))
    assert told["caught"] == Proportion(3, 4)
    assert told["flagged"] == Proportion(2, 4)
    assert told["harmless_flagged"] == Proportion(1, 2)
    assert told["harmless_asked"] == Proportion(0, 2)
    assert told["crisis_caught"] == Proportion(1, 1)
    assert told["idioms_flagged"] == Proportion(1, 1)


def test_a_target_is_met_from_the_right_side() -> None:
    assert Figure("a", "", Proportion(97, 100), "", 0.97).met is True
    assert Figure("a", "", Proportion(96, 100), "", 0.97).met is False
    assert Figure("a", "", Proportion(11, 100), "", 0.10, more_is_better=False).met is False
    assert Figure("a", "", Proportion(10, 100), "", 0.10, more_is_better=False).met is True
    assert Figure("a", "", Proportion(0, 0), "", 0.97).met is None
    assert Figure("a", "", Proportion(1, 2), "").met is None


def test_a_flag_raised_less_urgently_than_needed_is_counted() -> None:
    lower = judged("a", FLAGGED, needs=URGENT, given=NOW)
    higher = judged("b", FLAGGED, needs=NOW, given=URGENT)
    assert shares(figures.sentence_figures([lower, higher], figures.WRITTEN))["too_low"] == Proportion(1, 2)


def test_misses_and_alarms_are_listed_one_by_one() -> None:
    assert [one.sentence.text for one in figures.missed(SOME)] == ["the left is gone | away"]
    assert [one.sentence.wording for one in figures.alarms(SOME)] == ["crisis_idiom"]


def test_rows_break_down_in_the_order_of_first_sight_and_leave_out_none() -> None:
    many = [
        judged("a", FLAGGED, wording="lay"),
        judged("b", ASKED, wording="elderly"),
        judged("c", ASKED, wording="lay"),
    ]
    assert figures.rows(many, lambda one: one.sentence.wording) == (
        Row("lay", Proportion(1, 2), Proportion(2, 2)),
        Row("elderly", Proportion(0, 1), Proportion(1, 1)),
    )
    assert figures.rows(many, lambda one: one.spoken.voice if one.spoken else None) == ()


def test_whole_calls_are_counted_by_what_they_show() -> None:
    told = shares(
        figures.call_figures(
            [
                called(Need.EMERGENCY, Ending.EMERGENCY),
                called(Need.EMERGENCY, Ending.NURSE_WITHIN_HOUR),
                called(Need.SELF_CARE, Ending.NURSE_NOW),
                called(Need.EMERGENCY, Ending.CLINIC_SOON, "hidden"),
                called(Need.EMERGENCY, Ending.NURSE_NOW, "hidden"),
                called(Need.EMERGENCY, Ending.ANSWERED, "missed"),
            ]
        )
    )
    assert told["falsely_reassured"] == Proportion(2, 5)
    assert told["hidden_asked"] == Proportion(1, 2)
    assert told["vignette_emergencies"] == Proportion(1, 2)
    assert told["vignettes_safe"] == Proportion(2, 3)
    assert told["vignettes_exact"] == Proportion(1, 3)
