"""Yes, no, and neither."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_agent.understanding.yes_no import dont_know, yes_no

YES = [
    "yes", "yes please", "yeah", "that's right", "thats right", "correct", "sure", "ok", "uh huh", "mm-hm", "i do",
    "yes it does hurt a lot", "no problem", "of course", "sounds good", "i think so", "no wait yes",
]  # fmt: skip
NO = [
    "no", "nope", "not really", "i don't think so", "dont think so", "i do not think so", "no i don't", "no thanks",
    "that's not right", "it isn't", "yes no wait no", "yes sorry i mean no", "uh-uh", "okay no", "no no no", "wrong",
]  # fmt: skip
UNCLEAR = ["", "banana", "no that's right", "yes and no", "i don't know", "i'm not sure", "maybe", "tomorrow"]


@pytest.mark.parametrize("said", YES)
def test_yes(said: str) -> None:
    assert yes_no(said) is True


@pytest.mark.parametrize("said", NO)
def test_no(said: str) -> None:
    assert yes_no(said) is False


@pytest.mark.parametrize("said", UNCLEAR)
def test_neither(said: str) -> None:
    assert yes_no(said) is None


@pytest.mark.parametrize("said", ["i don't know", "dunno", "not sure", "i have no idea", "i haven't checked", "maybe"])
def test_dont_know(said: str) -> None:
    assert dont_know(said)


def test_a_plain_answer_is_known() -> None:
    assert not any(dont_know(said) for said in (*YES, *NO))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_anything_can_be_said(text: str) -> None:
    assert yes_no(text) in {True, False, None}
