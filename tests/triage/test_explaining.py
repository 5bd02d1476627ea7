"""Why the screen did what it did, in words that a nurse reads."""

from __future__ import annotations

from pathlib import Path

from voice_agent import strict_yaml
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.cues import Doubt
from voice_agent.triage.explaining import _DOUBTS, _LEVELS, explained
from voice_agent.triage.red_flag_content import RedFlagContent
from voice_agent.triage.red_flags import RedFlagScreen

SCREEN = RedFlagScreen(
    strict_yaml.read(Path(__file__).resolve().parents[2] / "dialogs" / "red_flags.yaml", RedFlagContent)
)


def test_a_red_flag_names_its_words_its_rule_and_its_level() -> None:
    lines = explained(SCREEN, "I can't breathe and my lips are blue")
    assert lines[1] == "understood  i can not breathe and my lips are blue"
    assert any(line.startswith("counts      breathing emergency: ") for line in lines)
    assert lines[-2].startswith("rule        ")
    assert lines[-1] == "so          red flag: Trouble breathing; 911 now"


def test_what_is_denied_says_so() -> None:
    lines = explained(SCREEN, "i have no chest pain")
    assert 'not counted chest pain: "chest pain" (is denied)' in lines
    assert lines[-1] == "so          nothing urgent was understood"


def test_a_question_says_what_is_asked() -> None:
    lines = explained(SCREEN, "my baby has a fever")
    assert lines[-1] == "so          asked first, for the words may hide it: Is the baby younger than three months?"
    assert any(line.startswith("rule        baby/age_under_1 + fever") for line in lines)


def test_every_doubt_and_every_level_has_words() -> None:
    assert set(_DOUBTS) == set(Doubt)
    assert set(_LEVELS) == set(CareLevel)
