"""What `voice-agent check` says of wrong red-flag content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from voice_agent import strict_yaml
from voice_agent.triage.red_flag_content import FindingContent, RedFlagContent
from voice_agent.triage.red_flag_problems import problems

CONTENT = strict_yaml.read(Path(__file__).resolve().parents[2] / "dialogs" / "red_flags.yaml", RedFlagContent)
SMALL = strict_yaml.parse(
    """
version: "1"
scripts:
  emergency: [This may be an emergency.]
words:
  pain: [pain, hurts]
findings:
  chest_pain: {says: [chest ~ <pain>]}
measures:
  old: {measure: age_days, at_least: 22000}
red_flags:
  - id: heart
    version: 1
    title: Heart
    disposition: "911"
    authority: AHA
    approved_by: null
    safety_sentence: emergency
    rules: [chest_pain]
    must_fire: [my chest hurts]
    must_not_fire: [my foot hurts]
""",
    RedFlagContent,
    name="red_flags.yaml",
)


def with_flag(**changes: object) -> RedFlagContent:
    return replace(SMALL, red_flags=(replace(SMALL.red_flags[0], **changes),))  # type: ignore[arg-type]


def found(content: RedFlagContent) -> list[tuple[tuple[str | int, ...], str]]:
    return [(problem.location, problem.text) for problem in problems(content)]


def test_the_content_that_we_ship_has_no_problems() -> None:
    assert found(CONTENT) == []


def test_small_content_has_no_problems() -> None:
    assert found(SMALL) == []


def test_an_unknown_script_is_named_with_the_nearest_one() -> None:
    assert found(with_flag(safety_sentence="emergenci")) == [
        (("red_flags", 0, "safety_sentence"), "unknown script 'emergenci'; did you mean 'emergency'?")
    ]


def test_an_unknown_finding_is_named_with_the_nearest_one() -> None:
    assert found(with_flag(rules=("chest_pane",))) == [
        (("red_flags", 0, "rules", 0), "unknown finding 'chest_pane'; did you mean 'chest_pain'?")
    ]


def test_a_rule_that_cannot_be_read_is_named() -> None:
    [(location, text)] = found(with_flag(rules_911=("chest pain",)))
    assert location == ("red_flags", 0, "rules_911", 0)
    assert "a + b/c + not d" in text


def test_an_id_that_stands_twice_is_named_at_both_places() -> None:
    twice = replace(SMALL, red_flags=SMALL.red_flags * 2)
    assert [location for location, _text in found(twice)] == [("red_flags", 0, "id"), ("red_flags", 1, "id")]


def test_a_phrase_that_must_fire_and_does_not_is_named() -> None:
    [(location, text)] = found(with_flag(must_fire=("my chest hurts", "my foot hurts")))
    assert location == ("red_flags", 0, "must_fire", 1)
    assert "raises nothing" in text


def test_a_phrase_that_must_not_fire_and_does_is_named() -> None:
    [(location, text)] = found(with_flag(must_not_fire=("my chest hurts",)))
    assert location == ("red_flags", 0, "must_not_fire", 0)
    assert "must not" in text


def test_a_pattern_over_an_unknown_word_group_is_named() -> None:
    wrong = replace(SMALL, findings={**SMALL.findings, "cough": FindingContent(says=("<couhg> .. blood",))})
    assert found(wrong) == [
        (("findings", "cough", "says", 0), "'<couhg> .. blood' names the unknown word group <couhg>")
    ]


def test_a_flag_without_rules_can_never_fire() -> None:
    assert found(with_flag(rules=()))[0][0] == ("red_flags", 0)


def test_a_name_that_is_finding_and_measure_is_named() -> None:
    twice = replace(SMALL, findings={**SMALL.findings, "old": FindingContent(says=("old",))})
    assert [location for location, _text in found(twice)] == [("measures", "old")]
