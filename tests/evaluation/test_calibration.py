"""Probabilities against what came true."""

from __future__ import annotations

import pytest
from evaluation_stories import PASSED, judged

from voice_agent.evaluation import calibration
from voice_agent.evaluation.outcomes import Judged


def told(*pairs: tuple[float | None, bool]) -> list[Judged]:
    return [judged(str(at), PASSED, flag="stroke" if true else None, p=p) for at, (p, true) in enumerate(pairs)]


def test_a_model_that_knows_has_no_error() -> None:
    found = calibration.of(told((1.0, True), (1.0, True), (0.0, False)))
    assert found
    assert (found.brier, found.error, found.auc, found.n) == (0, 0, 1, 3)


def test_a_model_that_guesses_is_seen() -> None:
    found = calibration.of(told((0.5, True), (0.5, False)))
    assert found
    assert (found.brier, found.error, found.auc) == (0.25, 0, 0.5)


def test_a_model_that_is_sure_and_wrong_is_seen() -> None:
    found = calibration.of(told((0.95, False), (0.95, False), (0.15, True)))
    assert found
    assert found.auc == 0
    assert found.error == pytest.approx((2 * 0.95 + 0.85) / 3)
    assert [each.share.n for each in found.bins] == [1, 2]


def test_ranks_are_compared_pair_by_pair() -> None:
    pairs = [(0.9, True), (0.4, True), (0.4, False), (0.2, False), (0.6, False)]
    wins = sum((p > q) + 0.5 * (p == q) for p, t in pairs for q, u in pairs if t and not u)
    found = calibration.of(told(*pairs))
    assert found
    assert found.auc == pytest.approx(wins / 6)


def test_without_probabilities_or_with_one_kind_only_there_is_nothing_to_say() -> None:
    assert calibration.of(told((None, True), (None, False))) is None
    assert calibration.of(told((0.3, True))) is None
