"""Wording patterns and the rules over them."""

from __future__ import annotations

import pytest

from voice_agent.triage.patterns import PatternError, Patterns, stem
from voice_agent.triage.rules import RuleError, parse_rule
from voice_agent.triage.wording import tokens

WORDS = {"pain": ("pain", "hurt*", "ache"), "chest": ("chest", "breast bone")}


def matches(pattern: str, said: str) -> bool:
    return bool(Patterns([("it", pattern)], WORDS).find(tokens(said)))


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("chest <pain>", "my chest really hurts"),
        ("<chest> ~ <pain>", "a pain behind my breast bone"),
        ("can not breathe", "I can't even breathe"),
        ("left/right arm", "his right arm"),
        ("bleed", "he bled a lot"),
        ("side .. numb", "one side of my face is numb"),
        ("suicid*", "suicidal"),
        ("no point .. go_on/living", "there is no point to go on"),
        ("no point .. go_on/living", "no point in living"),
    ],
)
def test_a_pattern_matches_through_little_words_and_inflections(pattern: str, said: str) -> None:
    assert matches(pattern, said)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("chest <pain>", "my chest. It hurts"),
        ("chest <pain>", "chest x ray hurts"),
        ("side .. numb", "the side door is open and nobody went in so I am numb"),
        ("left arm", "arm left"),
    ],
)
def test_a_pattern_does_not_match_over_sentence_ends_order_or_wide_gaps(pattern: str, said: str) -> None:
    assert not matches(pattern, said)


@pytest.mark.parametrize("pattern", ["", "..", "chest ..", ".. chest", "<cough>", "um"])
def test_a_pattern_that_cannot_be_read_is_an_error(pattern: str) -> None:
    with pytest.raises(PatternError):
        Patterns([("it", pattern)], WORDS)


@pytest.mark.parametrize(("word", "same"), [("bleeding", "bled"), ("chokes", "choking"), ("swollen", "swelling")])
def test_inflections_share_a_stem(word: str, same: str) -> None:
    assert stem(word) == stem(same)


def test_words_that_mean_something_else_keep_their_own_form() -> None:
    assert stem("spotting") != stem("spot")
    assert stem("note") != stem("not")


def test_a_rule_needs_all_its_parts_and_none_of_what_must_be_absent() -> None:
    rule = parse_rule("fever + stiff_neck/light_hurts + not cough")
    assert rule.holds({"fever", "light_hurts"}.__contains__)
    assert not rule.holds({"fever"}.__contains__)
    assert not rule.holds({"fever", "stiff_neck", "cough"}.__contains__)
    assert rule.used({"fever", "light_hurts"}.__contains__) == ["fever", "light_hurts"]
    assert rule.touches({"light_hurts"})
    assert not rule.touches({"cough"})


def test_what_must_be_absent_takes_nothing_away_where_it_does_not_stand() -> None:
    rule = parse_rule("alarm + not errand")
    found = {"alarm", "errand"}.__contains__
    assert not rule.holds(found, lambda _name, _parts: True)
    assert rule.holds(found, lambda _name, _parts: False)


@pytest.mark.parametrize("text", ["", "fever +", "stiff neck", "not cough", "a + /"])
def test_a_rule_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(RuleError):
        parse_rule(text)


@pytest.mark.parametrize("text", ["hot hot", "feel really really bad"])
def test_a_word_said_twice_is_an_error_for_callers_words_keep_it_once(text: str) -> None:
    with pytest.raises(PatternError, match="twice"):
        Patterns([("finding", text)], {})
    with pytest.raises(PatternError, match="twice"):
        Patterns([], {"group": [text]})
