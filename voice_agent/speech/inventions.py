"""Words that were invented: what a network trained on subtitles writes where nobody speaks."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from voice_agent.speech.moonshine_decoding import Written, loops
from voice_agent.speech.moonshine_tokens import END

SUBTITLES: Final = re.compile(
    r"[♪♫©]|thanks? (you )?for watching|subtitles? by|transcript|see you (in the )?next (time|video)|www\.",
    re.IGNORECASE,
)
"""What stands under films."""
FASTEST_WORDS_S: Final = 6.0
"""Words in a second; nobody speaks faster for a whole utterance."""


def is_invented(text: str, written: Written, audio_ms: int) -> bool:
    """Whether a text cannot have been said: subtitles, another script, a loop, or too many words for the sound."""
    spoken = [token for token in written.tokens if token != END]
    return (
        bool(SUBTITLES.search(text))
        or any(letter.isalpha() and "LATIN" not in unicodedata.name(letter, "") for letter in text)
        or "\ufffd" in text
        or loops(spoken)
        or len(text.split()) > FASTEST_WORDS_S * audio_ms / 1000 + 1
    )
