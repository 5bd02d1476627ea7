"""Ages, temperatures, glucose, weeks and amounts.

Numbers that a caller says, as facts that rules compare. A number counts only beside a word that says what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voice_agent.triage.wording import Token, word_set


class Measure(StrEnum):
    """What a number counts."""

    AGE_DAYS = "age_days"
    TEMPERATURE_C = "temperature_c"
    GLUCOSE_MG_DL = "glucose_mg_dl"
    WEEKS_PREGNANT = "weeks_pregnant"
    PILLS = "pills"


@dataclass(frozen=True, slots=True)
class Measured:
    """One number, understood."""

    measure: Measure
    value: float
    places: tuple[int, ...]
    """Tokens that say it."""


_DAYS: Final = {"day": 1, "days": 1, "week": 7, "weeks": 7, "month": 30.4, "months": 30.4, "year": 365.25}
_UNIT_DAYS: Final = {**_DAYS, "years": 365.25}
_YOUNG: Final = word_set("baby babies newborn infant son daughter boy girl kid child grandson granddaughter")
_WORD_AGES: Final = {"newborn": 14.0, "preemie": 30.0, "infant": 180.0, "toddler": 730.0, "teenager": 5479.0}
_NOT_AN_AGE: Final = word_set("for in about every last past next ago since within another")
_I_AM: Final = word_set("am is only turning aged age just be")
_NOT_AFTER_AN_AGE: Final = word_set(
    """weeks week months month days day minutes minute hours hour pounds pound percent dollars degree point of times
    miles street years year oclock pm am feet inches milligrams mg and on"""
)
_TEMPERATURE_WORDS: Final = word_set(
    "temp temperature temperatures fever fevers feverish thermometer degree hot burning f c fahrenheit celsius"
)
_GLUCOSE_WORDS: Final = word_set("sugar sugars glucose glucometer dexcom meter")
_PREGNANT: Final = word_set("pregnant pregnancy along gestation expecting")
_PILLS: Final = (
    "pill pills tylenol ibuprofen advil aspirin acetaminophen capsules xanax benadryl oxycodone percocet vicodin "
    "gabapentin ambien valium sertraline prozac motrin caps"
)
_PILL_WORDS: Final = word_set(_PILLS)
_SWALLOWED: Final = word_set("took taken take swallowed swallow ate popped downed")


def measured(said: Sequence[Token], around: Sequence[Token] = ()) -> list[Measured]:
    """The numbers of an utterance; `around` is what was said before, which may say what a bare number is."""
    words = {token.text for token in said}
    known = words | {token.text for token in around}
    found: list[Measured] = []
    for at, token in enumerate(said):
        if token.text in _WORD_AGES:
            found.append(Measured(Measure.AGE_DAYS, _WORD_AGES[token.text], (at,)))
        if token.value is None:
            continue
        found += _age(said, at, known)
        found += _temperature(said, at, known)
        if known & _GLUCOSE_WORDS and 10 <= token.value <= 1500 and not _unit_after(said, at):
            found.append(Measured(Measure.GLUCOSE_MG_DL, token.value, (at,)))
        found += _weeks_pregnant(said, at, words)
        if words & _SWALLOWED and any(near.text in _PILL_WORDS for near in said[at + 1 : at + 7]):
            found.append(Measured(Measure.PILLS, token.value, (at,)))
    return found


def _text(said: Sequence[Token], at: int) -> str:
    return said[at].text if 0 <= at < len(said) else ""


def _unit_after(said: Sequence[Token], at: int) -> bool:
    return _text(said, at + 1) in _UNIT_DAYS or _text(said, at + 1) in _NOT_AFTER_AN_AGE - {"and", "on"}


def _age(said: Sequence[Token], at: int, known: set[str]) -> Iterator[Measured]:
    value, unit = said[at].value or 0.0, _text(said, at + 1)
    if unit in _UNIT_DAYS:
        old = _text(said, at + 2) in {"old", "olds"}
        bare = (
            unit in {"week", "weeks", "month", "months", "day", "days"}
            and bool(known & _YOUNG)
            and not known & _PREGNANT
            and not _NOT_AN_AGE & {_text(said, at - 1), _text(said, at - 2), _text(said, at + 2)}
            and _text(said, at + 2) != "pregnant"
        )
        born = "born" in known and _text(said, at + 2) == "ago"
        if old or bare or born:
            yield Measured(Measure.AGE_DAYS, value * _UNIT_DAYS[unit], (at, at + 1))
    elif (
        14 <= value <= 110
        and _text(said, at - 1) in _I_AM
        and unit not in _NOT_AFTER_AN_AGE - {"and", "on"}
        and not {_text(said, at - 2), _text(said, at - 3)} & (_GLUCOSE_WORDS | _TEMPERATURE_WORDS | {"it", "that"})
    ):
        yield Measured(Measure.AGE_DAYS, value * 365.25, (at,))


def _temperature(said: Sequence[Token], at: int, known: set[str]) -> Iterator[Measured]:
    value = said[at].value or 0.0
    clue = bool(known & _TEMPERATURE_WORDS)
    if value == 100 and (_text(said, at + 1), _text(said, at + 2)) == ("point", "8"):
        value = 100.8
    if _unit_after(said, at) and _text(said, at + 1) != "degree":
        return
    if 95 <= value <= 110 and (clue or value != int(value) or 101 <= value <= 105):
        yield Measured(Measure.TEMPERATURE_C, round((value - 32) / 1.8, 2), (at,))
    elif 35 <= value <= 43 and (clue or value != int(value)) and not known & _GLUCOSE_WORDS:
        yield Measured(Measure.TEMPERATURE_C, value, (at,))


def _weeks_pregnant(said: Sequence[Token], at: int, words: set[str]) -> Iterator[Measured]:
    value = said[at].value or 0.0
    if _text(said, at + 1) not in {"week", "weeks"} or not 2 <= value <= 43 or _text(said, at + 2) in {"old", "ago"}:
        return
    mine = (_text(said, at - 1) == "am" or _text(said, at - 2) == "am") and _text(said, at - 1) != "for"
    if mine or words & _PREGNANT or _text(said, at + 2) in {"pregnant", "along"}:
        yield Measured(Measure.WEEKS_PREGNANT, value, (at, at + 1))
