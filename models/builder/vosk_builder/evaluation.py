"""How well a model hears: word errors by voice and noise, grammars, speed and memory -> model-card.yaml.

Everything goes through the real vosk package, in pieces of 100 ms of mu-law telephone sound, as a call does.
"""

import json
import random
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import vosk
import yaml

from vosk_builder import corpus, phones, recordings
from vosk_builder.conf import RATE_HZ
from vosk_builder.lexicon import UNKNOWN
from vosk_builder.recordings import Recording
from vosk_builder.telephone import Sound, add_noise, mulaw, power_of
from vosk_builder.voices import Manner, Samples, Voice, say

CHUNK_BYTES = RATE_HZ * 2 // 10
NOISE_DB = 15
BUSY_THREADS = 8

SAME_WORDS = {"ok": "okay", "alright": "all right", "o": "oh"}
"""Said alike: written one way before words are compared."""

GRAMMAR_VOICES = [
    Voice("flite", "slt"),
    Voice("flite", "rms"),
    Voice("flite", "awb"),
    Voice("espeak", "en-us"),
    Voice("espeak", "en-us+f4"),
    Voice("festival", "kal_diphone"),
]
YES_NO = ["yes", "no", "yes please", "no thank you", "yeah", "nope", "that's right", "that's wrong"]
NOT_YES_NO = [
    "my stomach hurts",
    "the elephant went to california",
    "i want to see doctor patel",
    "banana bread and marmalade",
    "what are your opening hours",
    "maybe tomorrow",
    "hello there",
    "i don't know",
]
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def telephone(samples: Samples, seed: int, noise_db: float | None = None, coded: bool = True) -> bytes:
    """A voice as 16-bit bytes, with silence around it, white noise if asked for, and mu-law unless not."""
    sound: Sound = np.concatenate([np.zeros(2400), samples.astype(np.float64), np.zeros(4800)])
    if noise_db is not None:
        noise = np.random.default_rng(seed).standard_normal(len(sound))
        sound = add_noise(sound, noise, noise_db, power_of(samples))
    return bytes(np.clip(np.round(mulaw(sound) if coded else sound), -32768, 32767).astype("<i2").tobytes())


def heard(recognizer: Any, sound: bytes) -> str:
    """All the words of one utterance."""
    texts = []
    for start in range(0, len(sound), CHUNK_BYTES):
        if recognizer.AcceptWaveform(sound[start : start + CHUNK_BYTES]):
            texts.append(json.loads(recognizer.Result())["text"])
    texts.append(json.loads(recognizer.FinalResult())["text"])
    return " ".join(" ".join(texts).split())


@dataclass
class Score:
    """Errors over a test set, or over what one voice said of it."""

    utterances: int = 0
    words: int = 0
    errors: int = 0
    wrong_utterances: int = 0

    def add(self, words: int, errors: int) -> None:
        """One more utterance."""
        self.utterances += 1
        self.words += words
        self.errors += errors
        self.wrong_utterances += errors > 0

    @property
    def word_error_percent(self) -> float:
        """Words put in, left out or changed, of a hundred."""
        return round(100 * self.errors / self.words, 1)

    def as_data(self) -> dict[str, float]:
        """For the card."""
        return {
            "utterances": self.utterances,
            "word_error_percent": self.word_error_percent,
            "wrong_utterance_percent": round(100 * self.wrong_utterances / self.utterances, 1),
        }


@dataclass(frozen=True)
class Result:
    """How a test set was heard."""

    all: Score
    by_voice: dict[str, Score]
    misheard: list[str]


def decode(model: Any, spoken: Sequence[Recording], **condition: Any) -> Result:
    """Hear a test set under a condition of `telephone`."""
    result = Result(Score(), {}, [])
    for seed, recording in enumerate(spoken):
        got = heard(vosk.KaldiRecognizer(model, RATE_HZ), telephone(recording.samples, seed, **condition))
        truth, guess = _comparable(recording.words), _comparable(got)
        errors = edit_distance(truth, guess)
        for score in (result.all, result.by_voice.setdefault(recording.voice, Score())):
            score.add(len(truth), errors)
        if errors:
            result.misheard.append(f"{recording.voice}: {recording.words} -> {got}")
    return result


def _comparable(words: str) -> list[str]:
    return " ".join(SAME_WORDS.get(word, word) for word in words.split()).split()


def edit_distance(truth: Sequence[str], guess: Sequence[str]) -> int:
    """The fewest words put in, left out or changed."""
    row = list(range(len(guess) + 1))
    for above, word in enumerate(truth, start=1):
        diagonal, row[0] = row[0], above
        for at, other in enumerate(guess, start=1):
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, diagonal + (word != other))
    return row[-1]


