"""A run's report, as values and as JSON.

    version      1; another one is refused
    made_at      ISO 8601, UTC
    machine      cores, processor, kernel, python
    content      version of dialogs/red_flags.yaml
    meaning      the model that gave a second opinion by meaning; "" without one
    seconds      how long the run took
    sentences    one for each part and way: [{part, way, conditions, figures, by_flag, by_wording, by_kind, by_voice,
                 by_noise, missed, alarms, confusion, early}]
    calls        whole calls: {figures, confusion, calls, reassured}; null when none were held
    stress       the factorial stress: {kinds, all, too_low, lowered, not_caught_plain}; null when it was not run
    calibration  of the model of meaning, by part; empty without one

Every share is {hits, n, value, low, high}: value from 0 to 1 (null without trials), low and high are Wilson's interval
of 95 %. A figure is {name, label, share, meaning, target, more_is_better}. The sentences in it are invented.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from voice_agent.bench.report import machine
from voice_agent.errors import VoiceAgentError
from voice_agent.evaluation import confusion, figures, stress
from voice_agent.evaluation.calibration import Calibration
from voice_agent.evaluation.confusion import Confusion
from voice_agent.evaluation.figures import Figure, Row, Targets
from voice_agent.evaluation.outcomes import Called, Judged
from voice_agent.evaluation.proportion import Proportion

VERSION: Final = 1
WRITTEN: Final = "written"
RULES_ALONE: Final = "written, rules alone"
SPOKEN: Final = "spoken"
SAMPLED: Final = "spoken sample"


class ReportError(VoiceAgentError):
    """A file is not a report that this version can read."""

    code = "report"


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence that did not go as it should."""

    id: str
    text: str = field(repr=False)
    wording: str
    flag: str | None
    needs: str | None
    given: str
    """The verdict, or the level that was raised."""
    given_flag: str | None
    heard: str = field(repr=False)
    """What the recogniser made of it; "" when it was written."""
    voice: str
    noise: str
    evidence: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class SentenceReport:
    """One part, one way."""

    part: str
    way: str
    """`written`, `written, rules alone`, `spoken` or `spoken sample`."""
    conditions: str
    figures: tuple[Figure, ...]
    by_flag: tuple[Row, ...]
    by_wording: tuple[Row, ...]
    """Of emergencies."""
    by_kind: tuple[Row, ...]
    """Of harmless sentences."""
    by_voice: tuple[Row, ...]
    """Of emergencies, as the two that follow."""
    by_voice_harmless: tuple[Row, ...]
    by_noise: tuple[Row, ...]
    missed: tuple[Told, ...]
    """False reassurances: emergencies neither flagged nor asked about, one by one."""
    alarms: tuple[Told, ...]
    """Harmless ones that were flagged."""
    confusion: Confusion
    early: Proportion | None = None
    """Harmless sentences that are flagged before the words come that make them harmless; None: not looked at."""

    def figure(self, name: str) -> Figure:
        """By name. An unknown one is a KeyError."""
        return {one.name: one for one in self.figures}[name]


@dataclass(frozen=True, slots=True)
class CallReport:
    """Whole calls."""

    figures: tuple[Figure, ...]
    confusion: Confusion
    """Of the vignettes."""
    calls: tuple[Called, ...] = field(repr=False)

    @property
    def reassured(self) -> tuple[Called, ...]:
        """False reassurances, one by one."""
        return tuple(one for one in self.calls if one.falsely_reassured)


@dataclass(frozen=True, slots=True)
class Lowered:
    """A fragment that lowered a level."""

    kind: str
    number: int
    text: str = field(repr=False)
    plain: str
    inside: str


@dataclass(frozen=True, slots=True)
class StressReport:
    """The factorial stress."""

    kinds: tuple[tuple[str, Proportion], ...]
    all: Proportion
    too_low: Proportion
    lowered: tuple[Lowered, ...] = field(repr=False)
    not_caught_plain: int


@dataclass(frozen=True, slots=True)
class Report:
    """See the module."""

    version: int
    made_at: str
    machine: Mapping[str, str]
    content: str
    meaning: str
    seconds: float
    sentences: tuple[SentenceReport, ...]
    calls: CallReport | None = None
    stress: StressReport | None = None
    calibration: Mapping[str, Calibration] = field(default_factory=dict)

    def of(self, part: str, way: str) -> SentenceReport | None:
        """One part, one way; None when it was not run."""
        return next((one for one in self.sentences if (one.part, one.way) == (part, way)), None)


