"""All that callers will say, rendered before the clock starts.

A line is rendered once for each voice and pace and kept on disk; with a room's noise mixed in it is kept in memory as
the very payloads that go into the socket, so that speaking costs a list look-up.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import numpy as np

from voice_agent.audio.frames import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ
from voice_agent.simulator import noises, sound
from voice_agent.simulator.pauses import breaths, split
from voice_agent.simulator.sound import Samples
from voice_agent.simulator.speech import NOISE_PREFIX, Voice

LOUD_ROOM_DB: Final = 10.0
QUIET_DB: Final = 0.0


@dataclass(frozen=True, slots=True)
class Sound:
    """One utterance or noise in 20 ms frames."""

    payloads: tuple[bytes, ...] = field(repr=False)
    """Base64 of mu-law, as a media message carries it."""
    first: int
    """The first frame that can be heard, of the speech alone (without the room)."""
    last: int
    levels: bytes = field(repr=False)
    """Each frame's level, 0 to 127."""
    pauses: tuple[tuple[int, int], ...] = ()
    """Scripted pauses: the last frame of speech before, the first one after."""


def peak_codes() -> bytes:
    """Mu-law → magnitude 0 to 127, for `bytes.translate`: logarithmic, 0 is silence."""
    return bytes(~code & 0x7F for code in range(256))


PEAKS: Final = peak_codes()


def level(mulaw: bytes) -> int:
    """The loudest sample of a frame, 0 to 127. Costs a microsecond, which is why it is no RMS."""
    return max(mulaw.translate(PEAKS), default=0)


AUDIBLE: Final = level(sound.coded(np.array([3 * sound.AUDIBLE_RMS], dtype=np.float32)))
"""From this level on a listener hears something: a peak of three times what the twin's people can hear (RMS)."""


class Studio:
    """Renders; one for each process, all with the same folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._voices: dict[tuple[str, float], Voice] = {}
        self._sounds: dict[tuple[str, float, str, float], Sound] = {}
        self._rooms: dict[float, Samples] = {}
        self._room_payloads: dict[float, tuple[bytes, ...]] = {}

    def render(self, voice: str, pace: float, line: str) -> None:
        """Put what `line` needs on disk. Raises SynthesizerError when the voice is not installed."""
        if not line.startswith(NOISE_PREFIX):
            for words in breaths(line):
                self._spoken(voice, pace, words)

    def room(self, noise_db: float) -> tuple[bytes, ...]:
        """The payloads of five seconds of a room in which nobody speaks."""
        if noise_db not in self._room_payloads:
            frames = sound.frames(sound.coded(self._noise(noise_db)))
            self._room_payloads[noise_db] = _payloads(frames)
        return self._room_payloads[noise_db]

    def sound(self, voice: str, pace: float, line: str, noise_db: float) -> Sound:
        """`line` (or `noise:cough`) by this voice in this room."""
        key = (voice, pace, line, noise_db)
        if key not in self._sounds:
            self._sounds[key] = self._made(voice, pace, line, noise_db)
        return self._sounds[key]

    def _made(self, voice: str, pace: float, line: str, noise_db: float) -> Sound:
        if line.startswith(NOISE_PREFIX):
            clean = noises.make(line.removeprefix(NOISE_PREFIX))
            pauses: tuple[tuple[int, int], ...] = ()
        else:
            clean, pauses = self._joined(voice, pace, line)
        padded = np.append(clean, np.zeros(-len(clean) % FRAME_SAMPLES, dtype=np.float32))
        loud = np.sqrt(np.mean(padded.reshape(-1, FRAME_SAMPLES) ** 2, axis=1)) > sound.AUDIBLE_RMS
        heard = np.flatnonzero(loud)
        if not len(heard):
            raise ValueError(f"{line!r} by {voice} cannot be heard")
        frames = sound.frames(sound.coded(padded + np.resize(self._noise(noise_db), len(padded))))
        inner = tuple(_around(heard, start, end) for start, end in pauses)
        levels = bytes(level(frame) for frame in frames)
        return Sound(_payloads(frames), int(heard[0]), int(heard[-1]), levels, inner)

    def _joined(self, voice: str, pace: float, line: str) -> tuple[Samples, tuple[tuple[int, int], ...]]:
        """The pieces with silence between; pauses as frames, roughly."""
        pieces = [sound.samples(piece) for words in breaths(line) for piece in self._spoken(voice, pace, words)]
        joined, at = [pieces[0]], len(pieces[0])
        pauses = []
        for pause, piece in zip(split(line)[1], pieces[1:], strict=True):
            silence = np.zeros(SAMPLE_RATE_HZ * pause.ms // 1000, dtype=np.float32)
            pauses.append((at // FRAME_SAMPLES, (at + len(silence)) // FRAME_SAMPLES))
            joined += [silence, piece]
            at += len(silence) + len(piece)
        return np.concatenate(joined), tuple(pauses)

    def _spoken(self, voice: str, pace: float, words: tuple[str, ...]) -> list[bytes]:
        """The pieces of one breath."""
        spoken = "\0".join((voice, str(pace), *words))
        names = [hashlib.sha256(f"{spoken}\0{place}".encode()).hexdigest()[:32] for place in range(len(words))]
        paths = [self._folder / f"{name}.ulaw" for name in names]
        if all(path.is_file() for path in paths):
            return [path.read_bytes() for path in paths]
        speaker = self._voices.setdefault((voice, pace), Voice(voice, pace))
        rendered = speaker.breath(words)
        self._folder.mkdir(parents=True, exist_ok=True)
        for path, piece in zip(paths, rendered, strict=True):
            # Two threads may render the same piece: each writes a file of its own, and the last one stays.
            with NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as fresh:
                fresh.write(piece)
            Path(fresh.name).replace(path)
        return rendered

    def _noise(self, noise_db: float) -> Samples:
        if noise_db not in self._rooms:
            rms = sound.SPEECH_RMS / 10 ** (noise_db / 20) if noise_db else sound.LINE_NOISE_RMS
            self._rooms[noise_db] = sound.noise(rms)
        return self._rooms[noise_db]


def milliseconds(made: Sound) -> int:
    """How long it lasts."""
    return len(made.payloads) * FRAME_MS


def _payloads(frames: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(base64.b64encode(frame) for frame in frames)


def _around(heard: np.ndarray[tuple[int], np.dtype[np.intp]], start: int, end: int) -> tuple[int, int]:
    """The last frame of speech before the middle of a pause, and the first one after it."""
    middle = (start + end) // 2
    place = int(np.searchsorted(heard, middle))
    return int(heard[place - 1]), int(heard[place])
