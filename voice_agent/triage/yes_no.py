"""Yes, no, or neither.

For the discriminating questions, where "yes" raises a red flag: whatever leans towards yes is yes, and only a
plain no clears, or a short "he's fine". "He is" answers yes by itself, and not when it goes on to something else:
"it's mild now", "I can swallow soup" and "it's a six" are asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voice_agent.triage.patterns import Patterns
from voice_agent.triage.wording import tokens, word_set
from voice_agent.understanding.numbers import number

_YES: Final = (
    "yes", "yeah", "yep", "yup", "ya", "yah", "yea", "correct", "affirm*", "absolutely", "definitely", "certainly",
    "of course", "uh-huh", "i think so", "i guess", "i suppose", "maybe", "perhaps", "probably", "possibly",
    "might be", "a little", "a bit", "somewhat", "sometimes", "kinda", "that is right", "right", "true", "sure is",
    "sure does", "sure do", "you bet", "guess so", "si", "oui", "very much", "exactly",
)  # fmt: skip
_ECHOES: Final = (
    "he is", "she is", "it is", "i am", "i do", "it does", "he does", "she does", "they are", "there is", "we do",
    "i have", "i can", "it did",
)  # fmt: skip
"""They repeat the question's own beginning: yes by themselves, and mostly so when they go on."""
_NO: Final = (
    "no", "nope", "nah", "naw", "not really", "not at all", "no way", "negative", "deny", "none", "never", "nothing",
    "do not think so", "not that", "is not", "am not", "are not", "does not", "do not", "did not", "has not",
    "have not", "not now", "not yet", "no it is", "no he is", "no she is", "no i am", "no not",
)  # fmt: skip
_NEITHER: Final = (
    "do not know", "not sure", "no idea", "could not say", "can not tell", "can not say", "who knows", "unsure",
    "hard to say", "hard to tell", "what do you mean", "do not understand", "what", "repeat", "say again", "pardon",
)  # fmt: skip
_CALM: Final = word_set("fine normal normally mild better okay ok alright good great well")
_NEAR: Final = 3
"""Words after an echo among which a calm one takes the yes from it."""
_IS_WELL: Final = (
    "he is fine", "she is fine", "it is fine", "i am fine", "they are fine", "he is okay", "she is okay", "i am okay",
    "he is ok", "she is ok", "i am ok", "it is normal", "he is breathing fine", "she is breathing fine",
    "i am breathing fine", "breathing fine", "normal", "all normal", "everything is normal", "everything is fine",
    "all fine", "all good",
)  # fmt: skip
"""Whole answers that are a plain no to a question about danger."""
_PLAIN_YES: Final = frozenset({"yes", "yeah", "yep", "yup"})
_MARKS: Final = Patterns(
    [("yes", text) for text in _YES]
    + [("echo", text) for text in _ECHOES]
    + [("no", text) for text in _NO]
    + [("neither", text) for text in _NEITHER],
    {},
)
_WELL: Final = frozenset(tuple(token.text for token in tokens(text)) for text in _IS_WELL)


def yes_or_no(text: str) -> bool | None:
    """True, False, or None when it is neither or both: ask again, then a person."""
    said = tokens(text)
    if tuple(token.text for token in said) in _WELL:
        return False
    found: dict[str, list[tuple[int, int]]] = {"yes": [], "no": [], "neither": []}
    for match in _MARKS.find(said):
        first, last = match.places[0], match.places[-1]
        words, after = [t.text for t in said[first : last + 1]], [t.text for t in said[last + 1 :]]
        if match.name == "echo":
            if _agrees(words, after):
                found["yes"].append((first, last))
        elif not (words[-1] == "not" and _CALM & set(after[:1])):
            # "She is not well" is no denial, but the contrary.
            found[match.name].append((first, last))
    if found["neither"] or (found["yes"] and _is_well([token.text for token in said])):
        return None
    no = found["no"]
    # "i do" of "i do not think so" is no yes: it touches the no
    yes = [(first, last) for first, last in found["yes"] if not any(a <= last + 1 and first <= b + 1 for a, b in no)]
    if yes and no:
        return True if min(yes) < min(no) and said[min(yes)[0]].text in _PLAIN_YES else None
    return True if yes else (False if no else None)


def _is_well(said: Sequence[str]) -> bool:
    """Whether it says yes only to go on that all is well: "yes she's fine" is asked again."""
    return said[0] in _PLAIN_YES and tuple(said[1:]) in _WELL


def _agrees(echo: Sequence[str], after: Sequence[str]) -> bool:
    """Whether "it is", with what comes after it, says yes."""
    near = after[:_NEAR]
    if _CALM & set(near) and "not" not in near:
        return False
    able, measured = echo[-1] == "can" and bool(after), number(" ".join(near[:2])) is not None
    return not (able or measured)
