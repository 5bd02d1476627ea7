"""Persons' names as callers say them."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from voice_agent.understanding.name_words import ALSO_NAMES, ENDINGS, NO_NAME, POLITE

_INTRODUCTIONS: Final = tuple(
    phrase.split()
    for phrase in (
        "my name is", "my name's", "my full name is", "the name is", "the name's", "name is", "name's", "his name is",
        "her name is", "their name is", "the patient's name is", "the patient is", "patient is", "this is", "it is",
        "it's", "its", "that's", "that is", "i am", "i'm", "im", "call me", "that would be",
        "it would be", "you can call me", "under the name",
        "it's under", "under", "speaking with", "the appointment is for", "it's for", "appointment for",
    )
)  # fmt: skip
_LIKE: Final = (["as", "in"], ["is", "in"], ["like"], ["like", "in"], ["for"])
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
_LONGEST = 5
"""Words in a name, at most."""


def person_name(text: str) -> str | None:
    """The name in title case ("Maria Garcia"), spelled letters preferred to heard words; None when there is none."""
    tokens = _whole_letters([token.replace("’", "'") for token in _TOKEN.findall(text.lower())])
    first, last = _labelled(tokens)
    if first or last:
        return _titled([*first, *last]) if first and last else None
    words, spelled = _separate(_introduced(tokens))
    heard = _trimmed(words, has_spelling=bool(spelled))
    if heard is None:
        return None
    for letters in spelled:
        _put_in(heard, letters)
    return _titled(heard) if heard and len(heard) <= _LONGEST else None


def _whole_letters(tokens: list[str]) -> list[str]:
    """ "double r" → r r, "b as in boy" → b, "double you" → w: spelling aids become the letters that they stand for."""
    letters: list[str] = []
    at = 0
    while at < len(tokens):
        word = tokens[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if word == "double" and following in {"you", "u"}:
            letters.append("w")
            at += 2
        elif word == "double" and len(following) == 1:
            letters += [following, following]
            at += 2
        elif len(word) == 1:
            letters.append(word)
            at += 1
            for like in _LIKE:
                example = tokens[at + len(like)] if at + len(like) < len(tokens) else ""
                if tokens[at : at + len(like)] == like and example.startswith(word):
                    at += len(like) + 1
                    break
        else:
            letters.append(word)
            at += 1
    return letters


def _labelled(tokens: list[str]) -> tuple[list[str], list[str]]:
    """ "first name maria last name garcia", in either order."""
    parts: dict[str, list[str]] = {"first": [], "last": []}
    current: str | None = None
    at = 0
    while at < len(tokens):
        if tokens[at] in parts and tokens[at + 1 : at + 2] == ["name"]:
            current, at = tokens[at], at + 2
            continue
        if current:
            parts[current].append(tokens[at])
        at += 1
    if not (parts["first"] and parts["last"]):
        return [], []

    def part(words: list[str]) -> list[str]:
        heard, spelled = _separate([word for word in words if word not in {"is", "and", "my"}])
        kept = [word for word in heard if word not in NO_NAME]
        for letters in spelled:
            _put_in(kept, letters)
        return kept

    return part(parts["first"]), part(parts["last"])


def _introduced(tokens: list[str]) -> list[str]:
    """What follows the last introduction ("my name is …", "this is …"), or everything."""
    best = 0
    for phrase in _INTRODUCTIONS:
        for at in range(len(tokens) - len(phrase)):
            if tokens[at : at + len(phrase)] == phrase:
                best = max(best, at + len(phrase))
    return tokens[best:]


def _separate(tokens: list[str]) -> tuple[list[str], list[str]]:
    """(words heard, words spelled): two or more letters in a row are a spelled word; one is an initial or an O'."""
    heard: list[str] = []
    spelled: list[str] = []
    run: list[str] = []
    for token in [*tokens, ""]:
        if len(token) == 1:
            run.append(token)
            continue
        if len(run) >= 2:
            spelled.append("".join(run))
        elif run:
            if run[0] in {"o", "d"} and token and token not in NO_NAME:
                token = f"{run[0]}'{token}"
            elif run[0] not in {"a", "i"}:
                heard.append(run[0])
        run = []
        if token:
            heard.append(token)
    return heard, spelled


def _trimmed(heard: list[str], *, has_spelling: bool) -> list[str] | None:
    """The words of the name alone; None when the words are about something else."""
    while heard and heard[0] in POLITE:
        heard = heard[1:]
    for place, word in enumerate(heard):
        if word in ENDINGS:
            heard = heard[:place]
            break
    while heard and heard[-1] in POLITE:
        heard = heard[:-1]
    if has_spelling:
        return [word for word in heard if word not in NO_NAME]
    plain = [word for word in heard if word not in ALSO_NAMES]
    if any(word in NO_NAME or word.isdigit() for word in plain) or not plain:
        return None
    # "I'm bleeding" is no introduction; King and Fleming are names.
    if len(heard) == 1 and heard[0].endswith("ing") and len(heard[0]) > 5 and heard[0] not in {"fleming", "sterling"}:
        return None
    return heard


def _put_in(heard: list[str], letters: str) -> None:
    """Replace the heard word that the spelling is of; a spelling of nothing heard is one more word."""
    alike = [SequenceMatcher(a=word, b=letters).ratio() + (0.3 if word[0] == letters[0] else 0) for word in heard]
    if alike and max(alike) >= 0.6:
        heard[alike.index(max(alike))] = letters
    else:
        heard.append(letters)


def _titled(words: list[str]) -> str:
    return " ".join(_title(word) for word in words)


def _title(word: str) -> str:
    if len(word) > 4 and word.startswith("mc"):
        return f"Mc{word[2:].title()}"
    return re.sub(r"(^|['-])([^\W\d_])", lambda found: found[1] + found[2].upper(), word)
