"""The choice of adapters."""

from __future__ import annotations

from dataclasses import replace

from voice_agent import config, wiring
from voice_agent.second_opinion.beside_calls import MeaningSettings, Use
from voice_agent.second_opinion.judge import MeaningJudge

SETTINGS = config.load_settings()
DIALOGS = config.load_dialogs()


def test_the_second_opinion_is_there_where_it_is_installed() -> None:
    opinions, missing = wiring.second_opinions(SETTINGS, DIALOGS)
    assert missing is None
    assert opinions is not None
    assert opinions.thresholds == MeaningJudge(DIALOGS.red_flags.ids()).thresholds
    assert wiring.session_settings(SETTINGS).second_opinion is None
    opinions.close()


def test_it_can_be_left_out_and_then_nothing_is_said_of_it() -> None:
    none = replace(SETTINGS, meaning=MeaningSettings(Use.NONE))
    assert wiring.second_opinions(none, DIALOGS) == (None, None)
