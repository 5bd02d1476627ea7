"""One simulated caller: listens, decides, speaks.

Hears what the carrier's buffer plays, 20 ms at a time, and understands sentences by their sound (`knows`). Answers the
question that was put last, interrupts, coughs and says "uh huh" as the role has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from voice_agent.audio.frames import FRAME_MS
from voice_agent.bench.cast import Answer, Over, Role
from voice_agent.bench.facts import Purpose, Uttered
from voice_agent.bench.script import Asked
from voice_agent.bench.sounds import AUDIBLE, Sound, Studio
from voice_agent.bench.stream_end import Spoken, StreamEnd, Timing

NEW_PROMPT_MS: Final = 600.0
"""A sound after so much quiet is a new prompt."""
SETTLE_MS: Final = 400.0
"""So much quiet means that the agent has finished."""
CLUELESS_MS: Final = 3000.0
"""So long after words that mean nothing to the caller: "could you repeat that"."""
NUDGE_MS: Final = 6500.0
"""So long without a reply: "hello"."""
TRANSFER_MS: Final = 30000.0
"""The same once the agent has said that somebody is being fetched."""
MOST_NUDGES: Final = 3
LONGEST_CALL_MS: Final = 240_000.0

Knows = Callable[[str, bytes], str | None]
"""The words of a sentence by its key and sound; None: not known yet, but being found out."""


@dataclass(slots=True)
class Saying:
    """Something that is being said, or was."""

    purpose: Purpose
    asked: Asked
    line: str = field(repr=False)
    sound: Sound = field(repr=False)
    timing: Timing = field(default_factory=Timing)
    frame: int = 0

    def facts(self) -> Uttered | None:
        """None when not all of it was sent."""
        sound, times = self.sound, self.timing.times
        wanted = [sound.first, sound.last, *(frame for pause in sound.pauses for frame in pause)]
        if any(frame not in times for frame in wanted):
            return None
        pauses = tuple((times[start], times[end]) for start, end in sound.pauses)
        return Uttered(self.purpose, self.asked.value, self.line, times[sound.first], times[sound.last], pauses)


class Caller:
    """See the module."""

    def __init__(self, role: Role, studio: Studio, stream: StreamEnd, knows: Knows, now_ms: float) -> None:
        self.role = role
        self.ends = "hung_up"
        """How the call should end by what was said so far."""
        self.gave_up = False
        self.said: list[Saying] = []
        self.gaps_ms: list[float] = []
        """Silences before the agent's replies, as far as they are known while the call runs."""
        self._studio, self._stream, self._knows = studio, stream, knows
        self._room = studio.room(role.noise_db)
        self._ticks = 0
        self._began_ms = self._own_ms = self._heard_ms = now_ms
        self._awaiting_ms: float | None = None
        self._saying: Saying | None = None
        self._prompt_ms: float | None = None
        self._prompts = -1
        self._over: list[Over] = []
        self._considered = 0
        self._waiting = False
        self._nudges = 0
        self._answers = 0

    def step(self, heard: int, now_ms: float) -> tuple[bytes, int, tuple[Timing, int] | None]:
        """What goes into the telephone for the next 20 ms: payload, its peak, and whose frame it is.

        `heard`: the level at the ear during the last 20 ms.
        """
        self._ticks += 1
        if heard >= AUDIBLE:
            self._sounded(now_ms)
        if self._saying is None:
            self._decide(now_ms)
        return self._next_frame(now_ms)

    def _sounded(self, now_ms: float) -> None:
        if self._prompt_ms is None or now_ms - self._heard_ms >= NEW_PROMPT_MS:
            self._prompt_ms = now_ms
            self._prompts += 1
            later = self.role.prompts
            planned = self.role.greeting if self._prompts == 0 else list(later[self._prompts - 1 : self._prompts])
            self._over = [one for one in planned if one]
        if self._awaiting_ms is not None:
            self.gaps_ms.append(now_ms - self._awaiting_ms)
            self._awaiting_ms = None
        self._heard_ms = now_ms

    def _decide(self, now_ms: float) -> None:
        quiet_ms = now_ms - self._heard_ms
        if now_ms - self._began_ms > LONGEST_CALL_MS:
            self.gave_up = True
        elif quiet_ms < SETTLE_MS and self._prompt_ms is not None:
            self._speak_over(now_ms)
        elif unanswered := [one for one in self._stream.spoken[self._considered :] if one.key and not one.cut]:
            self._react(unanswered, now_ms)
        elif now_ms - max(self._heard_ms, self._own_ms) >= (TRANSFER_MS if self._waiting else NUDGE_MS):
            self._nudge(self.role.nudge)

    def _speak_over(self, now_ms: float) -> None:
        """A sound over the prompt, when its time has come and the agent is still going."""
        if self._prompt_ms is None or not self._over or not self._stream.playing:
            return
        if now_ms - self._prompt_ms >= self._over[0].after_ms:
            over = self._over.pop(0)
            self._say(over.purpose, Asked.OTHER, over.line)
            if over.ends:
                self.ends = over.ends

    def _react(self, unanswered: list[Spoken], now_ms: float) -> None:
        delays = self.role.delays_ms
        hesitation = delays[self._answers % len(delays)] if delays else 0
        if now_ms - self._heard_ms < SETTLE_MS + hesitation:
            return
        texts = [self._knows(one.key, bytes(one.mulaw)) for one in unanswered[-1:]]
        answer = self._answer_to(texts[-1] or "")
        if answer is None or not answer.question.fits(texts[-1] or ""):
            # The last words alone do not say what is wanted: those before them may.
            texts = [self._knows(one.key, bytes(one.mulaw)) for one in unanswered]
            answer = self._answer_to(" ".join(text for text in texts if text)) if None not in texts else None
        if answer is not None:
            self._give(answer)
        elif None not in texts and now_ms - self._heard_ms >= CLUELESS_MS:
            self._nudge(self.role.otherwise)

    def _answer_to(self, heard: str) -> Answer | None:
        return next((one for one in self.role.answers if heard and one.question.fits(heard)), None)

    def _give(self, answer: Answer) -> None:
        question = answer.question
        self._answers += 1
        self._waiting = question.kind is Asked.OTHER
        if question.opening:
            flags = self.role.opening_purpose is Purpose.RED_FLAG
            self.ends = "nurse" if flags else "hung_up"
            self._say(self.role.opening_purpose, question.kind, self.role.opening)
        elif answer.line:
            if answer.purpose is Purpose.RED_FLAG:
                self.ends = "nurse"
            self._say(answer.purpose, question.kind, answer.line)
        else:
            self._considered = len(self._stream.spoken)

    def _nudge(self, line: str) -> None:
        self._nudges += 1
        if self._nudges > MOST_NUDGES:
            self.gave_up = True
        else:
            self._say(Purpose.NUDGE, Asked.OTHER, line)

    def _say(self, purpose: Purpose, asked: Asked, line: str) -> None:
        role = self.role
        self._saying = Saying(purpose, asked, line, self._studio.sound(role.voice, role.pace, line, role.noise_db))
        self.said.append(self._saying)
        if purpose not in {Purpose.NOISE, Purpose.BACKCHANNEL}:
            self._considered = len(self._stream.spoken)
        self._awaiting_ms = None

    def _next_frame(self, now_ms: float) -> tuple[bytes, int, tuple[Timing, int] | None]:
        saying = self._saying
        if saying is None:
            return self._room[self._ticks % len(self._room)], 0, None
        frame = saying.frame
        saying.frame += 1
        self._own_ms = now_ms
        if saying.frame == len(saying.sound.payloads):
            self._saying = None
            if saying.purpose in {Purpose.ANSWER, Purpose.RED_FLAG}:
                self._awaiting_ms = now_ms - (frame - saying.sound.last) * FRAME_MS
        return saying.sound.payloads[frame], saying.sound.levels[frame], (saying.timing, frame)
