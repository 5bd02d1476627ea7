"""What two ears make of the answer to a closed question."""

from __future__ import annotations

from voice_agent.call.agreed import Agreed, AgreementSettings, mean, with_times
from voice_agent.call.events import Transcribed, Word
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.replies import Listen
from voice_agent.understanding.numbers import TENS, digits, number_runs
from voice_agent.understanding.words import words as words_of
from voice_agent.understanding.yes_no import yes_no


def meaning(listen: Listen, text: str) -> bool | str | None:
    """What an answer says: True, False, a digit string; None when it is no answer, or has words besides."""
    if listen is Listen.YES_NO:
        return yes_no(text)
    said = words_of(text)
    runs = number_runs(said)
    is_all = sum(map(len, runs)) >= len(
        [word for word in said if word not in {"and", "double", "triple", "point", "a"}]
    )
    return digits(text) if runs and is_all else None


def agreed_answer(
    first: Transcribed, second: SecondHearing, listen: Listen, settings: AgreementSettings
) -> Agreed | None:
    """The answer that both ears, or the surer one, heard; None when something else was said."""
    ours, theirs, free = meaning(listen, first.text), meaning(listen, second.answer), meaning(listen, second.text)
    sure = _covered(second, settings, is_answer=free is not None)

    def agreed(text: str, confidence: float, *, unsure: bool = False) -> Agreed:
        words = with_times([Word(word, 0, second.audio_ms, confidence) for word in text.split()], first.words)
        return Agreed(text, words, first.text, second.text, unsure=unsure)

    if theirs is None or not second.answer:
        return None
    if ours is not None and ours == theirs:
        return agreed(first.text, max(sure, mean(first.words)))
    if free is not None and free == ours:
        return agreed(first.text, max(second.confidence or 0.0, mean(first.words)))
    if sure >= settings.answer:
        is_disputed = ours is not None and mean(first.words) > settings.vosk_sure
        if is_disputed and mean(first.words) > sure:
            return agreed(first.text, mean(first.words), unsure=True)
        own_words = free == theirs and not _is_miscounted(listen, second.text)
        return agreed(
            second.text if own_words else second.answer, sure, unsure=is_disputed and sure < settings.vosk_sure
        )
    if ours is not None and mean(first.words) > settings.vosk_sure and not second.text:
        return agreed(first.text, mean(first.words), unsure=True)
    return None


def _is_miscounted(listen: Listen, text: str) -> bool:
    """Whether digits that were said one by one are written as numbers: "nine ninety seven" for "nine nine seven"."""
    return listen is Listen.DIGITS and not TENS.keys().isdisjoint(words_of(text))


def _covered(second: SecondHearing, settings: AgreementSettings, *, is_answer: bool) -> float:
    """How sure the second ear is of its answer, but not of one that leaves most of what was said out."""
    if is_answer or 2 * len(second.answer.split()) >= len(second.text.split()):
        return second.answer_confidence
    return min(second.answer_confidence, settings.answer / 2)
