"""The words of the model and the text of its language model, the same every time."""

from collections.abc import Sequence
from functools import cache

from vosk_builder import lexicon, text

SENTENCES = 158_000
SEED = 1


@cache
def language_text() -> Sequence[str]:
    """The text of the language model."""
    return text.sentences(text.LANGUAGE, SENTENCES, SEED)


@cache
def words() -> lexicon.Lexicon:
    """Every word of the data, with its pronunciations. Raises UnpronounceableError."""
    return lexicon.build(text.vocabulary())
