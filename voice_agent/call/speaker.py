"""What the agent is saying just now.

Keeps the one prompt that is under way, whether it is paused, and how fast we speak; answers with the commands
that the shell is to perform.
"""

from __future__ import annotations

from voice_agent.call.commands import (
    Command,
    PauseSpeaking,
    Prompt,
    PromptKind,
    ResumeSpeaking,
    Speak,
    StopSpeaking,
)
from voice_agent.call.lines import Sentences


class Speaker:
    """At most one prompt is under way; a new one follows it or, after `stop`, replaces it."""

    def __init__(self, rate_wpm: int) -> None:
        self.rate_wpm = rate_wpm
        self._count = 0
        self._prompt: Prompt | None = None
        self._paused = False

    @property
    def prompt(self) -> Prompt | None:
        """What is being said; None in silence."""
        return self._prompt

    @property
    def saying(self) -> Sentences:
        """The sentences of that prompt."""
        return self._prompt.sentences if self._prompt else ()

    @property
    def paused(self) -> bool:
        """The prompt waits while we find out whether the caller really speaks."""
        return self._paused

    @property
    def yields(self) -> bool:
        """A caller's word may stop what is being said."""
        return self._prompt is not None and self._prompt.kind is not PromptKind.SAFETY

    def say(self, sentences: Sentences, kind: PromptKind) -> Speak:
        """Begin a prompt."""
        self._count += 1
        self._prompt = Prompt(self._count, sentences, kind, self.rate_wpm)
        self._paused = False
        return Speak(self._prompt)

    def pause(self) -> list[Command]:
        """Wait at the next frame, once."""
        if self._paused or self._prompt is None:
            return []
        self._paused = True
        return [PauseSpeaking()]

    def resume(self) -> list[Command]:
        """Go on from the same frame."""
        if not self._paused:
            return []
        self._paused = False
        return [ResumeSpeaking()]

    def stop(self) -> list[Command]:
        """Drop the rest; nothing in silence."""
        if self._prompt is None:
            return []
        self._prompt = None
        self._paused = False
        return [StopSpeaking()]

    def finished(self, prompt: int) -> Prompt | None:
        """The prompt that was heard to its end, when it is the one under way."""
        if self._prompt is None or self._prompt.id != prompt:
            return None
        done, self._prompt = self._prompt, None
        return done
