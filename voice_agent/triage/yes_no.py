"""Yes, no, or neither.

For the discriminating questions, where "yes" raises a red flag: whatever leans towards yes is yes, and only a
plain no clears.
"""

from __future__ import annotations

from typing import Final

from voice_agent.triage.patterns import Patterns
from voice_agent.triage.wording import tokens

_YES: Final = (
    "yes", "yeah", "yep", "yup", "ya", "yah", "yea", "correct", "affirm*", "absolutely", "definitely", "certainly",
    "of course", "uh-huh", "i think so", "i guess", "i suppose", "maybe", "perhaps", "probably", "possibly",
    "might be", "a little", "a bit", "somewhat", "sometimes", "kinda", "he is", "she is", "it is", "i am", "i do",
    "it does", "he does", "she does", "they are", "there is", "we do", "that is right", "right", "true", "sure is",
    "sure does", "sure do", "i have", "i can", "it did", "you bet", "guess so", "si", "oui", "very much", "exactly",
)  # fmt: skip
_NO: Final = (
    "no", "nope", "nah", "naw", "not really", "not at all", "no way", "negative", "deny", "none", "never", "nothing",
    "do not think so", "not that", "is not", "am not", "are not", "does not", "do not", "did not", "has not",
    "have not", "not now", "not yet", "no it is", "no he is", "no she is", "no i am", "no not",
)  # fmt: skip
_NEITHER: Final = (
    "do not know", "not sure", "no idea", "could not say", "can not tell", "can not say", "who knows", "unsure",
    "hard to say", "hard to tell", "what do you mean", "do not understand", "what", "repeat", "say again", "pardon",
)  # fmt: skip
_PLAIN_YES: Final = frozenset({"yes", "yeah", "yep", "yup"})
_MARKS: Final = Patterns(
    [("yes", text) for text in _YES] + [("no", text) for text in _NO] + [("neither", text) for text in _NEITHER], {}
)


def yes_or_no(text: str) -> bool | None:
    """True, False, or None when it is neither or both: ask again, then a person."""
    said = tokens(text)
    found: dict[str, list[tuple[int, int]]] = {"yes": [], "no": [], "neither": []}
    for match in _MARKS.find(said):
        found[match.name].append((match.places[0], match.places[-1]))
    if found["neither"]:
        return None
    no = found["no"]
    # "i do" of "i do not think so" is no yes: it touches the no
    yes = [(first, last) for first, last in found["yes"] if not any(a <= last + 1 and first <= b + 1 for a, b in no)]
    if yes and no:
        return True if min(yes) < min(no) and said[min(yes)[0]].text in _PLAIN_YES else None
    return True if yes else (False if no else None)
