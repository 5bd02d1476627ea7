"""How far an answer has come, from its words alone.

While the silence after some words still runs, the words themselves say much: "yes" has answered a yes-or-no question,
"my name is" has not answered anything, and "i have a headache" may be all or the beginning. What a caller meant is the
dialog's business; here it only decides how long we wait.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from voice_agent.call.replies import Listen
from voice_agent.understanding.birth_dates import MONTHS, birth_date
from voice_agent.understanding.dates import day
from voice_agent.understanding.names import person_name
from voice_agent.understanding.numbers import TENS, digits, number_runs
from voice_agent.understanding.times import time_of_day
from voice_agent.understanding.words import expanded, says
from voice_agent.understanding.yes_no import dont_know, yes_no


class Progress(StrEnum):
    """What the words so far are, for the question that was asked."""

    NOTHING = "nothing"
    """They count for nothing, like a "mm-hm" over a prompt: over at once, and not worth waiting for."""
    ANSWERED = "answered"
    """The question is answered: nothing more is waited for."""
    LIKELY = "likely"
    """They may well be all."""
    UNCLEAR = "unclear"
    """Nothing speaks for an end, nothing against it."""
    GOES_ON = "goes_on"
    """They plainly go on: "my name is", "since", a number in mid-count."""


_DANGLING: Final = frozenset(
    {
        "a", "an", "the", "my", "your", "his", "her", "our", "their", "this", "these", "those", "and", "or",
        "but", "so", "because", "since", "with", "without", "for", "from", "to", "at", "into", "onto", "of",
        "about", "around", "after", "before", "during", "until", "than", "as", "if", "when", "while", "where",
        "which", "who", "whose", "is", "are", "was", "were", "am", "be", "been", "being", "has", "have", "had",
        "having", "does", "did", "do", "can", "could", "will", "would", "shall", "should", "may", "might",
        "must", "not", "i", "we", "they", "he", "she", "very", "really", "quite", "like", "want", "wants",
        "need", "needs", "feel", "feels", "felt", "feeling", "get", "gets", "getting", "got", "keep", "keeps",
        "take", "takes", "taking", "let", "also", "just", "then", "every", "both", "um", "uh", "er", "erm",
        "hmm", "well",
    }
)  # fmt: skip
"""Words that no sentence ends with, but for the endings below."""
_WANTS_OBJECT: Final = frozenset(
    {"make", "take", "see", "book", "schedule", "give", "tell", "bring", "find", "pick", "put", "send", "accept"}
)
"""Verbs that do not end a wish; "i want to cancel" does."""
_GREETINGS: Final = frozenset(
    {
        "hello",
        "hi",
        "hey",
        "good",
        "morning",
        "afternoon",
        "evening",
        "day",
        "there",
        "yes",
        "oh",
        "okay",
        "so",
        "please",
    }
)
"""Words of a greeting: what a caller wants comes after it."""
_ASKING: Final = (
    frozenset({"when", "where", "what", "how", "who", "which", "why"}),
    frozenset({"is", "are", "do", "does", "can", "could", "would", "should"}),
    frozenset({"you", "i", "we", "it", "they", "he", "she", "your", "the"}),
)
_IN_MID_PHRASE: Final = (("would", "like", "to"), ("want", "to"), ("need", "to"), ("would", "like"))
_ENDS_AFTER_ALL: Final = tuple(
    tuple(phrase.split())
    for phrase in (
        "i do", "i am", "i have", "i did", "i was", "i would", "i will", "i can", "i might", "it is", "it was",
        "it does", "it did", "it has", "he is", "he does", "he has", "she is", "she does", "she has", "they are",
        "they do", "there is", "there are", "do not", "am not", "have not", "is not", "does not", "did not", "can not",
        "would not", "of course not", "maybe not", "probably not", "rather not", "not", "who is this", "what is it",
        "how are you", "what i need", "what i want", "all i need", "all i want", "how i feel", "what to do",
        "is that so", "think so", "believe so", "hope so",
    )
)  # fmt: skip
"""Endings that are whole in spite of their last word."""
_COUNTING: Final = frozenset({"double", "triple", "hundred", "thousand", "point", "dash", "area", "code"})
_HESITATIONS: Final = frozenset({"um", "uh", "er", "erm", "hmm", "hm", "ah", "well", "so"})
_CHOICES: Final = frozenset(
    {"first", "second", "third", "last", "earliest", "latest", "earlier", "later", "none", "neither"}
)
_ANY_MONDAY: Final = date(2026, 1, 5)
"""Whether a day was named does not depend on which day today is."""
_PHONE_DIGITS: Final = 10


def progress(listen: Listen, text: str) -> Progress:
    """How far the answer `text` to a question of kind `listen` has come."""
    said = text.lower().split()
    if not said:
        return Progress.LIKELY
    if _goes_on(said):
        return Progress.GOES_ON
    match listen:
        case Listen.YES_NO:
            return _yes_no(text)
        case Listen.DIGITS:
            return _digits(text, said)
        case Listen.DATE:
            return _date(text, said)
        case Listen.TIME:
            return _time(text, said)
        case Listen.NAME:
            return _name(text, said)
        case Listen.OPEN:
            return (
                Progress.GOES_ON if set(said) <= _GREETINGS and not {"yes", "please"} >= set(said) else Progress.UNCLEAR
            )


def _goes_on(said: list[str]) -> bool:
    """Whether the last words cannot be the end of anything."""
    if all(word in _HESITATIONS for word in said):
        return True
    words = expanded(" ".join(said)) or said
    if any(tuple(words[-len(phrase) :]) == phrase for phrase in _IN_MID_PHRASE):
        return True
    if any(tuple(words[-len(phrase) :]) == phrase for phrase in _ENDS_AFTER_ALL):
        return False
    if len(words) >= len(_ASKING) and all(word in kind for word, kind in zip(words[-3:], _ASKING, strict=True)):
        return True  # "when are you", "how do i"
    return bool({said[-1], words[-1]} & (_DANGLING | _WANTS_OBJECT))


def _yes_no(text: str) -> Progress:
    return Progress.ANSWERED if yes_no(text) is not None or dont_know(text) else Progress.UNCLEAR


def _digits(text: str, said: list[str]) -> Progress:
    """A number has no natural end; a telephone number has, and so has one with its unit after it."""
    if said[-1] in _COUNTING:
        return Progress.GOES_ON
    if dont_know(text):
        return Progress.ANSWERED
    string = digits(text)
    if string and len(string) >= _PHONE_DIGITS:
        return Progress.ANSWERED
    counted = number_runs(expanded(text))
    if counted and not number_runs(expanded(text)[-1:]):
        return Progress.ANSWERED
    return Progress.UNCLEAR


def _date(text: str, said: list[str]) -> Progress:
    if birth_date(text, _ANY_MONDAY) and not _year_has_begun(said):
        return Progress.LIKELY if said[-1] in TENS else Progress.ANSWERED  # "fifty" may become "fifty two"
    if dont_know(text):
        return Progress.ANSWERED
    months = [word for word in said if word in MONTHS]
    if months:
        # "march third" may be a day to come in, or the beginning of a birthday.
        return Progress.GOES_ON if said[-1] in MONTHS or _year_has_begun(said) else Progress.UNCLEAR
    if _CHOICES & set(said):
        return Progress.ANSWERED
    if day(text, _ANY_MONDAY):
        return Progress.LIKELY if number_runs(expanded(text)[-1:]) else Progress.ANSWERED
    return Progress.UNCLEAR


def _year_has_begun(said: list[str]) -> bool:
    """ "nineteen" of "nineteen fifty two": a year in mid-count."""
    before = said[-2] if len(said) > 1 else ""
    match said[-1]:
        case "nineteen" | "hundred" | "thousand" | "oh" | "and":
            return True
        case "twenty":
            return before not in {"nineteen", "twenty"}
        case "two":
            return before not in TENS and before != "oh"  # two thousand …
    return False


def _time(text: str, said: list[str]) -> Progress:
    if _CHOICES & set(said) or dont_know(text) or yes_no(text) is False:
        return Progress.ANSWERED
    if not time_of_day(text):
        return Progress.UNCLEAR
    # "nine" may become "nine thirty"; "in the morning" is whole.
    return Progress.LIKELY if number_runs(said[-1:]) else Progress.ANSWERED


def _name(text: str, said: list[str]) -> Progress:
    if len(said[-1]) == 1:
        return Progress.GOES_ON  # letters are being spelled
    if says(text, ("do not", "rather not")) or dont_know(text):
        return Progress.ANSWERED
    name = person_name(text)
    return Progress.LIKELY if name and " " in name else Progress.UNCLEAR
