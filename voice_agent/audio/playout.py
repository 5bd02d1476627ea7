"""What is being said to one caller.

Prompts go in as sentences of mu-law; 20 ms frames come out, paced by the caller's own audio: we stay `lead_ms`
ahead of it and no more, because what the carrier already holds cannot be paused. After each sentence stands a
mark; the carrier sends it back when the caller has heard so far, and also when `clear` threw the sentence away,
so a mark counts only while its generation lasts.

Time is the caller's audio time. Audio that we send is taken to start playing when it is sent or when what was
sent before has played out, whichever is later; so neither a burst nor a gap of arriving frames makes the lead
grow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from voice_agent.audio.frames import FRAME_MS, FRAME_SAMPLES
from voice_agent.audio.mulaw import SILENCE

MULAW_FRAME_BYTES: Final = FRAME_SAMPLES
DEFAULT_LEAD_MS: Final = 100
BYTES_A_MS: Final = MULAW_FRAME_BYTES // FRAME_MS

PlayoutItem = bytes | str
"""160 bytes of mu-law to send as media, or the name of a mark to send."""


class ReachedMark(NamedTuple):
    """The caller has heard a sentence to its end."""

    prompt: int
    sentence: int
    last: bool
    """It was the last of its prompt."""


class Position(NamedTuple):
    """How far the caller has heard a prompt."""

    prompt: int
    sentence: int
    """Index in the prompt, from 0."""
    heard_ms: int
    """So much of the sentence was played, as far as we know: what the carrier still holds is left out."""
    lasts_ms: int
    """The whole sentence, without the silence after it."""


@dataclass(slots=True)
class _Sentence:
    prompt: int
    index: int
    last: bool
    mulaw: bytes = field(repr=False)
    gap_ms: int
    """Silence at its end."""
    sent: int = 0
    """Bytes handed out."""
    mark: str = ""
    """Name of the mark that was sent after it."""

    def next_frame(self) -> bytes:
        frame = self.mulaw[self.sent : self.sent + MULAW_FRAME_BYTES]
        self.sent += len(frame)
        return frame.ljust(MULAW_FRAME_BYTES, bytes([SILENCE]))

    @property
    def is_sent(self) -> bool:
        return self.sent >= len(self.mulaw)


class Playout:
    """The queue of sentences towards one caller."""

    def __init__(self, lead_ms: int = DEFAULT_LEAD_MS) -> None:
        """`lead_ms`: how far ahead of the caller's audio we send, 100 to 200 ms; at least one frame."""
        if lead_ms < FRAME_MS:
            raise ValueError(f"lead_ms is {lead_ms}; at least {FRAME_MS} is needed, or nothing would ever be sent")
        self._lead_ms = lead_ms
        self._queue: deque[_Sentence] = deque()
        self._unheard: deque[_Sentence] = deque()
        self._awaited: dict[str, ReachedMark] = {}
        self._marks_made = 0
        self._arrived_ms = 0
        self._plays_until_ms = 0
        self._paused = False
        self._generation = 0
        self.sending = 0
        """The prompt of the frame that was handed out last."""

    @property
    def paused(self) -> bool:
        """Between `pause` and `resume` or `stop`."""
        return self._paused

    def enqueue(self, prompt_id: int, sentence: int, mulaw: bytes, last: bool, gap_ms: int = 0) -> None:
        """Say a sentence after all that is queued; `last` when it ends its prompt. Empty audio is a mark alone.

        `gap_ms`: silence that follows it.
        """
        said = _Sentence(prompt_id, sentence, last, mulaw + bytes([SILENCE]) * (gap_ms * BYTES_A_MS), gap_ms)
        self._queue.append(said)
        self._unheard.append(said)

    def frames_due(self, arrived_ms: int) -> list[PlayoutItem]:
        """What to send now that the caller's audio has arrived up to `arrived_ms`, in order."""
        self._arrived_ms = max(self._arrived_ms, arrived_ms)
        return [] if self._paused else list(self._due())

    def pause(self) -> None:
        """Send nothing more, keep the place; the carrier still plays out the lead."""
        self._paused = True

    def resume(self) -> None:
        """Go on with the very next frame."""
        self._paused = False

    def stop(self) -> None:
        """Drop all that is left; the carrier is to be sent `clear`, and marks under way no longer count."""
        self._queue.clear()
        self._unheard.clear()
        self._awaited.clear()
        self._paused = False
        self._plays_until_ms = 0
        self._generation += 1

    def mark_reached(self, name: str) -> ReachedMark | None:
        """The sentence whose mark came back; None for one that was cleared, came twice or is not ours."""
        reached = self._awaited.pop(name, None)
        if reached:
            # Marks come back in order: what stands before this one was heard as well.
            while self._unheard and self._unheard.popleft().mark != name:
                pass
        return reached

    def position(self) -> Position | None:
        """The sentence that the caller is hearing now, and how much of it; None when all that was queued was heard."""
        if not self._unheard:
            return None
        held = max(0, self._plays_until_ms - self._arrived_ms) * BYTES_A_MS
        played = max(0, sum(sentence.sent for sentence in self._unheard) - held)
        for sentence in self._unheard:
            if played < len(sentence.mulaw) or sentence is self._unheard[-1]:
                lasts_ms = len(sentence.mulaw) // BYTES_A_MS - sentence.gap_ms
                return Position(sentence.prompt, sentence.index, min(played // BYTES_A_MS, lasts_ms), lasts_ms)
            played -= len(sentence.mulaw)
        raise AssertionError("the last sentence is always looked at")

    def _due(self) -> Iterator[PlayoutItem]:
        while self._queue:
            self._plays_until_ms = max(self._plays_until_ms, self._arrived_ms)
            sentence = self._queue[0]
            if not sentence.is_sent:
                if self._plays_until_ms + FRAME_MS > self._arrived_ms + self._lead_ms:
                    return
                self._plays_until_ms += FRAME_MS
                self.sending = sentence.prompt
                yield sentence.next_frame()
            if sentence.is_sent:
                self._queue.popleft()
                yield self._new_mark(sentence)

    def _new_mark(self, sentence: _Sentence) -> str:
        self._marks_made += 1
        name = f"{self._generation}.{sentence.prompt}.{sentence.index}.{self._marks_made}"
        sentence.mark = name
        self._awaited[name] = ReachedMark(sentence.prompt, sentence.index, sentence.last)
        return name
