"""Numbers that callers say."""

from __future__ import annotations

import pytest

from voice_agent.triage.measures import Measure, measured
from voice_agent.triage.wording import tokens
from voice_agent.triage.yes_no import yes_or_no


def values(said: str, measure: Measure, before: str = "") -> list[float]:
    return [number.value for number in measured(tokens(said), tokens(before)) if number.measure is measure]


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("my eight week old has a cold", 56),
        ("she is ten days old", 10),
        ("my newborn", 14),
        ("my baby is six weeks", 42),
    ],
)
def test_a_babys_age_is_in_days(said: str, days: float) -> None:
    assert values(said, Measure.AGE_DAYS)[0] == days


def test_an_adults_age_is_heard() -> None:
    assert values("i'm seventy one and it hurts", Measure.AGE_DAYS) == [71 * 365.25]


@pytest.mark.parametrize("said", ["for six weeks now", "thirty weeks pregnant", "it is ten minutes", "apartment 40"])
def test_durations_and_addresses_are_no_ages(said: str) -> None:
    assert values(said, Measure.AGE_DAYS) == []


@pytest.mark.parametrize(
    ("said", "celsius"),
    [("a fever of one oh one", 38.33), ("temperature of 38.5", 38.5), ("the thermometer says a hundred", 37.78)],
)
def test_temperatures_are_in_celsius(said: str, celsius: float) -> None:
    assert values(said, Measure.TEMPERATURE_C) == [celsius]


def test_what_was_said_before_says_what_a_bare_number_counts() -> None:
    assert values("forty", Measure.GLUCOSE_MG_DL) == []
    assert values("forty", Measure.GLUCOSE_MG_DL, before="my sugar is low") == [40]


def test_weeks_of_pregnancy_and_pills_are_counted() -> None:
    assert values("i am twelve weeks along", Measure.WEEKS_PREGNANT) == [12]
    assert values("i took thirty tylenol", Measure.PILLS) == [30]


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("yes", True),
        ("yeah I think so", True),
        ("a little", True),
        ("he is", True),
        ("no", False),
        ("no he isn't", False),
        ("not really", False),
        ("I don't think so", False),
        ("there is", True),
        ("it is really heavy", True),
        ("she is not well", True),
        ("he's fine", False),
        ("she's breathing fine", False),
        ("normal", False),
        ("yes she's breathing fine", None),
        ("yes she's fine but she was limp", True),
        ("he was fine until this morning", None),
        ("my husband says he's fine", None),
        ("it's mild now", None),
        ("it's a six when i swallow", None),
        ("i can swallow soup and water", None),
        ("i can", True),
        ("yes it's mild", True),
        ("I'm not sure", None),
        ("I don't know", None),
        ("what do you mean", None),
        ("blue", None),
        ("", None),
    ],
)
def test_only_a_plain_no_clears(said: str, meaning: bool | None) -> None:
    assert yes_or_no(said) is meaning
