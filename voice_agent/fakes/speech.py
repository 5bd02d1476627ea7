"""Ears and mouth without models: scripted, and the same every time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from voice_agent.audio.frames import SAMPLE_RATE_HZ, AudioFrame, level_dbfs
from voice_agent.call.events import Listened, Transcribed, Word
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed, Weight
from voice_agent.call.replies import Listen
from voice_agent.errors import RecognizerError, SynthesizerError

TONE_HZ: Final = 440
TONE_PEAK: Final = 4634.0
"""A sine of this height has an RMS level of -20 dBFS, like real speech."""


class FakeRecognizers:
    """Opens ears that all hear the same script."""

    def __init__(self, script: Sequence[Transcribed] = (), *, problem: str | None = None) -> None:
        """`script`: what is heard, each when the audio reaches its `at_ms`; ascending. `problem`: why none opens."""
        self.script = tuple(script)
        self.problem = problem
        self.opened: list[FakeRecognizer] = []

    def open(self) -> FakeRecognizer:
        """An ear at the start of the script. Raises RecognizerError when there is a `problem`."""
        if self.problem is not None:
            raise RecognizerError(self.problem)
        self.opened.append(FakeRecognizer(self.script))
        return self.opened[-1]

    def check(self) -> str | None:
        """The problem, if there is one."""
        return self.problem


class FakeRecognizer:
    """Reads its script by the clock of the audio, deaf to the sound itself."""

    def __init__(self, script: Sequence[Transcribed]) -> None:
        self._script = list(script)
        self._listened_ms = 0
        self._last_partial = ""
        self._heard_from_ms = 0
        self.expected: list[Listen] = []
        """The kinds of answers that were announced, in order."""
        self.closed = False

    def accept(self, frames: Sequence[AudioFrame], *, partials: bool = True) -> list[Transcribed]:
        """All of the script that is due by the end of the frames; a partial not asked for waits for the flush."""
        self._refuse_when_closed()
        self._listened_ms = max([self._listened_ms, *(frame.end_ms for frame in frames)])
        heard: list[Transcribed] = []
        while self._script and self._script[0].at_ms <= self._listened_ms:
            heard.append(self._script.pop(0))
            self._last_partial = "" if heard[-1].final else heard[-1].text
            if heard[-1].final:
                self._heard_from_ms = heard[-1].at_ms
        return [event for event in heard if event.final or partials]

    def expect(self, listen: Listen) -> None:
        """Remember it; the script stays the same."""
        self._refuse_when_closed()
        self.expected.append(listen)

    def finish(self, utterance: int) -> Transcribed:
        """The last partial as a final, its words spread evenly over the time since the last final."""
        self._refuse_when_closed()
        text, self._last_partial = self._last_partial, ""
        words = _spread(text.split(), self._heard_from_ms, self._listened_ms)
        self._heard_from_ms = self._listened_ms
        return Transcribed(text, at_ms=self._listened_ms, final=True, words=words, utterance=utterance)

    def close(self) -> None:
        """Hear no more."""
        self.closed = True

    def _refuse_when_closed(self) -> None:
        if self.closed:
            raise RecognizerError("This recogniser was closed: open another for the next call.")


class FakeSecondEar:
    """Hears its script, one hearing an utterance, whatever the sound; nothing in silence, and nothing after its end."""

    def __init__(self, script: Sequence[SecondHearing] = (), *, problem: str | None = None) -> None:
        """`script`: what is heard, in order. `problem`: why nothing can be heard."""
        self._script = list(script)
        self.problem = problem
        self.asked: list[Listen] = []
        """What was asked before each utterance, in order."""
        self.closed = False

    def hear(self, pcm: bytes, listen: Listen = Listen.OPEN, first: str = "") -> SecondHearing:
        """The next of the script. Raises RecognizerError when there is a `problem`, or after `close`."""
        if self.problem is not None:
            raise RecognizerError(self.problem)
        if self.closed:
            raise RecognizerError("This second ear was closed.")
        self.asked.append(listen)
        audio_ms = len(pcm) // 2 * 1000 // SAMPLE_RATE_HZ
        if not any(pcm) or not self._script:
            return SecondHearing(audio_ms=audio_ms)
        return replace(self._script.pop(0), audio_ms=audio_ms)

    def check(self) -> str | None:
        """The problem, if there is one."""
        return self.problem

    def close(self) -> None:
        """Hear no more."""
        self.closed = True


class FakeSecondEars:
    """Answers at once, in the caller's own thread, with the next of its script."""

    def __init__(self, script: Sequence[SecondHearing | Missed] = (), *, problem: str | None = None) -> None:
        """`script`: what is heard, in order; nothing after its end. `problem`: why nothing can be heard."""
        self._script = list(script)
        self.problem = problem
        self.sounds: list[bytes] = []
        """What was to be heard, in order."""
        self.firsts: list[str] = []
        """What the streaming ear had heard of it."""
        self.weights: list[Weight] = []

    def hear(
        self,
        owner: object,
        sound: bytes,
        listen: Listen,
        first: str,
        weight: Weight,
        tell: Callable[[SecondHearing | Missed], None],
    ) -> None:
        """Tell what stands in the script."""
        self.sounds.append(sound)
        self.firsts.append(first)
        self.weights.append(weight)
        if self.problem is not None:
            tell(Missed.FAILED)
        else:
            tell(self._script.pop(0) if self._script else SecondHearing(audio_ms=len(sound) // 16))

    def check(self) -> str | None:
        """The problem, if there is one."""
        return self.problem

    def close(self) -> None:
        """Nothing to end."""


class FakeVoiceActivity:
    """Whatever is loud is speech; all of it is attended to, even silence, unless a second threshold is given."""

    def __init__(self, threshold_dbfs: float = -45.0, attentive_dbfs: float = -math.inf) -> None:
        self._threshold_dbfs = threshold_dbfs
        self._attentive_dbfs = attentive_dbfs
        self.attentive = False

    def judge(self, frame: AudioFrame) -> Listened:
        """Speech when the frame's level is above the threshold."""
        level = level_dbfs(frame.pcm)
        self.attentive = level > self._attentive_dbfs
        return Listened(at_ms=frame.end_ms, is_speech=level > self._threshold_dbfs)


class FakeSynthesizer:
    """A tone as long as the words would take."""

    def __init__(self, *, problem: str | None = None) -> None:
        """`problem`: why nothing can be said; may be set and cleared while it is in use."""
        self.problem = problem
        self.spoken: list[str] = []

    def synthesize(self, text: str, rate_wpm: int) -> bytes:
        """60 / `rate_wpm` seconds of tone a word. Raises SynthesizerError when there is a `problem`."""
        if self.problem is not None:
            raise SynthesizerError(self.problem)
        self.spoken.append(text)
        samples = len(text.split()) * 60 * SAMPLE_RATE_HZ // rate_wpm
        wave = TONE_PEAK * np.sin(2 * np.pi * TONE_HZ / SAMPLE_RATE_HZ * np.arange(samples))
        return bytes(np.rint(wave).astype("<i2").data)

    def prerender(self, texts: Iterable[str], rate_wpm: int | None = None) -> int:
        """Nothing to do; how many there are."""
        return len(list(texts))

    def check(self) -> str | None:
        """The problem, if there is one."""
        return self.problem

    def close(self) -> None:
        """Nothing to end."""


def _spread(words: Sequence[str], from_ms: int, to_ms: int) -> tuple[Word, ...]:
    each_ms = (to_ms - from_ms) // max(1, len(words))
    return tuple(
        Word(text, from_ms + place * each_ms, from_ms + (place + 1) * each_ms, confidence=1.0)
        for place, text in enumerate(words)
    )
