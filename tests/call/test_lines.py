"""Wishes, backchannels, wording."""

from __future__ import annotations

import pytest

from voice_agent.call.lines import Escape, EscapeListener, Lines


@pytest.fixture(scope="module")
def wishes(lines: Lines) -> EscapeListener:
    return EscapeListener(lines.escapes)


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("let me talk to a human being", Escape.PERSON),
        ("no i said operator", Escape.PERSON),
        ("can you repeat that please", Escape.REPEAT),
        ("sorry what was that", Escape.REPEAT),
        ("could you speak more slowly please", Escape.SLOWER),
        ("start over", Escape.START_OVER),
        ("okay thank you goodbye", Escape.GOODBYE),
        ("that's all thanks", Escape.GOODBYE),
        ("goodbye cruel world i took my pills", None),
        ("i need to repeat my prescription", None),
        ("my mother died again and again", None),
        ("", None),
    ],
)
def test_a_wish_is_the_whole_of_what_was_said_but_a_person_counts_anywhere(
    wishes: EscapeListener, words: str, wish: Escape | None
) -> None:
    assert wishes.escape_in(words) is wish


@pytest.mark.parametrize("words", ["", "mm hm", "uh huh okay", "[unk]"])
def test_backchannels(wishes: EscapeListener, words: str) -> None:
    assert wishes.is_backchannel(words)


@pytest.mark.parametrize("words", ["um", "uh um", "[unk]", ""])
def test_hesitations_are_no_answer(wishes: EscapeListener, words: str) -> None:
    assert wishes.is_hesitation(words)


@pytest.mark.parametrize("words", ["yes", "okay", "mm hm"])
def test_yes_is_an_answer(wishes: EscapeListener, words: str) -> None:
    assert not wishes.is_hesitation(words)


def test_the_clinic_s_name_is_filled_in_everywhere(lines: Lines) -> None:
    assert not [line for line in lines.fixed() if "{" in line]
    assert any("Test Clinic" in line for line in lines.greeting)


def test_there_are_three_different_reprompts_of_each_kind(lines: Lines) -> None:
    assert len(set(lines.no_input)) == len(set(lines.no_match)) == 3
