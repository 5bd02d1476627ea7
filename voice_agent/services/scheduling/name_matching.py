"""Whether two spellings name one person.

A recogniser writes "garsha" for Garcia and "smyth" for Smith. Names are compared word by word, by letters
(Jaro-Winkler), by sound, and through common short forms; the date of birth always has to agree exactly as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, TypeVar

from rapidfuzz.distance import JaroWinkler

T = TypeVar("T")

_ALIKE: Final = 0.87
"""Jaro-Winkler similarity from which two words are one name by letters."""
_SOUNDS_ALIKE: Final = 0.6
"""The same where both also sound alike."""
_SHORT_SOUNDS_ALIKE: Final = 0.75
"""The same where little is left of the sound: John and Jane are both "jn"."""
_SHORT_FORMS: Final = {
    "bob": "robert", "rob": "robert", "bobby": "robert", "bill": "william", "will": "william", "billy": "william",
    "liz": "elizabeth", "beth": "elizabeth", "betty": "elizabeth", "mike": "michael", "jim": "james", "jimmy": "james",
    "tom": "thomas", "tommy": "thomas", "dick": "richard", "rick": "richard", "kate": "katherine", "kathy": "katherine",
    "katie": "katherine", "peggy": "margaret", "maggie": "margaret", "meg": "margaret", "tony": "anthony",
    "dave": "david", "joe": "joseph", "chuck": "charles", "charlie": "charles", "ed": "edward", "ted": "edward",
    "sue": "susan", "debbie": "deborah", "pat": "patricia", "patty": "patricia", "jenny": "jennifer",
    "jen": "jennifer", "steve": "steven", "chris": "christopher", "matt": "matthew", "dan": "daniel", "danny": "daniel",
    "sam": "samuel", "ben": "benjamin", "alex": "alexander", "andy": "andrew", "nick": "nicholas", "tim": "timothy",
    "ron": "ronald", "don": "donald", "jack": "john", "hank": "henry", "larry": "lawrence", "jerry": "gerald",
    "barb": "barbara", "cindy": "cynthia", "sandy": "sandra", "vicky": "victoria", "pepe": "jose",
    "shawn": "sean", "shaun": "sean",
}  # fmt: skip
_SOUNDS: Final = (
    (r"^kn|^gn|^pn", "n"), (r"^wr", "r"), (r"^ps", "s"), (r"^x", "s"), (r"ph", "f"), (r"tch|tsch", "x"),
    (r"sch|sh|ch(?=i)|ci(?=[aou])|ti(?=[aou])|si(?=o)", "x"), (r"ch", "x"), (r"ck|q|c(?![eiy])", "k"), (r"c", "s"),
    (r"z", "s"), (r"gh(?=t|$)", ""), (r"gh", "g"), (r"dg|j|g(?=[eiy])", "j"), (r"w(?![aeiou])|(?<!^)h", ""),
    (r"th", "t"), (r"d", "t"), (r"v", "f"), (r"b", "p"), (r"(?<!^)[aeiouy]+", ""), (r"^[aeiouy]+", "a"),
    (r"(.)\1+", r"\1"),
)  # fmt: skip


def plain(name: str) -> str:
    """A name without case, accents, titles and marks: "José O'Brien" → "jose obrien"."""
    decomposed = unicodedata.normalize("NFKD", name.lower())
    letters = "".join(mark for mark in decomposed if not unicodedata.combining(mark)).replace("'", "").replace("’", "")
    return " ".join(re.findall(r"[^\W\d_]+", letters))


def sound_of(word: str) -> str:
    """How one word sounds in English, roughly: smith and smyth, catherine and kathryn come out alike."""
    for pattern, replacement in _SOUNDS:
        word = re.sub(pattern, replacement, word)
    return word


def likeness(said: str, stored: str) -> float:
    """How alike two full names are, 0 to 1; 0 unless first and last name both agree.

    Middle names may be missing on either side. A single word is not enough to find somebody by.
    """
    a, b = plain(said).split(), plain(stored).split()
    if a == b and a:
        return 1.0
    if len(a) < 2 or len(b) < 2:
        return 0.0
    fewer, more = (a, b) if len(a) <= len(b) else (b, a)
    first, last = _alike(fewer[0], more[0]), max(_alike(fewer[-1], word) for word in more[1:])
    middle = [max(_alike(word, other) for other in more[1:]) for word in fewer[1:-1]]
    scores = [first, last, *(score or 0.8 for score in middle)]
    return 0.99 * sum(scores) / len(scores) if first and last else 0.0


def _alike(a: str, b: str) -> float:
    if a == b:
        return 1.0
    if _SHORT_FORMS.get(a, a) == _SHORT_FORMS.get(b, b):
        return 0.95
    letters = float(JaroWinkler.similarity(a, b))
    sound = sound_of(a)
    enough = _SOUNDS_ALIKE if len(sound) >= 3 else _SHORT_SOUNDS_ALIKE
    return letters if letters >= _ALIKE or (letters >= enough and sound == sound_of(b)) else 0.0


def best_matches(said: str, candidates: Iterable[tuple[str, T]]) -> list[T]:
    """Of (stored name, thing), the things whose name is nearest to `said`; of twins, only the one who is meant."""
    scored = [(score, thing) for name, thing in candidates if (score := likeness(said, name)) > 0]
    best = max((score for score, _ in scored), default=0.0)
    return [thing for score, thing in scored if score == best]
