"""Recordings heard as a call is heard."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from voice_agent.audio.frames import level_dbfs
from voice_agent.call.events import Transcribed, Word
from voice_agent.call.hearings import EarKind, SecondHearing
from voice_agent.call.replies import Listen
from voice_agent.errors import SoundFileError
from voice_agent.fakes.speech import FakeRecognizers, FakeSecondEar, FakeVoiceActivity
from voice_agent.transcribing.command import Options, transcribe
from voice_agent.transcribing.listening import Ears, listen_to
from voice_agent.transcribing.scores import Scores, references
from voice_agent.transcribing.sound_files import in_a_call, telephone_sound


def tone(seconds: float, rate_hz: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return 0.2 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate_hz)) / rate_hz)


def write(path: Path, *, rate_hz: int = 8000, width: int = 2, channels: int = 1, seconds: float = 1.0) -> Path:
    samples = np.repeat(tone(seconds, rate_hz), channels)
    match width:
        case 1:
            raw = np.rint(samples * 127 + 128).astype(np.uint8).tobytes()
        case 3:
            raw = b"".join(int(value * (2**23 - 1)).to_bytes(3, "little", signed=True) for value in samples)
        case _:
            raw = np.rint(samples * (2 ** (8 * width - 1) - 1)).astype(f"<i{width}").tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(raw)
    return path


def ears(text: str = "my chase hearts", heard_again: str = "my chest hurts", confidence: float = 0.9) -> Ears:
    words = tuple(Word(word, 0, 1000, confidence) for word in heard_again.split())
    return Ears(
        FakeRecognizers([Transcribed(text, 1200)]),
        FakeSecondEar([SecondHearing(heard_again, words)] * 3),
        FakeVoiceActivity,
        EarKind.PUBLISHED,
    )


class TestSoundFiles:
    @pytest.mark.parametrize("mu_law", [False, True])
    @pytest.mark.parametrize(
        ("rate_hz", "width", "channels"), [(8000, 2, 1), (16000, 2, 2), (44100, 3, 1), (48000, 4, 2), (11025, 1, 1)]
    )
    def test_any_plain_wav_becomes_the_sound_of_a_telephone(
        self, tmp_path: Path, rate_hz: int, width: int, channels: int, mu_law: bool
    ) -> None:
        path = write(tmp_path / "tone.wav", rate_hz=rate_hz, width=width, channels=channels)
        sound = telephone_sound(path, mu_law=mu_law)
        assert len(sound) == pytest.approx(16000, abs=4)
        assert level_dbfs(sound) == pytest.approx(-17, abs=0.3)

    def test_what_is_no_wav_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "song.mp3").write_bytes(b"ID3" * 100)
        with pytest.raises(SoundFileError, match="not a wav file"):
            telephone_sound(tmp_path / "song.mp3", mu_law=True)
        with pytest.raises(SoundFileError, match="no such file"):
            telephone_sound(tmp_path / "nothing.wav", mu_law=True)
        (tmp_path / "empty.wav").touch()
        with pytest.raises(SoundFileError, match="not a wav file"):
            telephone_sound(tmp_path / "empty.wav", mu_law=True)
        with pytest.raises(SoundFileError, match="cannot be read"):
            telephone_sound(tmp_path, mu_law=True)


class TestListening:
    def test_both_ears_hear_and_one_is_believed(self) -> None:
        heard = listen_to(in_a_call(telephone_tone()), Listen.OPEN, ears(confidence=0.3))
        assert (heard.vosk, heard.second_ear, heard.text) == ("my chase hearts", "my chest hurts", "my chase hearts")
        assert len(heard.parts) == 1
        assert heard.parts[0].voiced_ms == 1000

    def test_silence_has_no_words(self) -> None:
        heard = listen_to(in_a_call(bytes(8000)), Listen.OPEN, ears(text=""))
        assert (heard.text, heard.parts, heard.confidence) == ("", (), 0.0)


class TestCommand:
    def test_a_json_line_a_file(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav")
        said: list[str] = []
        assert transcribe(
            Options([path], Listen.OPEN, True, True, None), ears(confidence=0.2), said.append, said.append
        )
        told = json.loads(said[0])
        assert set(told) == {"file", "vosk", "second_ear", "text", "confidence", "seconds", "rtf"}
        assert (told["file"], told["text"], told["seconds"]) == (str(path), "my chase hearts", 1.0)

    def test_error_rates_stand_below(self, tmp_path: Path) -> None:
        path, listed = write(tmp_path / "a.wav"), tmp_path / "said.jsonl"
        listed.write_text('{"file": "a.wav", "text": "My chest hurts."}\n', encoding="utf-8")
        said: list[str] = []
        assert transcribe(
            Options([path], Listen.OPEN, True, False, listed), ears(confidence=0.2), said.append, said.append
        )
        assert [line.split("%")[0].split() for line in said[1:]] == [
            ["vosk", "66.7"],
            ["second", "ear", "0.0"],
            ["agreement", "66.7"],
        ]

    def test_a_file_that_cannot_be_read_is_said_and_the_others_heard(self, tmp_path: Path) -> None:
        said: list[str] = []
        wrong: list[str] = []
        options = Options([tmp_path / "none.wav", write(tmp_path / "a.wav")], Listen.OPEN, True, True, None)
        assert not transcribe(options, ears(), said.append, wrong.append)
        assert len(said) == 1
        assert "no such file" in wrong[0]


class TestReferences:
    def test_a_line_of_another_form_is_named(self, tmp_path: Path) -> None:
        listed = tmp_path / "said.jsonl"
        listed.write_text('{"file": "a.wav", "text": "yes"}\n\n{"file": "b.wav"}\n', encoding="utf-8")
        with pytest.raises(SoundFileError, match=r"said\.jsonl:3"):
            references(listed)
        with pytest.raises(SoundFileError, match="cannot be read"):
            references(tmp_path / "none.jsonl")

    def test_figures_and_words_are_the_same(self) -> None:
        scores = Scores()
        scores.add("7 3", Listen.DIGITS, "seven three", None, "seven")
        assert (scores.vosk.errors, scores.agreement.errors, scores.second_ear.recordings) == (0, 1, 0)


def telephone_tone() -> bytes:
    return np.rint(tone(1.0, 8000) * 32767).astype("<i2").tobytes()
