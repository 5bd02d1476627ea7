"""The network and the model of this project together."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_agent import config
from voice_agent.errors import SecondOpinionError
from voice_agent.second_opinion.judge import MeaningJudge, installed

FLAGS = config.load_red_flags().ids()


@pytest.fixture(scope="module")
def judge() -> MeaningJudge:
    return MeaningJudge(FLAGS)


def test_words_that_no_list_has_are_told_from_those_of_every_day(judge: MeaningJudge) -> None:
    chosen = judge.thresholds
    emergency = judge.opinion(
        "grandpa turned the colour of candle wax and his shirt is wet through and he grips his chest"
    )
    crisis = judge.opinion("the children will be happier once i am gone so i am saying goodbye")
    booking = judge.opinion("could you find me something on a thursday afternoon for my flu shot")
    assert emergency.urgent >= chosen.ask
    assert crisis.crisis >= chosen.ask_crisis
    assert booking.urgent < chosen.ask
    assert booking.crisis < chosen.ask_crisis


def test_a_red_flag_that_is_gone_asks_for_new_training() -> None:
    with pytest.raises(SecondOpinionError, match=r"stroke.*train\.py"):
        MeaningJudge([flag for flag in FLAGS if flag != "stroke"])


def test_without_the_network_the_line_is_told_so_and_goes_on(tmp_path: Path) -> None:
    with pytest.raises(SecondOpinionError):
        MeaningJudge(FLAGS, folder=tmp_path)
    judge, told = installed(FLAGS, tmp_path / "none.npz")
    assert judge is None
    assert told is not None
    assert "the rules screen alone" in told
