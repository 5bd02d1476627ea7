"""One simulated telephone: what is said into it, and what is heard.

The call's clock passes it 20 ms of sound at a time in each direction. Who holds it is a `Behaviour`: it looks at
what was heard and decides to say, press or hang up.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

import numpy as np

from voice_agent.audio.frames import FRAME_MS, FRAME_SAMPLES
from voice_agent.simulator import sound
from voice_agent.simulator.ears import Ears, plain
from voice_agent.simulator.speech import NOISE_PREFIX, Speaker
from voice_agent.simulator.timeline import Notebook, What

FALLS_SILENT_MS: Final = 600
"""So much quiet after a sound means that the other side has finished."""
SPOKEN_OVER_MS: Final = 100
"""The other side has given way when it was quiet for so long as this side finishes."""
PREROLL_FRAMES: Final = 10
BETWEEN_KEYS_MS: Final = 300


class Where(StrEnum):
    """What a telephone is connected to."""

    NOTHING = "nothing"
    AGENT = "agent"
    """A media stream, or a `<Gather>`: an answer is expected."""
    ANNOUNCEMENT = "announcement"
    HOLD = "hold"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Ring:
    """How a telephone that is rung reacts."""

    answers_after_s: float | None = 1.0
    """None: it rings until the caller gives up."""
    refused: str = ""
    """`busy` or `failed`, at once, instead."""


@dataclass(slots=True)
class Turn:
    """One stretch of sound from the other side."""

    began: int
    """In ticks."""
    at_ms: int
    gap_ms: int | None
    """Since this side stopped speaking."""
    words: bool = False
    """It may hold words that nobody told: neither an announcement nor ringing or music."""


class Behaviour(Protocol):
    """Who holds the telephone."""

    def step(self, phone: Phone) -> None:
        """20 ms have passed."""


class Phone:
    """Belongs to the thread of its call; only `hung_up` may be read elsewhere."""

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        voice: Speaker,
        ears: Ears | None,
        ring: Ring | None = None,
        noise_db: float = 0.0,
    ) -> None:
        """`noise_db`: signal-to-noise ratio of the room behind the speaker, 0 for a quiet one."""
        self.ring = ring or Ring()
        self._where = Where.NOTHING
        self.hung_up = False
        self.fresh = ""
        """What was heard and understood since this side last spoke."""
        self.waiting = False
        """The other side has finished something that this side has not answered."""
        self.heard: list[str] = []
        """All that was heard, turn by turn."""
        self.said = bytearray()
        self.received = bytearray()
        """The exact sound in each direction, mu-law."""
        self._behaviour, self._voice, self._ears = behaviour, voice, ears
        rms = sound.SPEECH_RMS / 10 ** (noise_db / 20) if noise_db else sound.LINE_NOISE_RMS
        self._room = sound.noise(rms)
        self._room_frames = sound.frames(sound.coded(self._room))
        self._ticks = 0
        self._to_say: deque[bytes] = deque()
        self._makes_noise = False
        """What is being said are no words: nobody is spoken over by it, and nothing answered."""
        self._spoke_at = 0
        self._unanswered_at: int | None = None
        """When this side last finished speaking or pressed a key, until the other side sounds."""
        self._keys: deque[tuple[int, str]] = deque()
        self._before: deque[bytes] = deque(maxlen=PREROLL_FRAMES)
        self._turn: Turn | None = None
        self._last_sound = 0
        self._notes: Notebook | None = None

    # What the call does with it.

    def connect(self, notes: Notebook) -> None:
        """From now on steps are written down there."""
        self._notes = notes

    def exchange(self, frame: bytes, *, transcribe: bool = True) -> bytes:
        """20 ms in, 20 ms out. `transcribe` false: its words will be `told`."""
        self._ticks += 1
        self.received += frame
        self._listen(frame, transcribe)
        self._behaviour.step(self)
        spoken = self._next_spoken()
        self.said += spoken
        return spoken

    def disconnect(self) -> None:
        """The call is over; what was still being heard counts as heard."""
        if self._turn:
            self._end_turn()

    def told(self, text: str, *, at_ms: int, lasted_ms: int) -> None:
        """The exact words of an announcement that was played to its end."""
        gap_ms = None
        if self._turn:
            gap_ms, self._turn.gap_ms = self._turn.gap_ms, None
        self.waiting = True
        self._understood(plain(text))
        self.notes.note(What.HEARD, text, at_ms=at_ms, gap_ms=gap_ms, lasted_ms=lasted_ms)

    def pressed(self) -> str:
        """Keys whose time has come."""
        digits = ""
        while self.keys_due():
            digits += self._keys.popleft()[1]
        return digits

    @property
    def where(self) -> Where:
        """What it is connected to; somebody else speaks from there, so a change ends what was being heard."""
        return self._where

    @where.setter
    def where(self, where: Where) -> None:
        if where is not self._where and self._turn:
            self._end_turn()
        self._where = where

    def keys_due(self) -> bool:
        return bool(self._keys) and self._keys[0][0] <= self._ticks

    # What its holder does.

    @property
    def notes(self) -> Notebook:
        if self._notes is None:
            raise AssertionError("a telephone is connected before it is used")
        return self._notes

    @property
    def now_ms(self) -> int:
        """Time on this telephone since it was answered."""
        return self._ticks * FRAME_MS

    @property
    def speaking(self) -> bool:
        return bool(self._to_say)

    @property
    def sounding_ms(self) -> int:
        """How long the other side has been speaking; 0 when it is not."""
        return (self._ticks - self._turn.began) * FRAME_MS if self._turn else 0

    @property
    def silent_ms(self) -> int:
        """How long ago anything was heard."""
        return (self._ticks - self._last_sound) * FRAME_MS

    @property
    def idle_ms(self) -> int:
        """How long neither side has said anything."""
        return (self._ticks - max(self._last_sound, self._spoke_at)) * FRAME_MS

    def partial(self) -> str:
        """What was heard since this side last spoke, with what is being heard now."""
        now = self._ears.so_far() if self._ears and self._turn else ""
        return plain(f"{self.fresh} {now}")

    def say(self, text: str) -> None:
        cut = sound.frames(self._voice.speak(text))
        self._to_say.extend(cut)
        self._makes_noise = text.startswith(NOISE_PREFIX)
        self.notes.note(What.SAID, text, lasted_ms=len(cut) * FRAME_MS)

    def press(self, digits: str) -> None:
        for place, digit in enumerate(digits):
            self._keys.append((self._ticks + place * BETWEEN_KEYS_MS // FRAME_MS, digit))
        self.notes.note(What.PRESSED, digits)
        self.forget()
        self._spoke_at = self._ticks
        self._unanswered_at = None if self._turn else self._ticks

    def forget(self) -> None:
        """What was heard so far needs no answer any more."""
        self.fresh, self.waiting = "", False

    def hang_up(self) -> None:
        self.hung_up = True

    def _listen(self, frame: bytes, transcribe: bool) -> None:
        loud = sound.audible(frame)
        if loud:
            self._last_sound = self._ticks
            if self._turn is None:
                self._begin_turn()
        if self._turn is None:
            self._before.append(frame)
        elif transcribe:
            self._turn.words = self._turn.words or loud
            if self._ears:
                self._ears.hear(frame)
        if self._turn and self.silent_ms >= FALLS_SILENT_MS:
            self._end_turn()

    def _begin_turn(self) -> None:
        gap = None
        if self._unanswered_at is not None and not self._to_say:
            gap = (self._ticks - self._unanswered_at - 1) * FRAME_MS
        self._unanswered_at = None
        self._turn = Turn(self._ticks, self.notes.now_ms(), gap)
        for frame in self._before:
            if self._ears:
                self._ears.hear(frame)
        self._before.clear()

    def _end_turn(self) -> None:
        if self._turn is None:
            raise AssertionError("only a turn that began can end")
        turn, self._turn = self._turn, None
        self.waiting = True
        text = self._ears.finish() if self._ears else ""
        if text or turn.words:
            lasted_ms = (self._last_sound - turn.began + 1) * FRAME_MS
            self.notes.note(What.HEARD, text, at_ms=turn.at_ms, gap_ms=turn.gap_ms, lasted_ms=lasted_ms)
        if text:
            self._understood(text)

    def _understood(self, text: str) -> None:
        self.heard.append(text)
        self.fresh = f"{self.fresh} {text}".strip()

    def _finished_speaking(self) -> None:
        """What was heard meanwhile, spoken over, answers nothing; from now on a sound is an answer."""
        self._spoke_at = self._ticks
        if self._makes_noise:
            return
        if self._turn and self.silent_ms > SPOKEN_OVER_MS:
            self._end_turn()
        self.forget()
        self._unanswered_at = None if self._turn else self._ticks

    def _next_spoken(self) -> bytes:
        background = self._room_frames[self._ticks % len(self._room_frames)]
        if not self._to_say:
            return background
        words = self._to_say.popleft()
        if not self._to_say:
            self._finished_speaking()
        start = self._ticks % len(self._room_frames) * FRAME_SAMPLES
        return sound.coded(np.add(sound.samples(words), self._room[start : start + FRAME_SAMPLES]))
