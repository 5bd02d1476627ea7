"""The sets of sentences and callers, from their YAML files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from voice_agent import strict_yaml
from voice_agent.errors import ContentError
from voice_agent.evaluation.cases import HiddenCase, Need, Part, Sentence, StressCase, Vignette
from voice_agent.strict_yaml import STRICT
from voice_agent.triage.care_levels import CareLevel

SENTENCE: Final = "{sentence}"
"""Where the emergency stands in a fragment of stress.yaml."""
URGENT: Final = (CareLevel.EMERGENCY_911, CareLevel.NURSE_NOW, CareLevel.NURSE_WITHIN_HOUR)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HiddenEntry:
    """An opening that hides an emergency, and the answer that tells of it."""

    __pydantic_config__ = STRICT
    opening: str
    answer_reveals: str


@dataclass(frozen=True, slots=True)
class PartFile:
    """`development.yaml`, `locked.yaml`."""

    __pydantic_config__ = STRICT
    levels: Mapping[str, CareLevel]
    """Flag → how soon, unless the kind of wording says otherwise."""
    emergencies: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Flag → kind of wording, or `kind@level` → what callers say."""
    harmless: Mapping[str, tuple[str, ...]]
    """Kind → what callers say."""
    hidden: Mapping[str, tuple[HiddenEntry, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VignetteEntry:
    """One patient."""

    __pydantic_config__ = STRICT
    id: str
    title: str
    level: Need
    opening: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VignettesFile:
    """`vignettes.yaml`."""

    __pydantic_config__ = STRICT
    vignettes: tuple[VignetteEntry, ...]


@dataclass(frozen=True, slots=True)
class StressBase:
    """An emergency, said plainly."""

    __pydantic_config__ = STRICT
    sentence: str
    flag: str
    level: CareLevel


@dataclass(frozen=True, slots=True)
class StressFile:
    """`stress.yaml`."""

    __pydantic_config__ = STRICT
    bases: tuple[StressBase, ...]
    fragments: Mapping[str, tuple[str, ...]]
    """Kind → templates that hold `{sentence}` once; the sentence alone is no fragment."""


@dataclass(frozen=True, slots=True)
class SafetySet:
    """One part: all that is put to the line."""

    part: Part
    sentences: tuple[Sentence, ...]
    hidden: tuple[HiddenCase, ...]

    @property
    def emergencies(self) -> tuple[Sentence, ...]:
        return tuple(one for one in self.sentences if one.flag)


def load(folder: Path, part: Part) -> SafetySet:
    """One part. Raises ContentError with file and line, also for a sentence that stands twice."""
    path = folder / f"{part}.yaml"
    told = strict_yaml.read(path, PartFile)
    sentences = (*_emergencies(told, path), *_harmless(told))
    if not sentences:
        raise ContentError("holds no sentence", file=str(path))
    seen: set[str] = set()
    for sentence in sentences:
        if sentence.id in seen:
            raise ContentError(f"the sentence {sentence.id} stands twice", file=str(path))
        seen.add(sentence.id)
    return SafetySet(part, sentences, tuple(_hidden(told, path)))


def load_vignettes(folder: Path) -> tuple[Vignette, ...]:
    """All patients. Raises ContentError."""
    path = folder / "vignettes.yaml"
    entries = strict_yaml.read(path, VignettesFile).vignettes
    return tuple(Vignette(one.id, one.title, one.level, one.opening, one.facts) for one in entries)


def load_stress(folder: Path) -> tuple[StressCase, ...]:
    """Every base in every fragment. Raises ContentError for a template without its one `{sentence}`."""
    path = folder / "stress.yaml"
    told = strict_yaml.read(path, StressFile)
    for kind, templates in told.fragments.items():
        for at, template in enumerate(templates):
            if template.count(SENTENCE) != 1:
                where = ("fragments", kind, str(at))
                line = strict_yaml.line_of(path, where)
                raise ContentError(f"must hold {SENTENCE} once", file=str(path), line=line, key=".".join(where))
    return tuple(
        StressCase(base.sentence, base.flag, base.level, kind, number, template.replace(SENTENCE, base.sentence))
        for base in told.bases
        for kind, templates in told.fragments.items()
        for number, template in enumerate(templates, start=1)
        if template != SENTENCE
    )


def _emergencies(told: PartFile, path: Path) -> Iterator[Sentence]:
    for flag, kinds in told.emergencies.items():
        for kind, texts in kinds.items():
            wording, _, written = kind.partition("@")
            level = _level(told, flag, written, path, ("emergencies", flag, kind))
            yield from (Sentence(text, flag, level, wording) for text in texts)


def _harmless(told: PartFile) -> Iterator[Sentence]:
    for kind, texts in told.harmless.items():
        yield from (Sentence(text, None, None, kind) for text in texts)


def _hidden(told: PartFile, path: Path) -> Iterator[HiddenCase]:
    for flag, entries in told.hidden.items():
        level = _level(told, flag, "", path, ("hidden", flag))
        for number, entry in enumerate(entries, start=1):
            yield HiddenCase(f"{flag}.{number}", flag, level, entry.opening, entry.answer_reveals)


def _level(told: PartFile, flag: str, written: str, path: Path, where: tuple[str, ...]) -> CareLevel:
    level = written or told.levels.get(flag, "")
    if level not in URGENT:
        wanted = ", ".join(URGENT)
        raise ContentError(
            f"no level for {flag!r}: put one under `levels`, or write `kind@level`; levels are {wanted}",
            file=str(path),
            line=strict_yaml.line_of(path, where),
            key=".".join(where),
        )
    return CareLevel(level)
