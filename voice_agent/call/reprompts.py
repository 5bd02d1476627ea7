"""Asking again: when nothing was said, or nothing was understood; after the last reprompt, a person."""

from __future__ import annotations

from voice_agent.call.lines import Lines, Sentences
from voice_agent.call.replies import Listen
from voice_agent.call.stage import Stage
from voice_agent.triage.care_levels import CareLevel


class Reprompts:
    """Counts what went wrong in a row."""

    def __init__(self, stage: Stage, lines: Lines) -> None:
        self._stage = stage
        self._lines = lines
        self._no_inputs = 0
        self._no_matches = 0

    def no_input(self) -> None:
        """The caller was silent."""
        self._no_inputs += 1
        self._again(self._lines.no_input, self._no_inputs, "Did not answer")

    def no_match(self) -> None:
        """The caller was not understood."""
        self._no_matches += 1
        self._again(self._lines.no_match, self._no_matches, "Could not be understood")

    def spoke(self) -> None:
        """The caller said something."""
        self._no_inputs = 0

    def understood(self) -> None:
        """It meant something."""
        self._no_matches = 0

    def _again(self, lines: tuple[Sentences, ...], count: int, reason: str) -> None:
        if count > len(lines):
            self._stage.bring_to_nurse(self._lines.not_understood, CareLevel.NURSE_NOW, reason)
        else:
            hint = self._lines.keypad_yes_no if self._stage.question.listen is Listen.YES_NO else ()
            self._stage.ask_again(lines[count - 1], hint)
