"""Shares and their intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.evaluation.proportion import Proportion


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # Newcombe 1998, table I, method 3 (Wilson's score), and by hand from the formula.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(hits: int, n: int, low: float, high: float) -> None:
    assert Proportion(hits, n).interval == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_nothing_was_tried_and_nothing_is_known() -> None:
    assert Proportion(0, 0).value is None
    assert Proportion(0, 0).interval == (0.0, 1.0)


def test_trials_are_counted() -> None:
    assert Proportion.of([True, False, True]) == Proportion(2, 3)


@given(st.integers(0, 400), st.integers(1, 400))
def test_the_share_lies_in_its_interval_and_more_trials_narrow_it(hits: int, n: int) -> None:
    hits = min(hits, n)
    low, high = Proportion(hits, n).interval
    assert 0 <= low <= hits / n <= high <= 1
    closer = Proportion(10 * hits, 10 * n).interval
    assert closer[1] - closer[0] < high - low
