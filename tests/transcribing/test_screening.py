"""Recordings screened as a call screens them."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from voice_agent import config
from voice_agent.call.events import Transcribed
from voice_agent.call.hearings import EarKind
from voice_agent.errors import SoundFileError
from voice_agent.fakes.speech import FakeRecognizers, FakeVoiceActivity
from voice_agent.transcribing.listening import Ears
from voice_agent.transcribing.screening import screened_sound
from voice_agent.triage.red_flags import RedFlagScreen

SCREEN = RedFlagScreen(config.load_red_flags(config.DEFAULT_DIALOGS))


def recording(folder: Path) -> Path:
    tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    with wave.open(str(folder / "call.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.rint(tone * 32767).astype("<i2").tobytes())
    return folder / "call.wav"


def ears(text: str) -> Ears:
    return Ears(FakeRecognizers([Transcribed(text, 1200)]), None, FakeVoiceActivity, EarKind.PUBLISHED)


def test_a_red_flag_in_a_recording_is_a_record_with_the_file_as_id(tmp_path: Path) -> None:
    path = recording(tmp_path)
    record = screened_sound(SCREEN, ears("my chest feels tight"), path)
    assert (record["id"], record["red_flag"], record["flag"]) == (str(path), True, "heart_attack")
    assert record["heard"] == "my chest feels tight"
    assert len(record["evidence_ms"]) == len(record["evidence"]) == 1


def test_harmless_words_and_questions_are_told_apart(tmp_path: Path) -> None:
    path = recording(tmp_path)
    assert screened_sound(SCREEN, ears("what are your hours"), path)["ask"] is None
    assert screened_sound(SCREEN, ears("my baby has a fever"), path)["ask"] == "infant_fever.age"


def test_what_is_no_recording_is_said(tmp_path: Path) -> None:
    with pytest.raises(SoundFileError, match="no such file"):
        screened_sound(SCREEN, ears(""), tmp_path / "nothing.wav")