def of_sentences(
    part: str, way: str, conditions: str, judged: Sequence[Judged], early: Proportion | None = None
) -> SentenceReport:
    """Score what was judged."""
    urgent = [one for one in judged if one.sentence.flag]
    harmless = [one for one in judged if not one.sentence.flag]
    targets: Targets = figures.WRITTEN if way.startswith(WRITTEN) else figures.SPOKEN
    return SentenceReport(
        part=part,
        way=way,
        conditions=conditions,
        figures=figures.sentence_figures(judged, targets),
        by_flag=figures.rows(urgent, lambda one: one.sentence.flag),
        by_wording=figures.rows(urgent, lambda one: one.sentence.wording),
        by_kind=figures.rows(harmless, lambda one: one.sentence.wording),
        by_voice=figures.rows(urgent, lambda one: one.spoken.voice if one.spoken else None),
        by_voice_harmless=figures.rows(harmless, lambda one: one.spoken.voice if one.spoken else None),
        by_noise=figures.rows(urgent, lambda one: one.spoken.noise if one.spoken else None),
        missed=tuple(_told(one) for one in figures.missed(judged)),
        alarms=tuple(_told(one) for one in figures.alarms(judged)),
        confusion=confusion.of_sentences(judged),
        early=early,
    )


def of_calls(calls: Sequence[Called]) -> CallReport:
    """Score whole calls."""
    vignettes = [one for one in calls if one.kind == "vignette"]
    return CallReport(figures.call_figures(calls), confusion.of_calls(vignettes), tuple(calls))


def of_stress(result: stress.StressResult) -> StressReport:
    """With what was lowered, in words."""
    lowered = tuple(
        Lowered(
            one.case.kind,
            one.case.number,
            one.case.text,
            one.plain.level.value if one.plain.level else one.plain.verdict.value,
            one.inside.level.value if one.inside.level else one.inside.verdict.value,
        )
        for one in result.lowered
    )
    return StressReport(result.kinds, result.all, result.too_low, lowered, result.not_caught_plain)


def make(
    content: str,
    meaning: str,
    seconds: float,
    sentences: Sequence[SentenceReport],
    *,
    calls: CallReport | None = None,
    stress: StressReport | None = None,
    calibration: Mapping[str, Calibration] | None = None,
    now: datetime | None = None,
) -> Report:
    """All of a run."""
    made_at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    return Report(
        VERSION, made_at, machine(), content, meaning, round(seconds, 1), tuple(sentences), calls, stress,
        calibration or {},
    )  # fmt: skip


def to_json(report: Report) -> str:
    """See the module."""
    return json.dumps(_plain(report), indent=1, ensure_ascii=False)


def from_json(text: str, name: str) -> Report:
    """What `to_json` wrote. Raises ReportError when it is something else; `name` is the file's."""
    try:
        told = json.loads(text)
        if not isinstance(told, dict) or told.get("version") != VERSION:
            raise ReportError(f"{name}: not a report of version {VERSION} of `voice-agent evaluate safety --json`.")
        return TypeAdapter(Report).validate_python(told)
    except (ValueError, ValidationError) as error:
        raise ReportError(f"{name}: not a report of `voice-agent evaluate safety --json`: {error}") from error


def _told(one: Judged) -> Told:
    sentence, heard, spoken = one.sentence, one.heard, one.spoken
    flagged = figures.flagged(one) and heard.level is not None
    return Told(
        id=sentence.id,
        text=sentence.text,
        wording=sentence.wording,
        flag=sentence.flag,
        needs=sentence.level.value if sentence.level else None,
        given=heard.level.value if flagged and heard.level else heard.verdict.value,
        given_flag=heard.flag,
        heard=heard.words if spoken else "",
        voice=spoken.voice if spoken else "",
        noise=spoken.noise if spoken else "",
        evidence=heard.evidence,
    )


def _plain(value: Any) -> Any:
    match value:
        case Proportion():
            low, high = value.interval
            shown = {"value": value.value, "low": low, "high": high}
            return {"hits": value.hits, "n": value.n} | {k: v if v is None else round(v, 5) for k, v in shown.items()}
        case Enum():
            return value.value
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _ if dataclasses.is_dataclass(value):
            return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    return value
