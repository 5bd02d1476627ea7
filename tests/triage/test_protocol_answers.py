"""What people really answer to a triage question."""

from __future__ import annotations

import pytest

from voice_agent.triage.protocol_answers import said_yes

SIGNS = ("stiff neck", "can not wake", "fever")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("yes", True),
        ("yeah a little bit", True),
        ("i do", True),
        ("it does kind of", True),
        ("yes and it started on monday", True),
        ("no but my neck is stiff", True),
        ("no", False),
        ("no i have not noticed that at all", False),
        ("i don't have any of those", False),
        ("not really", False),
        ("i don't think so", False),
        ("no fever just sweats", False),
        ("he's fine", False),
        ("nothing", False),
        ("nothing comes out", None),
        ("she's breathing fine", False),
        ("i don't have a fever at the moment you know", False),
        ("no but i've had it for weeks", False),
        ("it's a dull ache on the left", None),
        ("i did squats the day before", None),
        ("he is not waking up when i call him", None),
        ("yes she's breathing fine", None),
        ("no but yes", None),
        ("i'm not sure", None),
        ("it's not fine at all i tell you", None),
        ("banana", None),
        ("", None),
    ],
)
def test_said_yes(said: str, expected: bool | None) -> None:
    assert said_yes(said, SIGNS) is expected