def evaluate(model_path: Path, work: Path) -> dict[str, Any]:
    """Everything that the model card tells."""
    vosk.SetLogLevel(-1)
    (work / "recordings").mkdir(parents=True, exist_ok=True)
    sets = recordings.tests(work / "recordings", corpus.language_text())
    before, started = _resident_megabytes(), time.perf_counter()
    model = vosk.Model(str(model_path))
    load_ms, model_mb = 1000 * (time.perf_counter() - started), _resident_megabytes() - before
    errors, misheard = {}, {}
    conditions: dict[str, dict[str, Any]] = {
        "clean": {"coded": False},
        "mu-law": {},
        f"mu-law, {NOISE_DB} dB white noise": {"noise_db": NOISE_DB},
    }
    for name, path in sets.items():
        spoken = recordings.load([path])
        results = {condition: decode(model, spoken, **settings) for condition, settings in conditions.items()}
        errors[name] = {condition: result.all.as_data() for condition, result in results.items()}
        plain = results["mu-law"]
        errors[name]["mu-law, word_error_percent by voice"] = {
            voice: score.word_error_percent for voice, score in sorted(plain.by_voice.items())
        }
        misheard[name] = plain.misheard[:20]
        print(name, {condition: result.all.word_error_percent for condition, result in results.items()}, flush=True)
    card = {
        "model": model_path.name,
        "language": "en-us",
        "sample_rate_hz": RATE_HZ,
        "words": len(corpus.words()),
        "sounds": len(phones.PHONES),
        "megabytes": round(sum(file.stat().st_size for file in model_path.rglob("*") if file.is_file()) / 1e6, 2),
        "vosk": "0.3.45",
        "errors": errors,
        "grammars": grammars(model),
        "system": {"load_ms": round(load_ms), "model_mb": round(model_mb, 1)}
        | system(model, recordings.load([next(iter(sets.values()))])[:40]),
        "misheard": misheard,
    }
    (model_path / "model-card.yaml").write_text(
        "# Written by `python -m vosk_builder evaluate`; the words are in README.md.\n"
        + yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=120)
    )
    return card


def _resident_megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def grammars(model: Any) -> dict[str, dict[str, int]]:
    """Run-time grammars: what is expected, and what is not."""
    yes_no = json.dumps([*YES_NO, UNKNOWN])
    digits = json.dumps([*DIGITS, UNKNOWN])
    rng = random.Random(3)
    numbers = [" ".join(rng.choices(DIGITS, k=7)) for _ in range(30)]
    voices = GRAMMAR_VOICES
    agreed = [_in_grammar(model, yes_no, words, voice) == words for words in YES_NO for voice in voices]
    rejected = [UNKNOWN in _in_grammar(model, yes_no, words, voice) for words in NOT_YES_NO for voice in voices]
    dialled = [_in_grammar(model, digits, words, voices[at % len(voices)]) == words for at, words in enumerate(numbers)]
    return {
        "yes or no, right": {"right": sum(agreed), "of": len(agreed)},
        f"other speech in the yes-or-no grammar, gives {UNKNOWN}": {"right": sum(rejected), "of": len(rejected)},
        "seven digits, all right": {"right": sum(dialled), "of": len(dialled)},
    }


def _in_grammar(model: Any, grammar: str, words: str, voice: Voice) -> str:
    return heard(vosk.KaldiRecognizer(model, RATE_HZ, grammar), telephone(say(words, voice, Manner()).samples, 0))


def system(model: Any, spoken: Iterable[Recording]) -> dict[str, Any]:
    """Speed and memory, one call and many at once."""
    sounds = [telephone(recording.samples, 0) for recording in spoken]
    seconds = sum(len(sound) for sound in sounds) / 2 / RATE_HZ
    before = _resident_megabytes()
    recognizers = [vosk.KaldiRecognizer(model, RATE_HZ) for _ in range(20)]
    for recognizer, sound in zip(recognizers, sounds, strict=False):
        heard(recognizer, sound)
    each = (_resident_megabytes() - before) / len(recognizers)
    started = time.process_time()
    alone = [heard(vosk.KaldiRecognizer(model, RATE_HZ), sound) for sound in sounds]
    factor = (time.process_time() - started) / seconds

    def all_of_them(_: int) -> list[str]:
        return [heard(vosk.KaldiRecognizer(model, RATE_HZ), sound) for sound in sounds]

    with ThreadPoolExecutor(BUSY_THREADS) as pool:
        together = list(pool.map(all_of_them, range(BUSY_THREADS)))
    silence, noise = np.zeros(5 * RATE_HZ), np.random.default_rng(0).standard_normal(5 * RATE_HZ) * 300

    def words_in(sound: Sound) -> str:
        return heard(vosk.KaldiRecognizer(model, RATE_HZ), sound.astype("<i2").tobytes())

    return {
        "recognizer_mb_after_one_utterance": round(each, 1),
        "real_time_factor_one_thread": round(factor, 3),
        f"same_text_from_{BUSY_THREADS}_threads": all(texts == alone for texts in together),
        "words_in_five_seconds_of_silence": words_in(silence),
        "words_in_five_seconds_of_white_noise": words_in(noise),
    }
