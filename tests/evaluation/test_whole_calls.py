"""Whole calls by text, with a real Rasa."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from voice_agent.call.handoff import CallSummary, Disposition
from voice_agent.evaluation import sets, whole_calls
from voice_agent.evaluation.cases import HiddenCase, Sentence
from voice_agent.evaluation.line_under_test import LineUnderTest
from voice_agent.evaluation.outcomes import Ending
from voice_agent.services.dialog import RasaDialog
from voice_agent.triage.care_levels import CareLevel

SUDDEN, PLAIN = sets.load_vignettes(Path(__file__).parent / "sets")
ADVICE = {"Cough: for a week": CareLevel.CLINIC_SOON}


@pytest.mark.parametrize(
    ("summary", "over", "ending"),
    [
        (CallSummary("x"), True, Ending.ANSWERED),
        (CallSummary("x"), False, Ending.UNFINISHED),
        (CallSummary("x", care_level=CareLevel.NURSE_NOW), True, Ending.NURSE_NOW),
        (CallSummary("x", learned={"triage": "Cough: for a week"}), True, Ending.CLINIC_SOON),
        (CallSummary("x", disposition=Disposition.APPOINTMENT_BOOKED), True, Ending.CLINIC_SOON),
        (CallSummary("x", disposition=Disposition.SELF_SERVED), True, Ending.ANSWERED),
        (
            CallSummary("x", care_level=CareLevel.EMERGENCY_911, learned={"triage": "Cough: for a week"}),
            True,
            Ending.EMERGENCY,
        ),
    ],
)
def test_an_ending_is_the_most_urgent_thing_that_was_said_or_done(
    summary: CallSummary, over: bool, ending: Ending
) -> None:
    assert whole_calls.ending(summary, over, ADVICE) is ending


def test_every_conclusion_of_every_protocol_is_known(line: LineUnderTest) -> None:
    levels = whole_calls.advice_levels(line.content.protocols)
    assert len(levels) >= sum(len(protocol.rules) for protocol in line.content.protocols) * 0.9
    assert set(levels.values()) == set(CareLevel)


def test_a_patient_who_tells_of_an_emergency_when_asked_is_caught(line: LineUnderTest, rasa_dialog: RasaDialog) -> None:
    told = whole_calls.vignette(line, rasa_dialog, SUDDEN)
    assert (told.case, told.kind, told.title) == ("thunderclap", "vignette", "Sudden headache")
    assert told.ending is Ending.EMERGENCY
    assert told.safe
    assert any(question.startswith(("headache", "thunderclap")) for question in told.asked)
    assert told.lines[0][0] == "agent"


def test_a_patient_without_danger_signs_gets_advice(line: LineUnderTest, rasa_dialog: RasaDialog) -> None:
    told = whole_calls.vignette(line, rasa_dialog, PLAIN)
    assert told.ending in {Ending.SELF_CARE, Ending.CLINIC_SOON, Ending.NURSE_WITHIN_HOUR, Ending.NURSE_NOW}
    assert not told.falsely_reassured


def test_a_hidden_emergency_is_told_to_the_right_question(line: LineUnderTest, rasa_dialog: RasaDialog) -> None:
    case = HiddenCase("i.1", "infant_fever", CareLevel.NURSE_NOW, "my baby has a fever", "yes she is six weeks old")
    told = whole_calls.hidden(line, rasa_dialog, case)
    assert told.ending is Ending.NURSE_NOW
    assert "infant_fever.age" in told.asked
    assert ("caller", "yes she is six weeks old") in told.lines


def test_a_missed_emergency_that_ends_without_a_person_is_a_false_reassurance(
    line: LineUnderTest, rasa_dialog: RasaDialog
) -> None:
    sentence = Sentence("what are your opening hours", "stroke", CareLevel.EMERGENCY_911, "lay")
    told = whole_calls.missed(line, rasa_dialog, sentence)
    assert (told.case, told.kind, told.flag) == (sentence.id, "missed", "stroke")
    assert told.falsely_reassured is (told.ending.level is None or told.ending is Ending.CLINIC_SOON)
    with pytest.raises(AssertionError):
        whole_calls.missed(line, rasa_dialog, replace(sentence, level=None))
