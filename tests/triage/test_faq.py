"""Approved answers: shipped ones are sound, wrong ones are named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from voice_agent import strict_yaml
from voice_agent.errors import ContentError
from voice_agent.triage.faq import FaqAnswer, filled, problems

FOLDER = Path(__file__).parents[2] / "dialogs" / "faq"
ANSWERS = tuple(strict_yaml.read(path, FaqAnswer) for path in sorted(FOLDER.glob("*.yaml")))
FACTS = {"clinic_name": "Riverside Clinic", "address": "12 Main Street", "hours": "Monday to Friday, eight to five"}
TODAY = date(2026, 11, 22)
GOOD = FaqAnswer("parking", ("Park behind {clinic_name}.",), "Clinic", date(2026, 11, 1), None)


def test_the_five_answers_are_there_and_sound() -> None:
    assert [answer.id for answer in ANSWERS] == ["address", "hours", "insurance", "refills", "test_results"]
    assert problems(ANSWERS, FACTS, TODAY) == []
    assert all(answer.approved_by is None for answer in ANSWERS)


def test_placeholders_are_filled_from_the_clinic() -> None:
    address = next(answer for answer in ANSWERS if answer.id == "address")
    assert filled(address, FACTS)[0] == "Riverside Clinic is at 12 Main Street."
    assert not any("{" in sentence for answer in ANSWERS for sentence in filled(answer, FACTS))


def test_a_missing_fact_is_named() -> None:
    with pytest.raises(ContentError, match=r"clinic_name.*known are hours"):
        filled(GOOD, {"hours": "always"})


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (replace(GOOD, sentences=()), "empty sentence"),
        (replace(GOOD, sentences=("Here.", " ")), "empty sentence"),
        (replace(GOOD, source=" "), "source is empty"),
        (replace(GOOD, sentences=("See {adress}.",)), "{adress} is no fact"),
        (replace(GOOD, reviewed=date(2027, 1, 1)), "lies in the future"),
        (replace(GOOD, reviewed=date(2025, 1, 1)), "review it again"),
    ],
)
def test_problems_are_named(wrong: FaqAnswer, complaint: str) -> None:
    assert problems([GOOD], FACTS, TODAY) == []
    found = problems([wrong], FACTS, TODAY)
    assert len(found) == 1
    assert complaint in found[0]


def test_two_answers_with_one_id_are_named() -> None:
    assert "ids must differ" in problems([GOOD, GOOD], FACTS, TODAY)[0]
