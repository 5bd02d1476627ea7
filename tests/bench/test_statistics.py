"""Quantiles, shares and histograms."""

from __future__ import annotations

import pytest

from voice_agent.bench.statistics import Spread, histogram, quantile, share, spread


def test_a_quantile_lies_between_its_neighbours() -> None:
    assert quantile([10, 20, 30, 40], 0.5) == 25
    assert quantile([40, 10, 30, 20], 0.0) == 10
    assert quantile([10, 20, 30, 40], 1.0) == 40
    assert quantile([0, 100], 0.95) == pytest.approx(95)


def test_one_value_is_every_quantile() -> None:
    assert {quantile([7], part) for part in (0.0, 0.5, 0.99)} == {7}


def test_nothing_has_no_quantile() -> None:
    with pytest.raises(ValueError, match="at least one"):
        quantile([], 0.5)
    assert spread([]) is None


def test_a_spread_tells_what_it_rests_on() -> None:
    assert spread([1, 2, 3]) == Spread(3, 2, pytest.approx(2.9), pytest.approx(2.98), 3)


def test_a_share_of_no_trials_is_unknown_and_not_zero() -> None:
    assert share(0, 0) is None
    assert share(1, 4) == 0.25


def test_a_histogram_keeps_what_lies_beyond_its_ends() -> None:
    assert histogram([-5, 0, 99, 100, 450, 9000], 100, 500) == [3, 1, 0, 0, 2]
