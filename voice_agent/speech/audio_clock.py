"""Audio time of what a recogniser was fed."""

from __future__ import annotations

from voice_agent.audio.frames import FRAME_MS, AudioFrame


class AudioClock:
    """Maps Vosk's time, which counts the samples that it was fed, to audio time, which has gaps.

    Sound that is fed a second time has its old audio time and a new one of Vosk's.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._fed_samples = 0
        self._next_ms: int | None = None
        self._anchors: list[tuple[float, int]] = [(0.0, 0)]
        """(Seconds fed to Vosk, audio time of the next sample), ascending; one after each gap."""
        self.listened_ms = 0

    def jumps_at(self, at_ms: int) -> bool:
        """The next frame does not follow on the last; a jitter of less than a frame is none."""
        return self._next_ms is None or abs(at_ms - self._next_ms) >= FRAME_MS

    def hear(self, frame: AudioFrame) -> None:
        """A frame is about to be batched."""
        if self.jumps_at(frame.at_ms):
            self._anchors.append((self._fed_samples / self._sample_rate_hz, frame.at_ms))
            self._next_ms = frame.at_ms
        self._next_ms = (self._next_ms or 0) + FRAME_MS
        self.listened_ms = max(self.listened_ms, frame.end_ms)

    def feed(self, samples: int) -> None:
        """Vosk was given so many samples."""
        self._fed_samples += samples

    def audio_time(self, fed_s: float) -> int:
        """Audio time in ms of a moment that Vosk gives in seconds of what it was fed; never later than now."""
        since_s, at_ms = next((anchor for anchor in reversed(self._anchors) if anchor[0] <= fed_s), self._anchors[0])
        return min(self.listened_ms, at_ms + round((fed_s - since_s) * 1000))

    def forget_gaps(self) -> None:
        """All that was fed is transcribed: only the time since the last gap matters from here on."""
        self._anchors = [self._anchors[-1]]
