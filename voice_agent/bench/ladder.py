"""More and more calls, until the line no longer holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from voice_agent.bench.report import Report
from voice_agent.bench.targets import USABLE_P95_MS

RUNGS: Final = (1, 5, 10, 15, 20, 25, 30, 35, 40, 50, 60, 80)

FEW_CALLS: Final = 2


def holds(report: Report) -> bool:
    """Whether so many calls are still served well enough."""
    p95 = report.value("gap_p95")
    return p95 is not None and p95 <= USABLE_P95_MS and _serves_all(report)


def climb(run: Callable[[int], Report], most: int, rungs: Sequence[int] = RUNGS) -> list[Report]:
    """Run rung after rung up to `most` calls; the last one is the first that did not hold, or was interrupted."""
    reports = []
    for calls in [rung for rung in rungs if rung <= most]:
        reports.append(run(calls))
        if reports[-1].interrupted or not (holds(reports[-1]) or _says_nothing(reports[-1])):
            break
    return reports


def _says_nothing(report: Report) -> bool:
    """A caller or two may have nothing to say in a short rung that needs an answer."""
    return report.calls <= FEW_CALLS and report.value("gap_p95") is None and _serves_all(report)


def _serves_all(report: Report) -> bool:
    return not report.value("refused") and not report.value("failed")


def verdict(reports: Sequence[Report]) -> str:
    """How many calls a core carries, in a sentence."""
    good = [report for report in reports if holds(report)]
    if not good:
        return "Not even the first rung held."
    best, cores = good[-1], int(good[-1].machine["cores"])
    said = (
        f"{best.calls} calls hold on {cores} cores that also carry Rasa, Redis and this bench: "
        f"{best.calls / cores:g} calls a core."
    )
    if reports[-1] is best:
        return f"{said} No rung failed: it may be more."
    worst = reports[-1]
    return f"{said} With {worst.calls} it breaks."
