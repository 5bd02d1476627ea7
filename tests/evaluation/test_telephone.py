"""Sentences over a noisy telephone line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from voice_agent.evaluation.cases import Sentence
from voice_agent.evaluation.telephone import NOISE_DB, NOISES, VOICES, Booth, Rendition, noise, renditions
from voice_agent.simulator import sound

MANY = [Sentence(f"sentence number {number}", None, None, "lay") for number in range(30)]


def test_without_a_limit_every_voice_says_every_sentence_once() -> None:
    drawn = renditions(MANY, None)
    assert len({(one.sentence.id, one.voice) for one in drawn}) == len(drawn) == 30 * len(VOICES)
    assert set(Counter(one.noise for one in drawn).values()) == {15 * len(VOICES)}


@pytest.mark.parametrize("limit", [1, 7, 12, 29])
def test_a_limit_takes_sentences_evenly_and_voices_in_turn(limit: int) -> None:
    drawn = renditions(MANY, limit)
    places = [int(one.sentence.text.rsplit(" ", 1)[1]) for one in drawn]
    assert places == sorted(set(places))
    assert len(places) == limit
    gaps = np.diff([*places, 30 + places[0]])
    assert gaps.max() - gaps.min() <= 1
    assert max(Counter(one.voice for one in drawn).values()) <= -(-limit // len(VOICES))


def test_beyond_one_round_a_sentence_gets_another_voice() -> None:
    drawn = renditions(MANY, 70)
    assert len({(one.sentence.id, one.voice) for one in drawn}) == 70
    assert min(Counter(one.sentence.id for one in drawn).values()) == 2


def test_it_is_the_same_each_time_and_nothing_comes_of_nothing() -> None:
    assert renditions(MANY, 11) == renditions(MANY, 11)
    assert renditions([], 5) == []


@pytest.mark.parametrize("kind", NOISES)
def test_noise_is_so_much_softer_than_a_voice(kind: str) -> None:
    rms = float(np.sqrt(np.mean(noise(kind) ** 2)))
    assert 20 * np.log10(sound.SPEECH_RMS / rms) == pytest.approx(NOISE_DB, abs=0.1)


def test_pink_noise_is_lower_than_white() -> None:
    def high(kind: str) -> float:
        power = np.abs(np.fft.rfft(noise(kind))) ** 2
        return float(power[len(power) // 2 :].sum() / power.sum())

    assert high("pink") < 0.3 < high("white")


def test_a_rendition_is_spoken_once_and_kept(tmp_path: Path) -> None:
    one = Rendition(MANY[3], "espeak:en-us", 1.0, "pink")
    first = Booth(tmp_path).line_sound(one)
    (kept,) = tmp_path.glob("*.ulaw")
    # Another voice's words in its place prove that the second booth did not speak.
    kept.write_bytes(Booth(tmp_path / "other")._spoken(Rendition(MANY[4], "espeak:en-us", 1.0, "pink")))
    assert Booth(tmp_path).line_sound(one) != first
    assert len(first) / 16 > 2900 + 500, "a second of words in three of silence"
