"""The built-in Vosk model hears synthetic callers."""

from __future__ import annotations

import io
import json
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import vosk

from voice_agent.audio import mulaw
from voice_agent.audio.resampling import resample

MODEL = Path(__file__).parents[2] / "models" / "clinic-en-8k"
RATE_HZ = 8000
CHUNK_BYTES = RATE_HZ * 2 // 10
PAUSE = bytes(RATE_HZ)
VOICES = ("flite:slt", "flite:rms", "flite:kal", "espeak:en-us", "espeak:en-us+f3", "espeak:en-gb")
YES_NO = ["yes", "no", "yes please", "no thank you"]

Spoken = Callable[[str, str], bytes]


@pytest.fixture(scope="module")
def model() -> Any:
    vosk.SetLogLevel(-1)
    return vosk.Model(str(MODEL))


@pytest.fixture
def spoken(tmp_path: Path) -> Spoken:
    """Says words in a voice, as they come out of a mu-law telephone line, between two half-second pauses."""

    def say(words: str, voice: str) -> bytes:
        engine, name = voice.split(":")
        file = tmp_path / "said.wav"
        if engine == "flite":
            command = ["flite", "-voice", name, "-t", words, "-o", str(file)]
        else:
            command = ["espeak-ng", "-v", name, "-w", str(file), words]
        subprocess.run(command, check=True, capture_output=True)
        with wave.open(io.BytesIO(file.read_bytes())) as sound:
            pcm = resample(sound.readframes(sound.getnframes()), sound.getframerate(), RATE_HZ)
        return PAUSE + mulaw.decode(mulaw.encode(pcm)) + PAUSE

    return say


def heard(recognizer: Any, sound: bytes) -> dict[str, Any]:
    """The words of one utterance, fed in pieces as a call feeds them."""
    texts, words = [], []
    for start in range(0, len(sound), CHUNK_BYTES):
        if recognizer.AcceptWaveform(sound[start : start + CHUNK_BYTES]):
            result = json.loads(recognizer.Result())
            texts.append(result["text"])
            words += result.get("result", [])
    result = json.loads(recognizer.FinalResult())
    texts.append(result["text"])
    return {"text": " ".join(" ".join(texts).split()), "result": words + result.get("result", [])}


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize(
    "words",
    [
        "i would like to book an appointment",
        "mary johnson",
        "march third nineteen fifty two",
        "the first one",
        "my chest hurts and my left arm feels heavy",
        "yes that is right",
        "i want to talk to a person",
    ],
)
def test_callers_are_heard_word_for_word(model: Any, spoken: Spoken, voice: str, words: str) -> None:
    assert heard(vosk.KaldiRecognizer(model, RATE_HZ), spoken(words, voice))["text"] == words


@pytest.mark.parametrize("words", ["i am an automated assistant", "what time of day suits you best"])
def test_the_lines_own_voice_is_heard(model: Any, spoken: Spoken, words: str) -> None:
    assert heard(vosk.KaldiRecognizer(model, RATE_HZ), spoken(words, "espeak:en-us"))["text"] == words


@pytest.mark.parametrize("voice", ["flite:slt", "espeak:en-us"])
@pytest.mark.parametrize("words", YES_NO)
def test_a_grammar_hears_what_it_lists(model: Any, spoken: Spoken, voice: str, words: str) -> None:
    recognizer = vosk.KaldiRecognizer(model, RATE_HZ, json.dumps([*YES_NO, "[unk]"]))
    assert heard(recognizer, spoken(words, voice))["text"] == words


@pytest.mark.parametrize("words", ["banana bread and marmalade", "what are your opening hours"])
def test_a_grammar_calls_other_speech_unknown(model: Any, spoken: Spoken, words: str) -> None:
    recognizer = vosk.KaldiRecognizer(model, RATE_HZ, json.dumps([*YES_NO, "[unk]"]))
    text = heard(recognizer, spoken(words, "flite:slt"))["text"]
    assert "[unk]" in text
    assert "yes" not in text.split()


def test_words_have_times_and_confidences(model: Any, spoken: Spoken) -> None:
    recognizer = vosk.KaldiRecognizer(model, RATE_HZ)
    recognizer.SetWords(True)
    sound = spoken("my chest hurts", "flite:slt")
    words = heard(recognizer, sound)["result"]
    assert [word["word"] for word in words] == ["my", "chest", "hurts"]
    # Half a second of pause lies before the first word and after the last.
    edges = [edge for word in words for edge in (word["start"], word["end"])]
    assert edges == sorted(edges)
    assert 0.4 < edges[0] < 0.8
    assert edges[-1] < len(sound) / 2 / RATE_HZ - 0.3
    assert all(0.5 < word["conf"] <= 1.0 for word in words)


def test_silence_has_no_words(model: Any) -> None:
    assert heard(vosk.KaldiRecognizer(model, RATE_HZ), bytes(5 * 2 * RATE_HZ))["text"] == ""


def test_the_model_stays_small() -> None:
    """It lies in the repository and in the image."""
    files = [file for file in MODEL.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) < 8_000_000
