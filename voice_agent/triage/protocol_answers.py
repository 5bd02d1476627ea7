"""Yes or no to a triage question, from what people really answer.

"No, but my neck is stiff" is a yes. "He's fine" is a no. "It's a dull ache since monday" is neither, though "it is"
alone would be a yes: what is not plain is asked again, and at last a person decides.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from voice_agent.triage.phrases import asserted, denied
from voice_agent.triage.wording import word_set
from voice_agent.understanding.words import expanded, says
from voice_agent.understanding.yes_no import dont_know, yes_no

_YES: Final = word_set("yes yeah yep yup yea ya yah mhm")
_PLAIN: Final = {
    True: _YES | word_set("correct absolutely definitely exactly affirmative certainly si"),
    False: word_set("no nope nah naw negative none never neither nothing"),
}
_PLAIN_PHRASES: Final = {
    True: ("of course", "i think so", "i believe so", "that is right"),
    False: ("not really", "not at all", "not that i", "not yet", "think so", "believe so"),
}
_LITTLE: Final = word_set(
    """a little bit kind sort of some sometimes really very all the time too both actually now today any those them
    these that this have has had having think so feel like right well just much honestly"""
)
_CALM: Final = word_set("fine normal normally okay ok alright good")
_SHORT: Final = {True: 2, False: 3}
"""Words of an answer that is nothing but an answer, little words aside: "she is", "i do not"."""
_CALM_AT_MOST: Final = 6
_NOTHING: Final = (
    "nothing",
    "nothing really",
    "nothing at all",
    "nothing like that",
    "nothing like this",
    "no nothing",
)
"""Whole answers; "nothing comes out" is none."""


def said_yes(text: str, signs: Collection[str]) -> bool | None:
    """True for yes, False for no, None where it is neither for sure. `signs`: phrases that mean a yes by themselves."""
    heard = expanded(text)
    if dont_know(text):
        return None
    if " ".join(heard) in _NOTHING:
        return False
    if "but" in heard:
        return _with_but(text, heard, signs)
    told = any(asserted(sign, heard) for sign in signs)
    calm = bool(_CALM & set(heard)) and "not" not in heard and not told
    answer = yes_no(text)
    if answer is None or not _is_plain(answer, text, heard):
        denies = answer is False and any(denied(sign, heard) for sign in signs)
        return False if denies or (calm and len(heard) <= _CALM_AT_MOST) else None
    # "Yes, she's breathing fine": one of the two is not meant.
    return None if answer and calm else answer


def _with_but(text: str, heard: list[str], signs: Collection[str]) -> bool | None:
    at = heard.index("but")
    before, after = heard[:at], heard[at + 1 :]
    if any(asserted(sign, after) for sign in signs):
        return True
    first = yes_no(" ".join(before))
    return yes_no(text) if first is None or _YES & set(after) else first


def _is_plain(answer: bool, text: str, heard: list[str]) -> bool:
    """Whether a yes or no was said as such, and not in passing: "it is a dull ache", "i did squats"."""
    if _PLAIN[answer] & set(heard) or says(text, _PLAIN_PHRASES[answer]):
        return True
    return len([word for word in heard if word not in _LITTLE]) <= _SHORT[answer]
