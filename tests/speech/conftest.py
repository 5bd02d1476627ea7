"""Synthetic callers on a telephone line."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from voice_agent.audio.frames import AudioFrame, Framer
from voice_agent.audio.mulaw import decode, encode
from voice_agent.audio.resampling import resample
from voice_agent.speech.recognizer import VoskRecognizers
from voice_agent.speech.synthesizer import Pyttsx3Synthesizer

Say = Callable[..., bytes]
OnTheLine = Callable[..., list[AudioFrame]]


@pytest.fixture(scope="session")
def say(tmp_path_factory: pytest.TempPathFactory) -> Say:
    """say(text, voice="slt") -> PCM16 at 8 kHz that went through mu-law; `slt rms kal` are flite's, others eSpeak's."""
    wav = tmp_path_factory.mktemp("callers") / "said.wav"

    def speak(text: str, voice: str = "slt") -> bytes:
        if voice in {"slt", "rms", "kal", "awb"}:
            command = ["flite", "-voice", voice, "-t", text, "-o", str(wav)]
        else:
            command = ["espeak-ng", "-v", voice, "-w", str(wav), text]
        subprocess.run(command, check=True, capture_output=True)
        return decode(encode(_read(wav)))

    return speak


def _read(path: Path) -> bytes:
    with wave.open(str(path)) as reader:
        rate_hz = reader.getframerate()
        return resample(reader.readframes(reader.getnframes()), rate_hz, 8000)


@pytest.fixture(scope="session")
def on_the_line() -> OnTheLine:
    """on_the_line(pcm, at_ms=0) -> the sound as frames from `at_ms` on, in the faint noise of a line at rest."""

    def frames(pcm: bytes, at_ms: int = 0) -> list[AudioFrame]:
        noise = np.random.default_rng(7).normal(0, 8, len(pcm) // 2)
        noisy = (np.frombuffer(pcm, dtype="<i2") + noise).clip(-32768, 32767).astype("<i2").tobytes()
        framer = Framer()
        cut = framer.push(noisy) + framer.flush()
        return [AudioFrame(frame, at_ms + 20 * place) for place, frame in enumerate(cut)]

    return frames


@pytest.fixture(scope="session")
def recognizers() -> VoskRecognizers:
    """Vosk with the built-in model, loaded once for all tests."""
    return VoskRecognizers()


@pytest.fixture(scope="session")
def synthesizer() -> Iterator[Pyttsx3Synthesizer]:
    """eSpeak NG in its process."""
    mouth = Pyttsx3Synthesizer()
    yield mouth
    mouth.close()
