"""One Vosk decoder: sound in, words with audio times out.

Vosk computes what it needs of its search graph as it goes, and keeps it: a decoder starts at half a megabyte and holds
twenty after two minutes of varied speech. A new graph, which takes some 4 ms, forgets all of that, so a decoder takes
one now and then, between utterances.
"""

from __future__ import annotations

import json
from typing import Any, Final

from voice_agent.audio.frames import FRAME_MS, PCM_FRAME_BYTES, SAMPLE_RATE_HZ, AudioFrame
from voice_agent.audio.resampling import Doubler
from voice_agent.call.events import Word
from voice_agent.errors import RecognizerError
from voice_agent.speech.audio_clock import AudioClock

BATCH_MS: Final = 100
"""Vosk computes in chunks of some 240 ms; smaller bites than this only cost."""
BATCH_BYTES: Final = PCM_FRAME_BYTES * BATCH_MS // FRAME_MS
UNKNOWN: Final = "[unk]"
"""Vosk's word for speech that is none of its words; it stays inside."""
OPEN: Final = "[]"
"""Vosk's grammar that is none: the model's own vocabulary."""


class Decoder:
    """Belongs to one thread at a time. Raises RecognizerError, also after `close`."""

    def __init__(self, ear: Any, sample_rate_hz: int, renew_after_s: float | None = None) -> None:
        """`ear`: a `vosk.KaldiRecognizer` for `sample_rate_hz`, 8000 or 16000.

        `renew_after_s`: speech after which the graph is made anew; None when the model's graph is in one piece.
        """
        self._ear: Any | None = ear
        self._doubler = Doubler() if sample_rate_hz == 2 * SAMPLE_RATE_HZ else None
        self._clock = AudioClock(sample_rate_hz)
        self._batch = b""
        self._grammar = OPEN
        self._renew_after_s = renew_after_s
        self._decoded_s = 0.0
        self.has_heard = False
        """Something was heard since the last flush."""

    @property
    def listened_ms(self) -> int:
        """Audio time up to which sound was taken."""
        return self._clock.listened_ms

    def hear(self, frame: AudioFrame) -> list[bool]:
        """Take a frame. One entry for each batch that was decoded now: True when Vosk has cut a final by itself."""
        self._opened()
        cuts = []
        if self._batch and self._clock.jumps_at(frame.at_ms):
            # What waits belongs to the time before the gap.
            cuts.append(self._feed())
        if not self.has_heard:
            self.renew()
        self.has_heard = True
        self._clock.hear(frame)
        self._batch += frame.pcm
        if len(self._batch) >= BATCH_BYTES:
            cuts.append(self._feed())
        return cuts

    def partial(self) -> str:
        """The words so far, including `[unk]`."""
        return str(self._ask("PartialResult").get("partial", ""))

    def cut(self) -> tuple[Word, ...]:
        """The words of the final that Vosk has cut."""
        return self._words("Result")

    def flush(self) -> tuple[Word, ...]:
        """The words of all that was heard since the last final."""
        self._opened()
        if not self.has_heard:
            return ()
        # The last bite may itself complete a final; its words belong to this answer as well.
        words = self.cut() if self._batch and self._feed() else ()
        words += self._words("FinalResult")
        self._clock.forget_gaps()
        self.has_heard = False
        return words

    def use(self, grammar: str) -> None:
        """Decode with `grammar` (JSON, or `OPEN`) from now on; what was heard since the last flush is forgotten."""
        ear = self._opened()
        ear.Reset()  # a running decoder that is given a grammar ends the process
        ear.SetGrammar(grammar)
        self._grammar = grammar
        self._batch = b""
        self._decoded_s = 0.0
        self.has_heard = False

    def renew(self) -> None:
        """Free what was computed of the search graph, if that is much; only after a flush."""
        # A grammar's graph stays small.
        if self._renew_after_s is not None and self._grammar == OPEN and self._decoded_s >= self._renew_after_s:
            self.use(OPEN)

    def refuse_when_closed(self) -> None:
        """Raises RecognizerError after `close`."""
        self._opened()

    def close(self) -> None:
        """Free Vosk's part."""
        self._ear = None
        self._batch = b""

    def _feed(self) -> bool:
        """Give Vosk what waits; True when it has cut a final by itself."""
        batch, self._batch = self._batch, b""
        pcm = self._doubler.push(batch) if self._doubler else batch
        self._clock.feed(len(pcm) // 2)
        self._decoded_s += len(batch) / 2 / SAMPLE_RATE_HZ
        try:
            return bool(self._opened().AcceptWaveform(pcm))
        except RecognizerError:
            raise
        except Exception as error:  # vosk raises bare Exception
            raise RecognizerError(f"Vosk could not decode the caller's audio: {error}") from error

    def _words(self, what: str) -> tuple[Word, ...]:
        return tuple(
            Word(
                text=item["word"],
                start_ms=self._clock.audio_time(item["start"]),
                end_ms=self._clock.audio_time(item["end"]),
                confidence=min(1.0, float(item["conf"])),
            )
            for item in self._ask(what).get("result", ())
        )

    def _ask(self, what: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(getattr(self._opened(), what)())
        return answer

    def _opened(self) -> Any:
        if self._ear is None:
            raise RecognizerError("This recogniser was closed: open another for the next call.")
        return self._ear
