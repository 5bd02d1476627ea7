"""What a simulated person hears, in words.

A real Vosk listens to the sound that arrived, so that the printed conversation is what was heard, not what the
server believes to have said.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import vosk

from voice_agent.audio import mulaw
from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.audio.resampling import Doubler
from voice_agent.errors import RecognizerError

BATCH_BYTES: Final = 800
"""Vosk is fed 100 ms at a time: it computes in larger pieces anyway."""


class Hearing:
    """The model, shared by all ears."""

    def __init__(self, directory: Path) -> None:
        """Raises RecognizerError when there is no model in `directory`."""
        if not (directory / "am" / "final.mdl").is_file():
            raise RecognizerError(f"{directory} holds no Vosk model (am/final.mdl is missing)")
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(directory))
        except Exception as error:
            raise RecognizerError(f"Vosk cannot load the model in {directory}") from error
        self._doubled = _wants_16_khz(directory / "conf" / "mfcc.conf")

    def ears(self) -> Ears:
        """A pair for one telephone."""
        rate_hz = SAMPLE_RATE_HZ * (2 if self._doubled else 1)
        return Ears(vosk.KaldiRecognizer(self._model, float(rate_hz)), Doubler() if self._doubled else None)


class Ears:
    """One person's ears; used by the thread of that person's call only."""

    def __init__(self, recognizer: Any, doubler: Doubler | None) -> None:
        self._recognizer = recognizer
        self._doubler = doubler
        self._waiting = bytearray()
        self._words: list[str] = []
        self._fed = False

    def hear(self, sound: bytes) -> None:
        """Some mu-law."""
        self._waiting += sound
        if len(self._waiting) >= BATCH_BYTES:
            self._feed()

    def so_far(self) -> str:
        """Words of what was heard since `finish`, still subject to change."""
        now = json.loads(self._recognizer.PartialResult()).get("partial", "") if self._fed else ""
        return " ".join([*self._words, now]).strip()

    def finish(self) -> str:
        """Words of all that was heard since the last time, and begin anew."""
        self._feed()
        if self._fed:
            self._words.append(json.loads(self._recognizer.FinalResult()).get("text", ""))
            self._recognizer.Reset()
        text = " ".join(word for word in self._words if word)
        self._words, self._fed = [], False
        return plain(text)

    def _feed(self) -> None:
        if not self._waiting:
            return
        pcm = mulaw.decode(bytes(self._waiting))
        self._waiting.clear()
        self._fed = True
        if self._recognizer.AcceptWaveform(self._doubler.push(pcm) if self._doubler else pcm):
            self._words.append(json.loads(self._recognizer.Result()).get("text", ""))


def plain(text: str) -> str:
    """Lower case, no punctuation, single spaces: what a transcript looks like."""
    return " ".join(re.sub(r"[^\w' ]+", " ", text.lower().replace("[unk]", " ")).split())


def _wants_16_khz(conf: Path) -> bool:
    """8 kHz sound fails in a model for 16 kHz unless its configuration allows upsampling."""
    text = conf.read_text(encoding="utf-8") if conf.is_file() else ""
    rate = re.search(r"--sample-frequency=(\d+)", text)
    return (int(rate.group(1)) if rate else 16000) > SAMPLE_RATE_HZ and "--allow-upsample=true" not in text
