"""Decisive words by their sound."""

from __future__ import annotations

import pytest

from voice_agent import config
from voice_agent.call.events import Word
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.triage.sounds import SoundAlikes, sound_key

CONTENT = config.load_red_flags(config.DEFAULT_DIALOGS)
ALIKES = SoundAlikes(CONTENT.decisive)
SCREEN = RedFlagScreen(CONTENT)


@pytest.mark.parametrize(("said", "meant"), [("phone", "fone"), ("knee", "nee"), ("cell", "sell"), ("bad", "pat")])
def test_words_that_sound_alike_share_a_key(said: str, meant: str) -> None:
    assert sound_key(said) == sound_key(meant)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("testy call", "testicle"),
        ("aunty freeze", "antifreeze"),
        ("con cushion", "concussion"),
        ("bleep ding", "bleeding"),
        ("glue coast", "glucose"),
        ("on conscious", "unconscious"),
    ],
)
def test_a_word_broken_in_two_is_put_together(said: str, meant: str) -> None:
    assert list(ALIKES.broken(said.split())) == [(0, meant)]


@pytest.mark.parametrize(
    "said",
    ["every time", "the doctor", "bleeding and", "my appointment", "over these fees", "allergic to", "days since"],
)
def test_ordinary_words_beside_each_other_stay_what_they_are(said: str) -> None:
    assert list(ALIKES.broken(said.split())) == []


def test_a_broken_word_raises_its_red_flag() -> None:
    assert "overdose" in SCREEN.fired("my brother over dossed and he isn't waking up")
    assert "poisoning" in SCREEN.fired("my toddler drank some aunty freeze")


def heard(text: str, doubted: str) -> list[Word]:
    return [
        Word(word, 400 * at, 400 * at + 300, 0.3 if word == doubted else 0.95) for at, word in enumerate(text.split())
    ]


def test_a_doubted_word_that_sounds_like_a_decisive_one_is_asked_about_with_its_times() -> None:
    said = "i think he had a stroake"
    screening = SCREEN.screen(said, words=heard(said, "stroake"))
    assert not screening.red_flag
    assert screening.ask is not None
    assert screening.ask.id == "stroke.signs"
    assert screening.ask.evidence[-1].words.endswith("stroake")
    assert screening.ask.evidence[-1].end_ms == 2300


def test_a_word_that_was_heard_well_is_not_doubted() -> None:
    said = "i think he had a stroake"
    assert SCREEN.screen(said, words=heard(said, "none")).ask is None
