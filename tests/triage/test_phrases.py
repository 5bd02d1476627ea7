"""Phrases in speech: said, not said, denied."""

from __future__ import annotations

import pytest

from voice_agent.triage.phrases import asserted, best_fit, denied, fits, unsayable, without
from voice_agent.understanding.words import expanded


@pytest.mark.parametrize(
    ("phrase", "said", "place"),
    [
        ("stiff/sore neck", "my neck is really stiff", 1),
        ("stiff neck", "my neck hurts", None),
        ("can not breathe", "i can't breathe", 1),
        ("back pain", "back to the matter of the day the pain", None),
        ("fever", "", None),
        ("can not breathe/breath", "i'm not short of breath i can walk upstairs", None),
        ("can not breathe", "it is not my arm i can walk but i can't breathe", 10),
        ("will/can not wake", "i can not get him to wake", 1),
        ("will/can not wake", "he is not himself and will wake soon", None),
    ],
)
def test_fits(phrase: str, said: str, place: int | None) -> None:
    assert fits(phrase, expanded(said)) == place


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("fever", "i have no fever"),
        ("fever", "he hasn't had any fever"),
        ("stiff neck", "my neck is not stiff"),
        ("fever", "no cough or fever"),
        ("fever", "i don't have a cough or a runny nose or a fever"),
        ("chest pain", "without chest pain"),
        ("blood", "i haven't noticed any blood"),
    ],
)
def test_plain_denials(phrase: str, said: str) -> None:
    assert denied(phrase, expanded(said))
    assert not asserted(phrase, expanded(said))


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("fever", "i have a fever"),
        ("fever", "no cough but a fever"),
        ("fever", "i have no idea but there is a fever"),
        ("fever", "no fever yesterday but a fever of a hundred and two today"),
        ("can not breathe", "i can't breathe"),
        ("fever", "i can't sleep or eat with this fever"),
        ("stiff neck", "i don't know if i have a stiff neck"),
        ("head hurts", "no fever and my head hurts"),
    ],
)
def test_what_is_no_denial(phrase: str, said: str) -> None:
    assert not denied(phrase, expanded(said))
    assert asserted(phrase, expanded(said))


def test_words_that_mean_something_else_are_taken_out() -> None:
    heard = expanded("i had a flu shot and i think i have the flu")
    assert without(["flu shot"], heard) == ["i", "had", "a", "", "", "and", "i", "think", "i", "have", "the", "flu"]


def test_the_longest_phrase_fits_best() -> None:
    assert best_fit(["fever", "baby fever"], expanded("my baby has a fever")) == "baby fever"
    assert best_fit(["cough"], expanded("my baby has a fever")) is None


def test_what_nobody_can_be_heard_to_say() -> None:
    assert unsayable("sore/um throat") == "sore/um"
    assert unsayable("sore throat") is None
