"""What one call hears: the caller's sound in, judgements and words out.

Each 20 ms is judged at once, on the call's thread. What may be speech goes to the recogniser in batches, in a lane
beside the call, and its words come back through the call's inbox. Should the lane fall behind, partial words are left
out first; finals never are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Annotated, Final

from pydantic import Field

from voice_agent.audio.echo import LOSS_DB, EchoGuard
from voice_agent.audio.frames import FRAME_MS, PCM_FRAME_BYTES, AudioFrame, Framer, level_dbfs
from voice_agent.audio.silence_gate import HANGOVER_MS, PRE_ROLL_MS, SilenceGate
from voice_agent.call.commands import HearAgain
from voice_agent.call.events import HeardAgain, Listened, NotHeardAgain, Transcribed
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed, Weight
from voice_agent.call.replies import Listen
from voice_agent.errors import VoiceAgentError
from voice_agent.ports import Recognizer, SecondEars, VoiceActivity
from voice_agent.side_work import Lane
from voice_agent.strict_yaml import STRICT

BATCH_FRAMES: Final = 5
"""100 ms: the recogniser computes in larger steps anyway; smaller bites only cost."""


@dataclass(frozen=True, slots=True)
class HearingSettings:
    """How much of the line reaches the recogniser. All in milliseconds of audio."""

    __pydantic_config__ = STRICT

    pre_roll_ms: Annotated[int, Field(ge=0)] = PRE_ROLL_MS
    """Sound from before somebody may be speaking that is recognised as well."""
    hangover_ms: Annotated[int, Field(ge=0)] = HANGOVER_MS
    """Silence after speech that is still recognised; what comes after it is not."""
    echo_loss_db: Annotated[float, Field(ge=0)] = LOSS_DB
    """Our own voice comes back at least so much softer: what is softer still while we speak is not the caller."""
    shed_partials_behind_ms: Annotated[int, Field(ge=0)] = 400
    """While more sound than this waits to be recognised, words come only at the end of an utterance."""
    kept_for_second_ear_ms: Annotated[int, Field(ge=0)] = 20_000
    """The second ear hears so much of a long utterance at most, its end; 16 bytes of memory a call for each."""


_SILENT_FRAME: Final = bytes(PCM_FRAME_BYTES)


class Hearing:
    """One call's hearing. All but the lane's work belongs to the call's thread."""

    def __init__(
        self,
        recognizer: Recognizer,
        activity: VoiceActivity,
        threads: Executor,
        put: Callable[[Transcribed | HeardAgain | NotHeardAgain], None],
        failed: Callable[[VoiceAgentError], None],
        settings: HearingSettings | None = None,
        second_ears: SecondEars | None = None,
    ) -> None:
        """`threads`: shared by the recognition of all calls. `put`: the call's inbox. `failed`: hears of failures."""
        self._settings = settings or HearingSettings()
        self._recognizer = recognizer
        self._activity = activity
        self._put = put
        self._failed = failed
        self._lane = Lane(threads)
        self._framer = Framer()
        self._gate = SilenceGate(self._settings.pre_roll_ms, self._settings.hangover_ms)
        self._echo = EchoGuard(self._settings.echo_loss_db)
        self._second_ears = second_ears
        kept_ms = self._settings.kept_for_second_ear_ms if second_ears else 0
        self._kept: deque[AudioFrame] = deque(maxlen=kept_ms // FRAME_MS)
        self._batch: list[AudioFrame] = []
        self._heard_ms = 0
        self._accepted_ms = 0
        self._decoded_ms = 0
        self.partials_shed = 0
        """Batches of which no partial words were asked for, because recognition was behind."""

    @property
    def behind_ms(self) -> int:
        """Sound that waits to be recognised, in milliseconds; silence that needs no recognition is not counted."""
        return self._accepted_ms - self._decoded_ms

    @property
    def is_behind(self) -> bool:
        """So much waits that what can be left out is."""
        return self.behind_ms > self._settings.shed_partials_behind_ms

    def heard(self, at_ms: int, pcm: bytes) -> list[Listened]:
        """Some of the caller's line, PCM16 from audio time `at_ms` on: each full frame's judgement."""
        judged: list[Listened] = []
        for sound in self._framer.push(pcm):
            frame = AudioFrame(sound, at_ms)
            if self._echo.is_ours(frame.level_dbfs, at_ms):
                frame = AudioFrame(_SILENT_FRAME, at_ms)
            at_ms = self._heard_ms = frame.end_ms
            judged.append(self._activity.judge(frame))
            passed = self._gate.passed(frame, attentive=self._activity.attentive)
            self._batch.extend(passed)
            self._kept.extend(passed)
            if len(self._batch) >= BATCH_FRAMES:
                self._recognize_batch()
        return judged

    def spoke(self, pcm: bytes, at_ms: int) -> None:
        """A frame of ours went out, PCM16: its echo may come back."""
        self._echo.sent(level_dbfs(pcm), at_ms)

    def expect(self, listen: Listen) -> None:
        """What kind of answer comes next."""
        self._lane.add(lambda: self._guarded(lambda: self._recognizer.expect(listen)))

    def finish(self, utterance: int) -> None:
        """Flush: the final of all that was heard comes to the inbox, tagged with `utterance`."""
        self._recognize_batch()
        self._gate.flushed()
        heard_ms = self._heard_ms
        self._lane.add(lambda: self._guarded(lambda: self._finish(utterance, heard_ms)))

    def hear_again(self, command: HearAgain) -> None:
        """Have the second ear hear the utterance so far; its answer comes to the inbox, tagged with the same number."""
        utterance, put = command.utterance, self._put
        if self._second_ears is None:
            put(NotHeardAgain(utterance, Missed.FAILED))
        elif self.is_behind and command.weight is not Weight.TRIAGE:
            put(NotHeardAgain(utterance, Missed.SHED))
        else:
            while self._kept and self._kept[0].at_ms < command.from_ms:
                self._kept.popleft()
            sound = b"".join(frame.pcm for frame in self._kept)

            def tell(heard: SecondHearing | Missed) -> None:
                put(NotHeardAgain(utterance, heard) if isinstance(heard, Missed) else HeardAgain(utterance, heard))

            self._second_ears.hear(self, sound, command.listen, command.first, command.weight, tell)

    def close(self) -> None:
        """Free the recogniser, once it has done what it was given."""
        self._lane.add(self._recognizer.close)

    def _recognize_batch(self) -> None:
        if self._batch:
            frames, self._batch = self._batch, []
            self._accepted_ms += len(frames) * FRAME_MS
            self._lane.add(lambda: self._guarded(lambda: self._recognize(frames)))

    # In the lane.

    def _recognize(self, frames: Sequence[AudioFrame]) -> None:
        partials = not self.is_behind
        self.partials_shed += not partials
        try:
            for transcribed in self._recognizer.accept(frames, partials=partials):
                self._put(transcribed)
        finally:
            self._decoded_ms += len(frames) * FRAME_MS

    def _finish(self, utterance: int, heard_ms: int) -> None:
        final = self._recognizer.finish(utterance)
        # The silence that the gate kept back was listened to as well.
        self._put(replace(final, at_ms=max(final.at_ms, heard_ms)))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except VoiceAgentError as error:
            self._failed(error)
