"""The agent's voice on one call: prompts in, paced sound out.

Sentences are rendered in a lane beside the call and played in order; what was stopped meanwhile is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import ClassVar

from voice_agent.audio import mulaw
from voice_agent.audio.playout import Playout, PlayoutItem
from voice_agent.call.commands import Prompt
from voice_agent.call.events import Event, PromptFinished, SentenceHeard, SpeakingCut
from voice_agent.errors import SynthesizerError
from voice_agent.ports import Synthesizer
from voice_agent.side_work import Lane


@dataclass(frozen=True, slots=True)
class SpeakingSettings:
    """How our sound is sent."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    lead_ms: int = 100
    """How far our audio runs ahead of the caller's; so much is still heard after a pause."""
    sentence_gap_ms: int = 200
    """Silence between two sentences of a prompt, so that they are heard as two."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A sentence is ready to be played."""

    prompt: Prompt
    index: int
    mulaw: bytes = field(repr=False)


class Speaking:
    """One call's mouth. Belongs to the call's thread; only rendering happens elsewhere."""

    def __init__(
        self,
        synthesizer: Synthesizer,
        threads: Executor,
        put: Callable[[Rendered], None],
        failed: Callable[[SynthesizerError], None],
        settings: SpeakingSettings,
    ) -> None:
        """`put`: where a rendered sentence goes; `rendered` takes it from there, on the call's thread."""
        self._synthesizer = synthesizer
        self._settings = settings
        self._put = put
        self._failed = failed
        self._lane = Lane(threads)
        self._playout = Playout(settings.lead_ms)
        self._rate_wpm = 0
        self._last_prompt = 0
        self._dropped_prompt = 0

    @property
    def sending(self) -> int:
        """The prompt of the frame that was handed out last."""
        return self._playout.sending

    @property
    def renders(self) -> bool:
        """Something to say is being made."""
        return self._lane.busy

    def say(self, prompt: Prompt) -> None:
        """Say it after all that is being said."""
        self._last_prompt, self._rate_wpm = prompt.id, prompt.rate_wpm
        for index, sentence in enumerate(prompt.sentences):
            self._lane.add(lambda index=index, sentence=sentence: self._render(prompt, index, sentence))  # type: ignore[misc]

    def get_ready(self, sentences: tuple[str, ...]) -> None:
        """Render what may be said next, unless there is something to say already."""
        if not self._lane.busy:
            for sentence in sentences:
                self._lane.add(lambda sentence=sentence: self._rehearse(sentence))  # type: ignore[misc]

    def rendered(self, sentence: Rendered) -> None:
        """A sentence came from the lane."""
        if sentence.prompt.id > self._dropped_prompt:
            last = sentence.index == len(sentence.prompt.sentences) - 1
            gap_ms = 0 if last else self._settings.sentence_gap_ms
            self._playout.enqueue(sentence.prompt.id, sentence.index, sentence.mulaw, last, gap_ms)

    def pause(self) -> None:
        """Send nothing more, keep the place."""
        self._playout.pause()

    def resume(self) -> None:
        """Go on from the same frame."""
        self._playout.resume()

    def cut_at(self, at_ms: int) -> SpeakingCut | None:
        """How far the caller has heard what is being said; None in silence."""
        if (place := self._playout.position()) is None:
            return None
        return SpeakingCut(place.prompt, place.sentence, place.heard_ms, place.lasts_ms, at_ms)

    def stop(self) -> None:
        """Drop all that is left; the carrier must be told to clear what it holds."""
        self._dropped_prompt = self._last_prompt
        self._playout.stop()

    def due(self, now_ms: int) -> list[PlayoutItem]:
        """What to send at this moment of the caller's audio time."""
        return self._playout.frames_due(now_ms)

    def mark_reached(self, name: str, at_ms: int) -> Iterator[Event]:
        """A mark came back: what it says was heard."""
        if mark := self._playout.mark_reached(name):
            yield SentenceHeard(mark.prompt, mark.sentence, at_ms)
            if mark.last:
                yield PromptFinished(mark.prompt, at_ms)

    # In the lane.

    def _render(self, prompt: Prompt, index: int, sentence: str) -> None:
        if prompt.id <= self._dropped_prompt:
            return
        try:
            pcm = self._synthesizer.synthesize(sentence, prompt.rate_wpm)
        except SynthesizerError as error:
            self._failed(error)
        else:
            self._put(Rendered(prompt, index, mulaw.encode(pcm)))

    def _rehearse(self, sentence: str) -> None:
        try:
            self._synthesizer.synthesize(sentence, self._rate_wpm)
        except SynthesizerError:
            return  # the failure counts when the sentence is really to be said
