"""What is heard over a prompt: a caller who wants the turn, or a cough, an "mm-hm", our own echo.

A prompt pauses at the first sound, so there is time to find out: words stop it, everything else lets it go on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from voice_agent.call.events import Transcribed, Word
from voice_agent.call.lines import EscapeListener, Sentences
from voice_agent.call.replies import Listen
from voice_agent.call.turn_settings import TurnSettings
from voice_agent.call.word import mean_confidence

_ECHO_WORDS = 3
"""So many words in the very order in which we are saying them are our own voice, come back."""


class Interruption:
    """Judges words that come while we speak."""

    def __init__(self, settings: TurnSettings, wishes: EscapeListener) -> None:
        self._settings = settings
        self._wishes = wishes

    def stops(self, event: Transcribed, saying: Sentences, listen: Listen) -> bool:
        """Whether words that are still being heard are enough to stop what we are saying.

        The caller has silence already, so a lone word may wait for the end of the utterance, when we know it better.
        """
        words = _words(event.text)
        if self._counts_for_nothing(event.text, listen) or _is_in(words, saying):
            return False
        if event.final:
            return self._is_sure(event.words)
        return len(words) >= self._settings.words_over_prompt

    def is_nothing(self, text: str, words: Sequence[Word], saying: Sentences, listen: Listen) -> bool:
        """Whether all that was said over a prompt lets it go on: no words, "mm-hm", our echo, a noise."""
        if self._counts_for_nothing(text, listen):
            return True
        said = _words(text)
        return (len(said) >= _ECHO_WORDS and _is_in(said, saying)) or not self._is_sure(words)

    def _counts_for_nothing(self, text: str, listen: Listen) -> bool:
        if listen is Listen.YES_NO:
            return self._wishes.is_hesitation(text)
        return self._wishes.is_backchannel(text)

    def _is_sure(self, words: Sequence[Word]) -> bool:
        """Coughs and doors come as words that the recogniser itself does not believe."""
        confidence = mean_confidence(words)
        return confidence is None or confidence >= self._settings.word_confidence


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def _is_in(words: list[str], saying: Sentences) -> bool:
    """Whether these words stand, in this order and without a gap, in what we are saying."""
    ours = _words(" ".join(saying))
    size = len(words)
    return any(ours[place : place + size] == words for place in range(len(ours) - size + 1))
