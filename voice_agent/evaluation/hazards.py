"""The hazard log: what can hurt a caller, why, what guards against it, and which test shows that the guard works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from voice_agent import strict_yaml
from voice_agent.errors import ContentError
from voice_agent.evaluation.report import Report
from voice_agent.evaluation.table import percent
from voice_agent.strict_yaml import STRICT

SOURCE: Final = "hazards.yaml"
PAGE: Final = "hazards.md"
STRESS: Final = "stress"
CALLS: Final = "calls"


class Severity(StrEnum):
    """What the worst likely harm is, in the words of NHS DCB0129."""

    CATASTROPHIC = "catastrophic"
    MAJOR = "major"
    CONSIDERABLE = "considerable"


@dataclass(frozen=True, slots=True)
class Guard:
    """Something in the code that keeps the hazard away."""

    __pydantic_config__ = STRICT
    does: str
    code: Annotated[str, Field(pattern=r"^[\w/.-]+(:[\w.]+)?$")]
    """`path/to/file.py:Name`, or a file of content."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """One row."""

    __pydantic_config__ = STRICT
    id: Annotated[str, Field(pattern=r"^H\d\d$")]
    hazard: str
    cause: str
    harm: str
    severity: Severity
    guards: Annotated[tuple[Guard, ...], Field(min_length=1)]
    tests: Annotated[tuple[str, ...], Field(min_length=1)]
    """Node ids of pytest: `tests/…/test_….py::test_…`."""
    left: str
    """What the guards do not cover."""
    figures: tuple[str, ...] = ()
    """Figures of the evaluation that measure it: `locked.written.caught`, `calls.falsely_reassured`, `stress`."""


@dataclass(frozen=True, slots=True)
class HazardLog:
    """`hazards.yaml`."""

    __pydantic_config__ = STRICT
    approved_by: str | None
    """The clinic's safety officer who signed it; null until then."""
    hazards: tuple[Hazard, ...]


def load(path: Path) -> HazardLog:
    """Raises ContentError, also for an id that stands twice."""
    log = strict_yaml.read(path, HazardLog)
    ids = [one.id for one in log.hazards]
    for one in ids:
        if ids.count(one) > 1:
            raise ContentError(f"{one} stands twice", file=str(path))
    return log


def page(log: HazardLog, report: Report) -> str:
    """hazards.md, whole."""
    return "\n".join(_lines(log, report)) + "\n"


def measured(name: str, report: Report) -> str | None:
    """A figure of the run with its interval; None when the run did not measure it. An unknown name is a KeyError."""
    where, _, figure = name.rpartition(".")
    if name == STRESS:
        return f"level lowered {percent(report.stress.all)}" if report.stress else None
    if where == CALLS:
        found = report.calls.figures if report.calls else ()
    else:
        part, _, way = where.partition(".")
        told = report.of(part, way)
        found = told.figures if told else ()
    if not found:
        return None
    one = {each.name: each for each in found}[figure]
    place = "whole calls" if where == CALLS else where.replace(".", ", ")
    return f"{one.label} ({place}): {percent(one.share)}"


def _lines(log: HazardLog, report: Report) -> Iterator[str]:
    signed = f"approved by {log.approved_by}" if log.approved_by else "not approved by a clinical safety officer yet"
    yield "# Hazard log"
    yield ""
    yield (
        f"Written by `voice-agent evaluate safety --docs docs` from [{SOURCE}]({SOURCE}) and the run of "
        f"{report.made_at[:10]}; edit the YAML, not this page. {len(log.hazards)} hazards, {signed}. A test "
        "checks that every guard and every test that is named here exists."
    )
    yield ""
    yield "| id | hazard | worst likely harm |"
    yield "|---|---|---|"
    yield from (f"| [{one.id}](#{_anchor(one)}) | {one.hazard} | {one.severity} |" for one in log.hazards)
    for one in log.hazards:
        yield from _one(one, report)


def _one(one: Hazard, report: Report) -> Iterator[str]:
    yield from ("", f"## {one.id} {one.hazard}", "")
    yield f"- **Cause.** {one.cause}"
    yield f"- **Harm.** {one.harm} ({one.severity})"
    yield from (f"- **Guard.** {guard.does} `{guard.code}`" for guard in one.guards)
    yield f"- **Shown by.** {_listed(one.tests)}"
    figures = [told for name in one.figures if (told := measured(name, report))]
    if figures:
        yield f"- **Measured.** {'; '.join(figures)}"
    yield f"- **Left.** {one.left}"


def _listed(tests: Sequence[str]) -> str:
    return ", ".join(f"`{test}`" for test in tests)


def _anchor(one: Hazard) -> str:
    heading = f"{one.id} {one.hazard}".lower()
    kept = "".join(letter for letter in heading if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")
