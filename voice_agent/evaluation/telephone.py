"""A sentence as the telephone brings it: a synthetic voice, noise behind it, eight bits of mu-law."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import numpy as np

from voice_agent.audio import mulaw
from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.evaluation.cases import Sentence
from voice_agent.evaluation.outcomes import Spoken
from voice_agent.simulator import sound
from voice_agent.simulator.sound import Samples
from voice_agent.simulator.speech import Voice

VOICES: Final = (
    ("flite:slt", 1.0),
    ("espeak:en-us+m3", 1.0),
    ("espeak:en-us+f4", 1.0),
    ("flite:rms", 1.0),
    ("espeak:en-gb+f3", 0.9),
    ("espeak:en-us+quincy", 1.15),
)
"""(voice, pace). The recogniser's training heard the first two, the fourth and the fifth; never the others."""
NOISE_DB: Final = 15.0
"""The noise is so much softer than the voice."""
NOISES: Final = ("pink", "white")
"""As much in each octave, as rooms and streets have it; as much at each frequency, as a bad line has it."""
BEFORE_MS: Final = 400
AFTER_MS: Final = 2500
"""Silence, in noise, around a sentence; after it long enough for every turn to end."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One sentence by one voice in one noise."""

    sentence: Sentence
    voice: str
    pace: float
    noise: str

    @property
    def spoken(self) -> Spoken:
        return Spoken(self.voice, self.noise)


def renditions(
    sentences: Sequence[Sentence], limit: int | None, voices: Sequence[tuple[str, float]] = VOICES
) -> list[Rendition]:
    """Which voice says which sentence; the same each time.

    Without a limit every voice says every sentence. With one, so many renditions are taken evenly from the whole list,
    voice after voice; beyond one for each sentence, the next round moves each to the next voice.
    """
    if not sentences:
        return []
    each = len(sentences)
    most = each * len(voices)
    wanted = most if limit is None else min(limit, most)
    drawn = []
    for at in range(wanted):
        turn = at // each
        place, who = (at * each // wanted, at) if wanted < each else (at % each, at % each + turn)
        voice, pace = voices[who % len(voices)]
        # Each voice in both noises: they change after every voice has spoken, and in every round.
        behind = NOISES[(at % each // len(voices) + turn) % len(NOISES)]
        drawn.append(Rendition(sentences[place], voice, pace, behind))
    return drawn


@dataclass
class Booth:
    """Speaks, and keeps on disk what was spoken. One for each process, all with the same folder."""

    folder: Path
    _voices: dict[tuple[str, float], Voice] = field(default_factory=dict)

    def line_sound(self, rendition: Rendition) -> bytes:
        """PCM16 at 8 kHz after mu-law, silence and noise around it. Raises SynthesizerError."""
        clean = sound.samples(self._spoken(rendition))
        before, after = (np.zeros(SAMPLE_RATE_HZ * ms // 1000, dtype=np.float32) for ms in (BEFORE_MS, AFTER_MS))
        padded = np.concatenate([before, clean, after])
        noisy = padded + np.resize(noise(rendition.noise), len(padded))
        return mulaw.decode(sound.coded(noisy))

    def _spoken(self, rendition: Rendition) -> bytes:
        key = f"{rendition.voice}\0{rendition.pace}\0{rendition.sentence.text}"
        path = self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.ulaw"
        if path.is_file():
            return path.read_bytes()
        who = (rendition.voice, rendition.pace)
        spoken = self._voices.setdefault(who, Voice(*who)).speak(rendition.sentence.text)
        self.folder.mkdir(parents=True, exist_ok=True)
        # Two processes may speak the same: each writes a file of its own, and the last one stays.
        with NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as fresh:
            fresh.write(spoken)
        Path(fresh.name).replace(path)
        return spoken


def noise(kind: str) -> Samples:
    """Five seconds, `NOISE_DB` below a voice; the same each time."""
    rms = sound.SPEECH_RMS / 10 ** (NOISE_DB / 20)
    if kind == "pink":
        return sound.noise(rms)
    rough = np.random.default_rng(1).standard_normal(SAMPLE_RATE_HZ * 5)
    return np.asarray(rough * rms, dtype=np.float32)
