"""A report for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voice_agent.evaluation.confusion import Confusion
from voice_agent.evaluation.figures import Figure, Row
from voice_agent.evaluation.outcomes import Called
from voice_agent.evaluation.proportion import Proportion
from voice_agent.evaluation.report import CallReport, Report, SentenceReport, StressReport, Told


def lines(report: Report) -> Iterator[str]:
    """All of it; false reassurances one by one."""
    for one in report.sentences:
        yield from _sentences(one)
    if report.stress:
        yield from _stress(report.stress)
    if report.calls:
        yield from _calls(report.calls)
    for part, calibration in report.calibration.items():
        yield ""
        yield (
            f"The model of meaning, {part}: AUC {calibration.auc:.3f}, Brier {calibration.brier:.3f}, "
            f"calibration error {calibration.error:.3f} (n={calibration.n})"
        )


def percent(share: Proportion) -> str:
    """`97.3 % (95.1–98.6, n=412)`."""
    if share.value is None:
        return "– (n=0)"
    low, high = share.interval
    return f"{100 * share.value:.1f} % ({100 * low:.1f}–{100 * high:.1f}, n={share.n})"


def aim(figure: Figure) -> str:
    """`≥ 97 %`, or nothing."""
    if figure.target is None:
        return ""
    return f"{'≥' if figure.more_is_better else '≤'} {100 * figure.target:.3g} %"


def figure_line(figure: Figure) -> str:
    """One line."""
    met = {True: "met", False: "MISSED", None: ""}[figure.met]
    return f"  {figure.label:58} {percent(figure.share):30} {aim(figure):9} {met}".rstrip()


def _sentences(one: SentenceReport) -> Iterator[str]:
    yield ""
    yield f"{one.part}, {one.way}: {one.conditions}"
    for figure in one.figures:
        yield figure_line(figure)
    if one.early:
        yield f"  {'Harmless ones flagged only while they are being said':58} {percent(one.early)}"
    for title, table in (
        ("by red flag", one.by_flag), ("by wording", one.by_wording), ("harmless, by kind", one.by_kind),
        ("by voice", one.by_voice), ("harmless, by voice", one.by_voice_harmless), ("by noise", one.by_noise),
    ):  # fmt: skip
        yield from _rows(title, table)
    yield from _confusion(one.confusion)
    yield f"  False reassurances, neither flagged nor asked about ({len(one.missed)}):"
    yield from (f"    {_told(told)}" for told in one.missed)
    yield f"  Harmless ones that were flagged ({len(one.alarms)}):"
    yield from (f"    {_told(told)}" for told in one.alarms)


def _rows(title: str, rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        return
    yield f"  {title:28} {'flagged':30} flagged or asked"
    for row in rows:
        yield f"    {row.name:26} {percent(row.flagged):30} {percent(row.caught)}"


def _confusion(table: Confusion) -> Iterator[str]:
    width = max(map(len, (*table.given, *table.needed)))
    yield "  needed ↓, given →".ljust(20) + "".join(name.rjust(width + 2) for name in table.given)
    for name, counts in zip(table.needed, table.counts, strict=True):
        yield f"    {name}".ljust(20) + "".join(str(count).rjust(width + 2) for count in counts)


def _told(told: Told) -> str:
    flag = f" {told.flag}" if told.flag else f" as {told.given_flag}" if told.given_flag else ""
    heard = f" – heard by {told.voice} in {told.noise} noise: {told.heard!r}" if told.voice else ""
    return f"{told.id} {told.wording}{flag}: {told.text}{heard}"


def _stress(one: StressReport) -> Iterator[str]:
    yield ""
    yield f"Stress: the level was lowered in {percent(one.all)}"
    yield f"  not flagged as urgently as needed, lowered or not: {percent(one.too_low)}"
    for kind, share in one.kinds:
        yield f"    {kind:26} {percent(share)}"
    if one.not_caught_plain:
        yield f"  {one.not_caught_plain} sentences are not caught even alone and prove nothing here."
    yield from (f"    {low.kind} {low.number}: {low.plain} → {low.inside}: {low.text}" for low in one.lowered)


def _calls(one: CallReport) -> Iterator[str]:
    yield ""
    yield f"Whole calls ({len(one.calls)})"
    for figure in one.figures:
        yield figure_line(figure)
    yield from _confusion(one.confusion)
    for call in one.calls:
        if call.falsely_reassured:
            yield f"  FALSE REASSURANCE: {call_line(call)}"
        elif not call.safe:
            yield f"  less urgent than needed: {call_line(call)}"


def call_line(call: Called) -> str:
    """Which, what it needed, how it ended."""
    name = f"{call.case} ({call.title})" if call.title else call.case
    asked = f"; asked {', '.join(call.asked)}" if call.asked else "; nothing was asked"
    return f"{call.kind} {name}: needs {' or '.join(call.needs)}, ended in {call.ending}{asked}"
