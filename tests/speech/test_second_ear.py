"""Moonshine: answers to closed questions, and what is no answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from voice_agent.audio.mulaw import decode
from voice_agent.call.replies import Listen
from voice_agent.simulator.speech import Voice
from voice_agent.speech.second_ear import MoonshineEar


@pytest.fixture(scope="module")
def ear() -> Iterator[MoonshineEar]:
    ear = MoonshineEar()
    yield ear
    ear.close()


def spoken(text: str) -> bytes:
    """A voice that Moonshine understands: it was trained with people, and some synthetic voices are strange to it."""
    return bytes(3200) + decode(Voice("flite:rms").speak(text)) + bytes(3200)


@pytest.mark.parametrize("digit", ["three", "seven", "six", "four"])
def test_a_lone_digit_is_heard_as_an_answer(ear: MoonshineEar, digit: str) -> None:
    hearing = ear.hear(spoken(digit), Listen.DIGITS)
    assert hearing.answer == digit
    assert hearing.answer_confidence > 0.5


def test_a_refusal_is_heard_as_an_answer(ear: MoonshineEar) -> None:
    assert ear.hear(spoken("no thank you"), Listen.YES_NO).answer == "no thank you"


def test_other_speech_is_no_answer(ear: MoonshineEar) -> None:
    hearing = ear.hear(spoken("i would like to cancel my appointment"), Listen.YES_NO)
    assert hearing.answer_confidence < 0.2
    assert hearing.text == "i would like to cancel my appointment"


def test_an_open_question_has_no_answer(ear: MoonshineEar) -> None:
    hearing = ear.hear(spoken("seven"))
    assert (hearing.answer, hearing.answer_confidence) == ("", 0.0)


def test_what_was_said_is_likelier_than_what_another_made_of_it(ear: MoonshineEar) -> None:
    said = "i would like to cancel my appointment"
    far, same = (
        ear.hear(spoken(said), Listen.OPEN, "i bow to the council my ointment"),
        ear.hear(spoken(said), first=said),
    )
    assert far.ahead is not None
    assert far.ahead > 1.0
    assert same.ahead == 0.0
    assert ear.hear(spoken(said)).ahead is None
    near = ear.hear(spoken(said), Listen.OPEN, "i would like to cancel the appointment").ahead
    assert near is not None
    assert 0 < near < far.ahead


def test_a_text_far_longer_than_the_sound_can_be_compared(ear: MoonshineEar) -> None:
    ahead = ear.hear(spoken("no thank you"), Listen.OPEN, "never in all my days " * 100).ahead
    assert ahead is not None
    assert ahead > 1.0


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
