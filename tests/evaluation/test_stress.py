"""A level that falls is seen."""

from __future__ import annotations

import pytest
from evaluation_stories import ASKED, FLAGGED, NOW, PASSED, URGENT, heard, stressed

from voice_agent.evaluation import stress
from voice_agent.evaluation.cases import StressCase
from voice_agent.evaluation.outcomes import Heard, Verdict
from voice_agent.evaluation.proportion import Proportion


@pytest.mark.parametrize(
    ("plain", "inside", "lowered"),
    [
        (heard(FLAGGED, URGENT), heard(FLAGGED, URGENT), False),
        (heard(FLAGGED, URGENT), heard(FLAGGED, NOW), True),
        (heard(FLAGGED, NOW), heard(FLAGGED, URGENT), False),
        (heard(FLAGGED, NOW), heard(ASKED), True),
        (heard(ASKED), heard(FLAGGED, NOW), False),
        (heard(ASKED), heard(PASSED), True),
        (heard(ASKED), heard(Verdict.NURSE, NOW), True),
        (heard(PASSED), heard(PASSED), False),
    ],
)
def test_a_level_is_lowered_when_less_is_done(plain: Heard, inside: Heard, lowered: bool) -> None:
    assert stressed("relative", plain, inside).lowered is lowered


def test_the_result_counts_by_kind_and_names_what_proves_nothing() -> None:
    cases = [StressCase(base, "stroke", NOW, kind, 1, f"{kind} {base}") for base in ("a", "b") for kind in ("x", "y")]
    outcomes = {"a": heard(FLAGGED, URGENT), "x a": heard(PASSED), "y a": heard(FLAGGED, URGENT)}
    outcomes |= {"b": heard(PASSED), "x b": heard(PASSED), "y b": heard(PASSED)}
    result = stress.judged(cases, outcomes)
    assert result.kinds == (("x", Proportion(1, 2)), ("y", Proportion(0, 2)))
    assert result.all == Proportion(1, 4)
    assert [one.case.text for one in result.lowered] == ["x a"]
    assert result.not_caught_plain == 1
    assert result.too_low == Proportion(3, 4)


def test_a_level_that_was_never_right_is_counted_though_nothing_lowered_it() -> None:
    assert stressed("relative", heard(FLAGGED, NOW), heard(FLAGGED, NOW)).too_low
    assert not stressed("relative", heard(FLAGGED, NOW), heard(FLAGGED, URGENT)).too_low
