"""Moonshine: answers to closed questions, and what is no answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from voice_agent.audio.mulaw import decode, encode
from voice_agent.call.replies import Listen
from voice_agent.speech.second_ear import MoonshineEar
from voice_agent.speech.synthesizer import Pyttsx3Synthesizer


@pytest.fixture(scope="module")
def ear() -> Iterator[MoonshineEar]:
    ear = MoonshineEar()
    yield ear
    ear.close()


@pytest.fixture(scope="module")
def synthesizer() -> Iterator[Pyttsx3Synthesizer]:
    synthesizer = Pyttsx3Synthesizer()
    yield synthesizer
    synthesizer.close()


def spoken(synthesizer: Pyttsx3Synthesizer, text: str) -> bytes:
    return bytes(3200) + decode(encode(synthesizer.synthesize(text, 165))) + bytes(3200)


@pytest.mark.parametrize("digit", ["three", "seven", "six", "four"])
def test_a_lone_digit_is_heard_as_an_answer(ear: MoonshineEar, synthesizer: Pyttsx3Synthesizer, digit: str) -> None:
    hearing = ear.hear(spoken(synthesizer, digit), Listen.DIGITS)
    assert hearing.answer == digit
    assert hearing.answer_confidence > 0.5


def test_yes_is_heard_as_an_answer(ear: MoonshineEar, synthesizer: Pyttsx3Synthesizer) -> None:
    assert ear.hear(spoken(synthesizer, "no thank you"), Listen.YES_NO).answer == "no thank you"


def test_other_speech_is_no_answer(ear: MoonshineEar, synthesizer: Pyttsx3Synthesizer) -> None:
    hearing = ear.hear(spoken(synthesizer, "do you have anything open tomorrow"), Listen.YES_NO)
    assert hearing.answer_confidence < 0.2
    assert hearing.text == "do you have anything open tomorrow"


def test_an_open_question_has_no_answer(ear: MoonshineEar, synthesizer: Pyttsx3Synthesizer) -> None:
    hearing = ear.hear(spoken(synthesizer, "seven"))
    assert (hearing.answer, hearing.answer_confidence) == ("", 0.0)


def test_a_missing_model_is_named_with_what_to_do(tmp_path: Path) -> None:
    problem = MoonshineEar(directory=tmp_path).check()
    assert problem is not None
    assert str(tmp_path) in problem
    assert "second-ear" in problem


def test_a_damaged_model_is_named_with_what_to_do(tmp_path: Path) -> None:
    for name in ("tokenizer.bin", "encoder_model.ort", "decoder_model_merged.ort"):
        (tmp_path / name).write_bytes(b"\x01x")
    problem = MoonshineEar(directory=tmp_path).check()
    assert problem is not None
    assert "do not load" in problem
