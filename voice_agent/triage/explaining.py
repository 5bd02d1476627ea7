"""Why the screen did what it did, for a nurse.

`voice-agent screen --explain`: what was understood, what of it counts and what does not and why, and the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.cues import Doubt
from voice_agent.triage.findings import Finding
from voice_agent.triage.red_flags import RedFlagScreen, Screening
from voice_agent.triage.second_opinion import Judge, Opinion, added
from voice_agent.triage.wording import tokens

_LEVELS: Final[Mapping[CareLevel, str]] = {
    CareLevel.EMERGENCY_911: "911 now",
    CareLevel.NURSE_NOW: "a nurse now",
    CareLevel.NURSE_WITHIN_HOUR: "a nurse within the hour",
    CareLevel.CLINIC_SOON: "the clinic today or tomorrow",
    CareLevel.SELF_CARE: "self-care",
}
_DOUBTS: Final[Mapping[Doubt, str]] = {
    Doubt.NEGATED: "is denied",
    Doubt.PAST: "is past",
    Doubt.OVER: "is over",
    Doubt.TOLD: "is told of others or of the news",
    Doubt.THING: "is said of a thing or an animal",
    Doubt.HYPOTHETICAL: "is only asked about",
}


def explained(screen: RedFlagScreen, text: str, judge: Judge | None = None) -> tuple[str, ...]:
    """A few lines of plain English about one utterance. Pure."""
    screening, found = added(screen, screen.screen(text), text, judge), screen.findings(text)
    lines = [f"said        {text}", f"understood  {' '.join(token.text for token in tokens(text))}"]
    lines += [f"counts      {_plain(name)}: {words}" for name, words in _in_order(found.asserted)]
    for name, words in _in_order(found.unmeant):
        reasons = " and ".join(_DOUBTS[doubt] for doubt in sorted(found.doubted[name]))
        lines.append(f"not counted {_plain(name)}: {words} ({reasons})")
    rule = screen.why(text)
    if rule is not None:
        lines.append(f"rule        {rule}")
    if judge and judge.thresholds.apply(text) and not screen.screen(text).red_flag:
        lines.append(f"by meaning  {_meant(judge.opinion(text))}")
    return (*lines, f"so          {_outcome(screening)}")


def _meant(opinion: Opinion) -> str:
    return f"{opinion.urgent:.0%} urgent, {opinion.crisis:.0%} a crisis; nearest to: {_plain(opinion.flag)}"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _in_order(findings: Mapping[str, Finding]) -> Iterator[tuple[str, str]]:
    for finding in sorted(findings.values(), key=lambda one: (one.first, one.last, one.name)):
        yield finding.name, f'"{finding.words}"'


def _outcome(screening: Screening) -> str:
    if screening.raised is not None:
        return f"red flag: {screening.raised.title}; {_LEVELS[screening.raised.care_level]}"
    if screening.ask is not None:
        return f"asked first, for the words may hide it: {screening.ask.sentence}"
    return "nothing urgent was understood"
