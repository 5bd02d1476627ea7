"""A sentence by text, through the session of a call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from voice_agent.evaluation import written
from voice_agent.evaluation.line_under_test import LineUnderTest
from voice_agent.evaluation.outcomes import Verdict
from voice_agent.triage.care_levels import CareLevel


@pytest.mark.parametrize(
    ("said", "verdict", "flag", "level"),
    [
        ("my chest feels tight and my arm is heavy", Verdict.FLAGGED, "heart_attack", CareLevel.EMERGENCY_911),
        ("my baby has a fever", Verdict.ASKED, "infant_fever", CareLevel.NURSE_NOW),
        ("can i talk to a nurse please", Verdict.NURSE, None, CareLevel.NURSE_WITHIN_HOUR),
        ("what are your opening hours", Verdict.PASSED, None, None),
    ],
)
def test_what_became_of_it(
    line: LineUnderTest, said: str, verdict: Verdict, flag: str | None, level: CareLevel | None
) -> None:
    heard = written.heard_as_text(line, said)
    assert (heard.verdict, heard.flag, heard.level) == (verdict, flag, level)
    assert heard.words == said


def test_a_question_is_named_and_evidence_told(line: LineUnderTest) -> None:
    assert written.heard_as_text(line, "my baby has a fever").question == "infant_fever.age"
    assert written.heard_as_text(line, "my chest feels tight").evidence


def test_every_discriminating_question_is_known_by_its_sentence(line: LineUnderTest) -> None:
    count = sum(len(entry.ask) for entry in line.content.red_flags.red_flags)
    assert len(line.questions) == count > 20


def test_words_that_make_harmless_what_came_before_are_waited_for(line: LineUnderTest) -> None:
    assert not written.fires_early(line, "what are your opening hours")
    assert not written.fires_early(line, "my chest feels tight and my arm is heavy"), "the whole is flagged as well"


def test_where_the_rules_are_silent_the_second_opinion_is_asked(line: LineUnderTest) -> None:
    whole = replace(line, rules_only=False)
    assert whole.judge, "the extra `meaning` is missing: `make test` installs it"
    assert whole.meaning
    assert not line.meaning
    said = "he has gone the colour of putty and he is staring at nothing"
    assert written.heard_as_text(line, said).verdict is Verdict.PASSED
    heard = written.heard_as_text(whole, said)
    assert heard.caught
    assert heard.probability is None
    probability = whole.with_probability(heard).probability
    assert probability is not None
    assert probability > whole.judge.thresholds.ask
    assert written.heard_as_text(whole, "what are your opening hours").verdict is Verdict.PASSED
    assert written.heard_as_text(whole, "my baby has a fever").question == "infant_fever.age", "the rules are first"
