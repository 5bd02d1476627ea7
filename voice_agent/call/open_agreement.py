"""What two ears make of free speech."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

from voice_agent.call.agreed import Agreed, AgreementSettings, mean, with_times
from voice_agent.call.events import Transcribed, Word
from voice_agent.call.hearings import EarKind, SecondHearing
from voice_agent.call.progress import Progress, progress
from voice_agent.call.replies import Listen

_STRAY: Final = frozenset(
    {
        "you", "the", "a", "i", "and", "so", "uh", "um", "oh", "ah", "ha", "huh", "hmm", "mm", "bye", "thank", "thanks",
        "yeah", "okay", "hey", "what", "it's", "that's",
    }
)  # fmt: skip
"""What the second ear writes where there is only noise."""


def agree_openly(
    first: Transcribed,
    second: SecondHearing,
    listen: Listen,
    kind: EarKind,
    settings: AgreementSettings,
    voiced_ms: int | None,
    caller: float,
) -> Agreed:
    """What to believe of free speech; `caller`: how far the second ear was ahead for this caller before."""
    voiced = settings.voiced_ms if voiced_ms is None else voiced_ms
    is_short = voiced < settings.voiced_ms
    ours, theirs = first.words, () if _is_stray(first, second, is_short=is_short) else second.words
    sure = mean(ours) + (settings.published_ahead if kind is EarKind.PUBLISHED else 0.0)
    fits = _answers(listen, second.text) - _answers(listen, first.text)
    ahead_by = _ahead_by(sure, mean(theirs), second.ahead, fits, settings)

    def agreed(words: Sequence[Word], *, unsure: bool = False) -> Agreed:
        timed = with_times(words, first.words)
        return Agreed(" ".join(word.text for word in timed), timed, first.text, second.text, ahead_by, unsure)

    if not theirs:
        # A short sound is a noise, unless it is just what was asked for: "the first".
        believed = sure >= settings.vosk_alone and (not is_short or _answers(listen, first.text))
        return agreed(ours) if believed else agreed((), unsure=bool(ours) and not is_short)
    shared = {word.text for word in ours} & {word.text for word in theirs}
    if not shared and is_short and mean(theirs) < settings.sure:
        return agreed(())
    neither = max(mean(theirs), sure - settings.vosk_alone + settings.least) < settings.least
    if not shared and not fits and neither:
        return agreed((), unsure=True)
    is_second = sure <= mean(theirs) if ahead_by is None else ahead_by + settings.caller_counts * caller > 0
    return agreed(_patched(theirs, ours, settings) if is_second else _patched(ours, theirs, settings))


def _answers(listen: Listen, text: str) -> bool:
    """Whether the words are a day, a time or a name that was asked for."""
    return listen is not Listen.OPEN and progress(listen, text) in (Progress.ANSWERED, Progress.LIKELY)


def _ahead_by(ours: float, theirs: float, ahead: float | None, fits: int, settings: AgreementSettings) -> float | None:
    """How far the second ear's words are ahead, by both confidences and by what it makes of both texts.

    Vosk's built-in model is as sure of the nonsense that it makes of people as of what it knows. For the second ear
    that is unlikely, while the true words of a synthetic voice are not much less likely for it than its own.
    `fits`: 1 when only the second ear's words answer what was asked, -1 when only Vosk's do.
    """
    if not ahead:
        return None
    compared = ahead + settings.second_counts * theirs - settings.vosk_counts * ours
    return compared + settings.answer_counts * fits - settings.ahead


def _is_stray(first: Transcribed, second: SecondHearing, *, is_short: bool) -> bool:
    """Whether what the second ear heard is what it writes where nobody speaks."""
    words = {word.text for word in second.words}
    if not words <= _STRAY or words & {word.text for word in first.words if word.confidence >= 0.8}:
        return False
    return is_short or (second.confidence or 0.0) < 0.6


def _patched(believed: Sequence[Word], other: Sequence[Word], settings: AgreementSettings) -> list[Word]:
    """The words believed, but for stretches of which they are not sure and the other ear is."""
    words: list[Word] = []
    for step in Levenshtein.opcodes([word.text for word in believed], [word.text for word in other]):
        mine, theirs = believed[step.src_start : step.src_end], other[step.dest_start : step.dest_end]
        is_better = (
            step.tag == "replace"
            and min(word.confidence for word in theirs) >= settings.patch
            and mean(mine) < settings.patched
        )
        words += theirs if is_better else mine
    return words
