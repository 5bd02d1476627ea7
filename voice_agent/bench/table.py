"""Reports for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voice_agent.bench.figures import Figure
from voice_agent.bench.report import Report
from voice_agent.bench.targets import USABLE_P95_MS


def shown(value: float | None, unit: str) -> str:
    """A value with its unit."""
    if value is None:
        return "–"
    if unit == "%":
        return f"{value:.1%}"
    if unit in {"calls", "count"}:
        return f"{value:,.0f}"
    if unit == "% of a core":
        return f"{value:.0f} % of a core"
    return f"{value:,.1f} {unit}" if unit == "MB" else f"{value:,.0f} {unit}"


def aim(figure: Figure) -> str:
    """The target and whether it is met."""
    if figure.target is None:
        return ""
    sign = "≥" if figure.more_is_better else "≤"
    verdict = {True: "met", False: "NOT MET", None: "not measured"}[figure.met]
    return f"{sign} {shown(figure.target, figure.unit)}  {verdict}"


def lines(report: Report) -> Iterator[str]:
    """The whole table, and what its figures mean."""
    ends = ", ".join(f"{count} {how.replace('_', ' ')}" for how, count in report.endings.items())
    yield f"{report.calls} calls at once for {report.seconds:.0f} s, seed {report.seed}; calls by their end: {ends}"
    if report.interrupted:
        yield "Ended early by Ctrl-C."
    yield ""
    yield f"{'':<52} {'':>16} {'n':>6}  target"
    for figure in report.figures:
        yield f"{figure.label:<52} {shown(figure.value, figure.unit):>16} {figure.n:>6}  {aim(figure)}".rstrip()
    for histogram in report.histograms:
        p50, p95 = (_of_server(histogram.name, value) for value in (histogram.p50, histogram.p95))
        yield f"server: {histogram.name}: p50 {p50}, p95 {p95}, n {histogram.n}"
    for name, grown in report.counters.items():
        yield f"server: {name}: {grown:g}"
    yield ""
    yield "What they mean, all at the caller's end of the loopback socket, on the wall clock:"
    told: set[str] = set()
    for figure in report.figures:
        if figure.meaning not in told:
            told.add(figure.meaning)
            yield f"  {figure.label}: {figure.meaning}."


def _of_server(name: str, value: float) -> str:
    """Seconds are shown as milliseconds, like all else here."""
    return shown(value * 1000, "ms") if name.partition("{")[0].endswith("_seconds") else f"{value:g}"


def compared(old: Report, new: Report) -> Iterator[str]:
    """Ratios new/old of every figure that both have."""
    yield f"Compared with {old.made_at} ({old.calls} calls, {old.seconds:.0f} s, config {old.config}):"
    if old.calls != new.calls:
        yield f"Note: {old.calls} calls then, {new.calls} now."
    yield f"{'':<52} {'old':>16} {'new':>16} {'new/old':>8}"
    for figure in new.figures:
        before = old.figure(figure.name)
        if before is None or before.value is None or figure.value is None:
            continue
        ratio = f"{figure.value / before.value:.2f}" if before.value else "–"
        was, now = shown(before.value, figure.unit), shown(figure.value, figure.unit)
        yield f"{figure.label:<52} {was:>16} {now:>16} {ratio:>8}"


def ladder(rungs: Sequence[Report], verdict: str) -> Iterator[str]:
    """A line for each rung."""
    names = ("gap_p50", "gap_p95", "gap_yes_no_p50", "barge_in_p95", "safety_p95", "words_lost", "refused")
    heads = ("gap p50", "gap p95", "yes/no p50", "barge-in p95", "safety p95", "words lost", "refused")
    yield f"{'calls':>6} " + " ".join(f"{head:>13}" for head in heads) + f" {'CPU server':>18}"
    for rung in rungs:
        figures = [rung.figure(name) for name in names]
        cells = [shown(figure.value, figure.unit) if figure else "–" for figure in figures]
        cpu = shown(rung.value("cpu_server"), "% of a core")
        yield f"{rung.calls:>6} " + " ".join(f"{cell:>13}" for cell in cells) + f" {cpu:>18}"
    yield ""
    yield f"A rung holds while the p95 of the gap is at most {USABLE_P95_MS:,.0f} ms and no call is refused or fails."
    yield verdict
