"""The records of `voice-agent screen`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voice_agent import strict_yaml
from voice_agent.triage.red_flag_content import RedFlagContent
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.triage.screen_lines import ScreenLineError, parse_line, screen_line

SCREEN = RedFlagScreen(
    strict_yaml.read(Path(__file__).resolve().parents[2] / "dialogs" / "red_flags.yaml", RedFlagContent)
)


def test_a_red_flag_names_flag_disposition_and_evidence() -> None:
    assert screen_line(SCREEN, {"id": "a", "text": "My chest feels tight."}) == {
        "id": "a",
        "red_flag": True,
        "ask": None,
        "flag": "heart_attack",
        "disposition": "911",
        "evidence": ["chest feels tight."],
    }


def test_words_that_may_hide_an_emergency_name_the_question() -> None:
    result = screen_line(SCREEN, {"id": 7, "text": "my baby has a fever"})
    assert (result["red_flag"], result["ask"], result["flag"]) == (False, "infant_fever.age", "infant_fever")
    assert result["disposition"] == "nurse_now"


def test_harmless_words_name_nothing_and_the_result_is_json() -> None:
    result = screen_line(SCREEN, {"id": "b", "text": "what are your hours"})
    assert json.loads(json.dumps(result)) == {
        "id": "b",
        "red_flag": False,
        "ask": None,
        "flag": None,
        "disposition": None,
        "evidence": [],
    }


def test_a_line_is_read() -> None:
    assert parse_line('{"id": "1", "text": "hello"}\n', 1) == {"id": "1", "text": "hello"}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("my chest hurts", "line 3: not JSON"),
        ("[1]", "line 3: must be an object"),
        ('{"text": "x"}', "line 3: 'id' is missing"),
        ('{"id": "1"}', "line 3: 'text' is missing"),
        ('{"id": "1", "text": 5}', "line 3: 'text' must be a string"),
    ],
)
def test_a_malformed_line_is_named_by_number_without_its_words(line: str, complaint: str) -> None:
    with pytest.raises(ScreenLineError, match=complaint) as caught:
        parse_line(line, 3)
    assert "chest" not in str(caught.value).replace('"my chest hurts"', "")
