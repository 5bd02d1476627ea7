"""What every second opinion does: the stand-in and the real one, by the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Empty, SimpleQueue

import pytest

from voice_agent import config
from voice_agent.fakes.second_opinions import FakeSecondOpinions
from voice_agent.ports import SecondOpinions
from voice_agent.second_opinion.beside_calls import OpinionsBesideCalls
from voice_agent.second_opinion.judge import MeaningJudge
from voice_agent.triage.second_opinion import Opinion

URGENT = "my husband went grey and he is clutching the middle of his chest"
HARMLESS = "i would like to book a flu shot for my son next week"
PATIENCE_S = 60


@pytest.fixture(params=["fake", "real"])
def opinions(request: pytest.FixtureRequest) -> Iterator[SecondOpinions]:
    if request.param == "fake":
        known = Opinion(urgent=0.9, crisis=0.01, flag="heart_attack", flag_sure=0.9, crisis_flag="suicide")
        made: SecondOpinions = FakeSecondOpinions({URGENT: known})
    else:
        made = OpinionsBesideCalls(MeaningJudge(config.load_red_flags().ids()))
    yield made
    made.close()


def test_each_text_is_told_of_once_and_in_order(opinions: SecondOpinions) -> None:
    told: SimpleQueue[tuple[str, Opinion]] = SimpleQueue()
    for text in (URGENT, HARMLESS):
        opinions.judge(text, lambda opinion, text=text: told.put((text, opinion)))
    first, second = told.get(timeout=PATIENCE_S), told.get(timeout=PATIENCE_S)
    assert (first[0], second[0]) == (URGENT, HARMLESS)
    assert first[1].urgent >= opinions.thresholds.ask > second[1].urgent
    assert first[1].flag == "heart_attack"
    assert told.empty()


def test_probabilities_are_probabilities(opinions: SecondOpinions) -> None:
    told: SimpleQueue[Opinion] = SimpleQueue()
    opinions.judge(URGENT, told.put)
    opinion = told.get(timeout=PATIENCE_S)
    assert all(0 <= chance <= 1 for chance in (opinion.urgent, opinion.crisis, opinion.flag_sure))
    assert {opinion.flag, opinion.crisis_flag} <= set(config.load_red_flags().ids())


def test_it_says_how_it_is_and_after_closing_nothing_is_told(opinions: SecondOpinions) -> None:
    assert opinions.check() is None
    opinions.close()
    told: SimpleQueue[Opinion] = SimpleQueue()
    opinions.judge(URGENT, told.put)
    with pytest.raises(Empty):
        told.get(timeout=0.2)
    assert opinions.check() == "The second opinion was closed."
