"""What callers answer to closed questions: the phrases that grammars are made of."""

from __future__ import annotations

from typing import Final

YES_NO: Final = (
    "yes", "no", "yeah", "nope", "yep", "yup", "nah", "okay", "ok", "sure", "correct", "right", "that's right",
    "that is right", "that's correct", "that is correct", "yes i do", "yes i am", "yes i have", "yes it is",
    "yes it does", "yes he does", "yes she does", "yes he is", "yes she is", "yes please", "no i don't", "no i do not",
    "no i am not", "no i'm not", "no i haven't", "no it isn't", "no it's not", "no it is not", "no it doesn't",
    "no he doesn't", "no she doesn't", "no thank you", "no thanks", "not really", "not at all", "i think so",
    "i don't think so", "i do", "i don't", "i am", "i'm not", "it is", "it isn't", "a little", "a bit", "a little bit",
    "maybe", "sometimes", "of course", "absolutely", "definitely", "probably", "i guess", "i guess so", "never",
    "wrong", "that's wrong", "not yet", "not now", "sounds good", "that works", "i don't know", "i do not know",
    "i'm not sure", "i am not sure", "not sure",
)  # fmt: skip

FIRST_WORDS: Final = frozenset(
    {"yes", "no", "yeah", "nope", "yep", "yup", "nah", "okay", "ok", "sure", "correct", "right"}
)
"""After one of these comes a second phrase: "yes that's right"."""
