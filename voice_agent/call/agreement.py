"""Which words of two ears to believe.

Vosk streams and is what the call stands on; the second ear hears whole utterances. Where they differ, confidence
decides, for each is sure of its words where it is at home: the built-in model with synthetic voices, the second ear
with people. The answer to a closed question is believed when both heard it, or the second ear is sure that it was one
of the possible answers. The numbers were chosen on few and clean recordings, those of
docs/recognition.md.
"""

from __future__ import annotations

from voice_agent.call.agreed import Agreed, AgreementSettings
from voice_agent.call.closed_agreement import agreed_answer
from voice_agent.call.events import Transcribed
from voice_agent.call.hearings import EarKind, SecondHearing
from voice_agent.call.open_agreement import agree_openly
from voice_agent.call.replies import Listen

__all__ = ["Agreed", "AgreementSettings", "agree", "wants_second_ear"]


def wants_second_ear(
    first: Transcribed,
    listen: Listen,
    kind: EarKind,
    settings: AgreementSettings,
    *,
    may_matter: bool,
) -> bool:
    """Whether the second ear should hear what Vosk made `first` of. `may_matter`: the words may matter clinically."""
    if kind is EarKind.BUILT_IN or may_matter or listen is not Listen.OPEN:
        # What is asked for is a fact that we act on, and short answers are what a small model gets wrong.
        return True
    return not first.words or min(word.confidence for word in first.words) < settings.vosk_sure


def agree(
    first: Transcribed,
    second: SecondHearing | None,
    listen: Listen,
    kind: EarKind,
    settings: AgreementSettings,
    *,
    voiced_ms: int | None = None,
    caller: float = 0.0,
) -> Agreed:
    """What to believe.

    `first`: all that Vosk heard of the utterance; `second`: None when it was not asked, or was shed. `voiced_ms`: how
    long there was speech in the sound, for the detector; None when that is not known. `caller`: how far the second
    ear was ahead for this caller before.
    """
    if second is None:
        return Agreed(first.text, first.words, first.text, None)
    if listen in (Listen.YES_NO, Listen.DIGITS):
        answer = agreed_answer(first, second, listen, settings)
        if answer is not None:
            return answer
    return agree_openly(first, second, listen, kind, settings, voiced_ms, caller)
