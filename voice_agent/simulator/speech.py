"""The voices of simulated people.

Any installed synthesiser: `espeak:en-us+f4` (eSpeak NG, a voice or variant of it) and `flite:slt` (Flite). They
sound unlike each other, which is the point: an agent that understands only its own voice understands nobody.
And recordings of people: `recorded:/a/folder` says a line by playing the wav file of that name there.

A line may hold pauses (`i have had a <900> headache`, see `pauses`), or be a noise instead of words (`noise:cough`).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import threading
import wave
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from voice_agent.audio import mulaw
from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.audio.resampling import resample
from voice_agent.errors import SynthesizerError
from voice_agent.simulator import breath, noises
from voice_agent.simulator.breath import Pcm
from voice_agent.simulator.pauses import breaths, split
from voice_agent.simulator.sound import coded, levelled

PROGRAMS: Final = {"espeak": "espeak-ng", "flite": "flite"}
RECORDED: Final = "recorded"
WORDS_PER_MINUTE: Final = 165
VOICE_NAME = re.compile(r"^(espeak|flite|recorded):([A-Za-z0-9_+\-/.]+)$")
TIMEOUT_S: Final = 20.0
NOISE_PREFIX: Final = "noise:"
"""What follows is a name of `noises.NOISES`."""


def sayable(line: str) -> str:
    """`line`, if there is something to say in it. Raises ValueError: an unknown noise, a pause written wrongly."""
    if line.startswith(NOISE_PREFIX):
        noise = line.removeprefix(NOISE_PREFIX)
        if noise not in noises.NOISES:
            raise ValueError(f"there is no noise {noise!r}; there are: {', '.join(sorted(noises.NOISES))}")
        return line
    pieces, _ = split(line)
    if not all(pieces) or re.search("[<>]", " ".join(pieces)):
        raise ValueError(f"{line!r}: a pause is a number of milliseconds between words: `my name is <900> mary`")
    return line


class Speaker(Protocol):
    """Speaks what the telephone company says."""

    def speak(self, line: str) -> bytes:
        """Mu-law at 8 kHz. Raises SynthesizerError."""


class Voice:
    """One person's voice. Safe from any thread; every line is rendered once."""

    def __init__(self, name: str, rate: float = 1.0) -> None:
        """`rate` 1 is an ordinary pace, 1.3 a hurried one. Raises SynthesizerError when the voice is not installed."""
        match = VOICE_NAME.match(name)
        if match is None:
            raise SynthesizerError(f"voice {name!r} is not like `flite:slt`, `espeak:en-us+f4` or `recorded:/a/folder`")
        self._program, self._voice = match.groups()
        self._rate = rate
        self._rendered: dict[str, bytes] = {}
        self._lock = threading.Lock()
        if self._program == RECORDED:
            if not Path(self._voice).is_dir():
                raise SynthesizerError(f"voice {name!r}: there is no folder {self._voice}")
        elif shutil.which(PROGRAMS[self._program]) is None:
            raise SynthesizerError(
                f"voice {name!r} needs `{PROGRAMS[self._program]}`, which is not installed: "
                f"apt-get install {PROGRAMS[self._program]}, or choose another voice"
            )

    def speak(self, line: str) -> bytes:
        """Mu-law at 8 kHz, without silence at its ends; `line` is `sayable`. Raises SynthesizerError."""
        with self._lock:
            if line not in self._rendered:
                self._rendered[line] = self._made(line)
            return self._rendered[line]

    def _made(self, line: str) -> bytes:
        if line.startswith(NOISE_PREFIX):
            return coded(noises.make(line.removeprefix(NOISE_PREFIX)))
        _, pauses = split(line)
        said = [piece for words in breaths(line) for piece in self.breath(words)]
        return said[0] + b"".join(_silence(pause.ms) + piece for pause, piece in zip(pauses, said[1:], strict=True))

    def breath(self, words: tuple[str, ...]) -> list[bytes]:
        """Words that go on over pauses, as pieces of one sentence; a person's recordings are what they are.

        Raises SynthesizerError.
        """
        if self._program == RECORDED:
            return [self._played(name) for name in words]
        pieces, rate_hz = self._synthesised(words)
        return _telephoned([piece.tobytes() for piece in pieces], rate_hz)

    def _played(self, name: str) -> bytes:
        path = Path(self._voice, f"{name}.wav")
        try:
            with wave.open(str(path)) as file:
                if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                    raise SynthesizerError(f"{path}: recordings of people are mono, 16 bits")
                return _telephoned([file.readframes(file.getnframes())], file.getframerate())[0]
        except (OSError, wave.Error, EOFError) as error:
            raise SynthesizerError(f"{path} could not be read as a wav file: {error}") from error

    def _synthesised(self, pieces: tuple[str, ...]) -> tuple[list[Pcm], int]:
        """One sentence, in pieces, and its rate."""
        with tempfile.TemporaryDirectory(prefix="voice-") as directory:
            target = Path(directory, "said.wav")
            between = breath.ESPEAK_GAP if self._program == "espeak" else " "
            try:
                printed = self._run(between.join(pieces), target, "-psdur")
                with wave.open(str(target)) as file:
                    pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
                    rate_hz = file.getframerate()
                if len(pieces) == 1:
                    return [pcm], rate_hz
                if self._program == "espeak":
                    return breath.at_gaps(pcm, rate_hz, len(pieces)), rate_hz
                return breath.at_words(pcm, rate_hz, self._word_ends_s(pieces, printed, target)), rate_hz
            except (OSError, subprocess.SubprocessError, wave.Error, EOFError, ValueError, IndexError) as error:
                raise SynthesizerError(
                    f"`{PROGRAMS[self._program]}` could not speak with voice {self._voice!r} ({type(error).__name__}); "
                    "see `espeak-ng --voices` or `flite -lv` for the voices there are"
                ) from error

    def _word_ends_s(self, pieces: tuple[str, ...], printed: str, target: Path) -> list[float]:
        """When each piece but the last ends: the words so far have so many sounds, alone as in the sentence."""
        ends_s = breath.sound_ends_s(printed)
        counts = (
            len(breath.sounds(self._run(" ".join(pieces[:place]), target, "-ps"))) for place in range(1, len(pieces))
        )
        return [ends_s[count - 1] for count in counts]

    def _run(self, text: str, target: Path, tell: str) -> str:
        """Speak into the file; what Flite prints when it is asked to `tell`."""
        words = target.with_suffix(".txt")
        words.write_text(text + "\n", encoding="utf-8")
        command = self._command(words, target, tell)
        done = subprocess.run(  # noqa: S603 - our own command, the text is in a file
            command, check=True, capture_output=True, timeout=TIMEOUT_S
        )
        return done.stdout.decode("utf-8", "replace")

    def _command(self, words: Path, target: Path, tell: str) -> list[str]:
        if self._program == "espeak":
            pace = str(round(WORDS_PER_MINUTE * self._rate))
            return [PROGRAMS["espeak"], "-v", self._voice, "-s", pace, "-f", str(words), "-w", str(target)]
        stretch = f"duration_stretch={1 / self._rate:.3f}"
        return [PROGRAMS["flite"], "-voice", self._voice, "--setf", stretch, tell, "-f", str(words), "-o", str(target)]


def _telephoned(pieces: list[bytes], rate_hz: int) -> list[bytes]:
    heard = [np.frombuffer(resample(pcm, rate_hz, SAMPLE_RATE_HZ), dtype="<i2").astype(np.float32) for pcm in pieces]
    return [coded(piece) for piece in levelled(*heard)]


def _silence(ms: int) -> bytes:
    return bytes([mulaw.SILENCE]) * (SAMPLE_RATE_HZ * ms // 1000)
