"""Yes, no, or neither."""

from __future__ import annotations

from typing import Final

from voice_agent.understanding.words import expanded, says

_YES: Final = (
    "yes", "yeah", "yep", "yup", "yea", "ya", "yah", "mhm", "correct", "absolutely", "definitely", "exactly",
    "affirmative", "of course", "certainly", "that is right", "that is it", "that is correct", "that is the one",
    "you got it", "sounds good", "sounds great", "that works", "works for me", "please do", "go ahead", "i do", "i am",
    "i have", "it does", "it is", "it did", "he does", "he is", "she does", "she is", "they do", "they are",
    "no problem",    "i did", "there is", "i would", "let us do that", "i think so", "i believe so", "si",
)  # fmt: skip
_NO: Final = (
    "no", "nope", "nah", "naw", "negative", "not really",
    "not at all", "no way", "never", "wrong", "incorrect",
    "not right", "not correct", "that is not", "i do not think so", "do not think so", "i do not believe so",
    "i do not", "i am not", "i have not", "it does not", "it is not", "it did not", "he does not", "he is not",
    "she does not", "she is not", "they do not", "they are not", "i did not", "there is not", "i would not",
    "does not work", "will not work", "not that i know of", "not that one", "none", "neither", "no thank you",
    "no thanks", "not yet", "not now", "no sir", "no ma'am",
)  # fmt: skip
_WEAK_YES: Final = frozenset({"right", "sure", "ok", "okay", "fine", "perfect", "good", "great", "alright"})
_CORRECTION: Final = frozenset({"wait", "sorry", "actually", "correction", "mean", "meant"})
_DONT_KNOW: Final = (
    "do not know", "not sure", "no idea", "no clue", "not certain", "can not tell", "could not tell",
    "can not remember", "do not remember", "unsure",
    "could not say", "can not say", "hard to say", "who knows", "have not checked",
    "have not measured", "have not taken", "did not check", "did not take", "did not measure", "have not looked",
    "maybe", "possibly", "perhaps", "might be", "do not have a thermometer",
)  # fmt: skip
_MARKERS: Final = sorted(
    [(tuple(expanded(phrase)), True) for phrase in _YES] + [(tuple(expanded(phrase)), False) for phrase in _NO],
    key=lambda marker: -len(marker[0]),
)


def yes_no(text: str) -> bool | None:
    """True for yes, False for no, None when neither is clear.

    A correction counts as said last: "yes no wait no" is no. Both without a correction is None, and so is
    everything that says "I don't know".
    """
    if dont_know(text):
        return None
    heard = expanded(text)
    said: list[tuple[int, bool]] = []
    at = 0
    while at < len(heard):
        marker = next((pair for pair in _MARKERS if tuple(heard[at : at + len(pair[0])]) == pair[0]), None)
        if marker:
            said.append((at, marker[1]))
        at += len(marker[0]) if marker else 1
    corrections = [place for place, word in enumerate(heard) if word in _CORRECTION]
    if corrections and (after := {answer for place, answer in said if place > max(corrections)}):
        return after.pop() if len(after) == 1 else None
    answers = {answer for _, answer in said}
    if not answers and len(heard) <= 4 and "not" not in heard and _WEAK_YES & set(heard):
        return True
    return answers.pop() if len(answers) == 1 else None


def dont_know(text: str) -> bool:
    """Whether the caller says that they do not know."""
    return says(text, _DONT_KNOW)
