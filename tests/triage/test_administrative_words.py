"""What callers say to get an appointment, an answer or a repetition is no emergency, and nobody is asked if it is one.

The sentences are the training examples of the dialog (dialogs/data/), symptoms left out: everyday words that a screen
which listens for danger must let pass, or no ordinary call comes to its end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from voice_agent.triage.red_flags import RedFlagScreen

DATA: Final = Path(__file__).resolve().parents[2] / "dialogs" / "data"
MARKED: Final = re.compile(r"\[([^\]]*)\](\([^)]*\)|\{[^}]*\})")
MAY_BE_ASKED: Final = 0.005
"""Share of all sentences. Some do come close: "I'm running low on insulin"."""
NEVER_ASKED: Final = (
    "affirm",
    "deny",
    "goodbye",
    "thanks",
    "repeat",
    "slower",
    "start_over",
    "ask_person",
    "faq_hours",
)


def examples() -> Iterator[tuple[str, str]]:
    """Intent and sentence."""
    for path in sorted(DATA.glob("nlu*.yml")):
        for group in yaml.safe_load(path.read_text())["nlu"]:
            if "symptom" not in group.get("intent", "symptom"):
                for line in group["examples"].splitlines():
                    yield group["intent"], MARKED.sub(r"\1", line.strip().removeprefix("- "))


def test_no_administrative_sentence_raises_a_red_flag(screen: RedFlagScreen) -> None:
    assert [said for _, said in examples() if screen.screen(said).red_flag] == []


def test_hardly_any_administrative_sentence_is_asked_about(screen: RedFlagScreen) -> None:
    asked = [(intent, said, ask.id) for intent, said in examples() if (ask := screen.screen(said).ask)]
    assert len(asked) <= MAY_BE_ASKED * len(list(examples())), Counter(question for _, _, question in asked)


@pytest.mark.parametrize("intent", NEVER_ASKED)
def test_the_small_words_of_a_call_are_never_asked_about(screen: RedFlagScreen, intent: str) -> None:
    of_intent = [said for of, said in examples() if of == intent]
    assert of_intent
    assert [(said, ask.id) for said in of_intent if (ask := screen.screen(said).ask)] == []
