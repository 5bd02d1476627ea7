"""What a nurse is whispered before she presses a key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from brief_cases import cases
from invented_cases import CHEST_PAIN

from voice_agent.call.brief import LONGEST_S, brief, read_back, spoken_seconds
from voice_agent.call.handoff import Answer, CallSummary, TurnRecord
from voice_agent.speech.synthesizer import Pyttsx3Synthesizer, VoiceSettings
from voice_agent.triage.care_levels import CareLevel

RATE_WPM = 165
BYTES_A_SECOND = 16_000


@pytest.fixture(scope="module")
def synthesizer() -> Iterator[Pyttsx3Synthesizer]:
    synthesizer = Pyttsx3Synthesizer(VoiceSettings())
    yield synthesizer
    synthesizer.close()


def test_the_brief_says_who_what_and_how_bad() -> None:
    told = brief(CHEST_PAIN)
    for fact in ("Possible heart attack", "chest feels tight, left arm", "confirm 911", "Ann Example, not verified"):
        assert fact in told


def test_no_brief_takes_longer_than_twelve_seconds(synthesizer: Pyttsx3Synthesizer) -> None:
    """By the sound itself, in our own voice at its own pace; Twilio's voice may differ."""
    told = {brief(case) for case in cases(150)}
    assert len(told) > 100
    lasting = {text: len(synthesizer.synthesize(text, RATE_WPM)) / BYTES_A_SECOND for text in told}
    longest = max(lasting, key=lambda text: lasting[text])
    assert lasting[longest] <= LONGEST_S, f"{lasting[longest]:.1f} s: {longest}"
    assert lasting[longest] > LONGEST_S / 2, "nor is it trimmed for nothing"


def test_how_long_words_take_is_reckoned_nearly_right(synthesizer: Pyttsx3Synthesizer) -> None:
    for case in cases(40, seed=7):
        text = brief(case)
        lasts = len(synthesizer.synthesize(text, RATE_WPM)) / BYTES_A_SECOND
        assert -0.5 <= spoken_seconds(text) - lasts <= 3, text


def test_what_matters_most_is_never_left_out() -> None:
    for case in cases(150):
        told = brief(case)
        assert told.startswith(
            f"Red flag: {' '.join(case.red_flag.title.split()[:3])}"
            if case.red_flag
            else "A"
            if not case.reason
            else case.reason[:5]
        )
        if case.care_level is CareLevel.EMERGENCY_911:
            assert "confirm 911" in told


def test_the_least_important_goes_first() -> None:
    """Of a long case the year of birth goes before the answers, these before the name, and the words stay."""
    answers = tuple(Answer(f"pain.question_{place}", "How?", "rather like a knife in the back") for place in range(3))
    turns = (TurnRecord("caller", "it hurts here and there and everywhere that one can think of today", 1),)
    long = CallSummary(
        "CA1",
        reason="Unclear answer to a question about the pain that came before",
        care_level=CareLevel.NURSE_NOW,
        learned={"name": "Ann Example", "date_of_birth": "1961-05-04"},
        answers=answers,
        turns=turns,
    )
    told = brief(long)
    assert "it hurts here and there" in told
    assert "1961" not in told
    assert "Ann Example" in brief(replace(long, answers=()))


def test_only_facts_are_told() -> None:
    told = brief(CallSummary("CA1"))
    assert told == "Asks for a person. Wants a person."


@pytest.mark.parametrize(
    ("heard", "words"), [(True, "Advice heard."), (False, "Advice not heard to its end."), (None, "")]
)
def test_whether_the_advice_was_heard(heard: bool | None, words: str) -> None:
    told = brief(replace(CHEST_PAIN, answers=(), learned={}, safety_heard=heard))
    assert (words in told) if words else ("advice" not in told)


def test_the_callers_own_words_are_read_back() -> None:
    assert read_back(CHEST_PAIN) == "chest feels tight, left arm"
    assert read_back(CallSummary("CA1", reason="Asked for a person")) is None
    turns = (TurnRecord("caller", "I have had a headache since Monday", 900),)
    assert read_back(CallSummary("CA1", learned={"symptom": "headache"}, turns=turns)) == turns[0].text
