"""Written text as it is said: "7:30 a.m." → "seven thirty a m", in the words that Vosk knows."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from voice_agent.understanding.numbers import spoken_number, spoken_ordinal

_ABBREVIATIONS: Final = {
    "dr": "doctor", "mr": "mister", "mrs": "missus", "ms": "miss", "vs": "versus", "etc": "et cetera", "ok": "okay",
    "o.k": "okay", "tv": "t v", "er": "e r", "mg": "milligrams", "ml": "milliliters", "lbs": "pounds", "lb": "pounds",
    "kg": "kilograms", "cm": "centimeters", "hmm": "hmm",
}  # fmt: skip
_CAPITALS_ONLY: Final = frozenset({"er", "ms"})
"""Abbreviations that are something else in small letters."""
_SIGNS: Final = {"%": " percent ", "°": " degrees ", "&": " and ", "+": " plus ", "@": " at ", "=": " equals "}
_DOTTED: Final = re.compile(r"\b(?:[a-z]\.){2,}(?=\W|$)|\b[ap]\.m\b\.?|(?<=\d) ?[ap]m\b", re.IGNORECASE)
_MONEY: Final = re.compile(r"\$\s?(\d[\d,]*)(?:\.(\d\d))?")
_CLOCK: Final = re.compile(r"\b(\d{1,2}):(\d\d)\b")
_OVER: Final = re.compile(r"\b(\d{2,3})/(\d{2,3})\b")
_DATE: Final = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{2,4})\b")
_ORDINAL: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b", re.IGNORECASE)
_DECIMAL: Final = re.compile(r"\b(\d+)\.(\d+)\b")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}\b)")
_NUMBER: Final = re.compile(r"\d+")
_DECADE: Final = re.compile(r"\b(\d{2,4})s\b")
_SPELLED: Final = re.compile(r"\b[A-Z]{2,5}\b")
_NOT_SAID: Final = re.compile(r"[^a-z' ]+")
_STRAY_QUOTE: Final = re.compile(r"(?<![a-z])'|'(?![a-z])")


def spoken_form(written: str, *, digit_by_digit: bool = False) -> str:
    """Lower-case words without punctuation. `digit_by_digit`: each numeral is a digit, as in a telephone number."""
    text = unicodedata.normalize("NFKC", written).replace("’", "'")
    text = _DOTTED.sub(lambda found: " " + " ".join(re.sub(r"\W", "", found[0])) + " ", text)
    for sign, said in _SIGNS.items():
        text = text.replace(sign, said)
    text = _numbers_said(text, digit_by_digit=digit_by_digit)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    words = [_word(word) for word in re.split(r"[\s\-–—/_.,;:!?\"()]+", text)]
    return " ".join(_STRAY_QUOTE.sub("", _NOT_SAID.sub(" ", " ".join(words).lower())).split())


def _word(word: str) -> str:
    bare = word.strip("'").lower()
    if bare in _ABBREVIATIONS and not (bare in _CAPITALS_ONLY and word.islower()):
        return _ABBREVIATIONS[bare]
    # Capitals are letters when they cannot be read as a word: "XR", "MRI"; "NO!" is a word.
    if _SPELLED.fullmatch(word) and not (set(bare) & set("aeiouy")):
        return " ".join(bare)
    return word


def _numbers_said(text: str, *, digit_by_digit: bool) -> str:
    text = _THOUSANDS.sub("", text)
    text = _MONEY.sub(lambda found: f" {_cardinal(int(found[1].replace(',', '')))} dollars {_cents(found[2])} ", text)
    text = _DATE.sub(lambda found: f" {found[1]} {found[2]} {found[3]} ", text)
    text = _OVER.sub(r" \1 over \2 ", text)
    text = _CLOCK.sub(lambda found: f" {_cardinal(int(found[1]))} {_minutes(found[2])} ", text)
    text = _ORDINAL.sub(lambda found: _ordinal(found), text)
    text = _DECADE.sub(lambda found: f" {_plain(found[1])}s ".replace("ys ", "ies "), text)
    text = _DECIMAL.sub(lambda found: f" {_cardinal(int(found[1]))} point {_digits(found[2])} ", text)
    say = _digits if digit_by_digit else _plain
    return _NUMBER.sub(lambda found: f" {say(found[0])} ", text)


def _digits(figures: str) -> str:
    return " ".join(spoken_number(int(figure)) for figure in figures)


def _plain(figures: str) -> str:
    """A numeral in a sentence: a year in two halves, a long or odd one digit by digit, any other as it counts."""
    value = int(figures)
    if (figures.startswith("0") and len(figures) > 1) or len(figures) > 4:
        return _digits(figures)
    if 1100 <= value <= 2099 and not 2000 <= value <= 2009 and value % 100:
        below = value % 100
        return f"{spoken_number(value // 100)} {'oh ' if below < 10 else ''}{spoken_number(below)}"
    if 1100 <= value <= 1900 and value % 100 == 0:
        return f"{spoken_number(value // 100)} hundred"
    return _cardinal(value)


def _cardinal(value: int) -> str:
    if value < 100:
        return spoken_number(value)
    if value >= 1_000_000:
        return _digits(str(value))
    unit, name = (1000, "thousand") if value >= 1000 else (100, "hundred")
    below = value % unit
    return f"{_cardinal(value // unit)} {name}" + (f" {_cardinal(below)}" if below else "")


def _minutes(figures: str) -> str:
    value = int(figures)
    if value == 0:
        return "o'clock"
    return f"oh {spoken_number(value)}" if value < 10 else spoken_number(value)


def _cents(figures: str | None) -> str:
    return f"and {spoken_number(int(figures))} cents" if figures and int(figures) else ""


def _ordinal(found: re.Match[str]) -> str:
    value = int(found[1])
    return f" {spoken_ordinal(value)} " if 1 <= value <= 31 else f" {found[1]} "
