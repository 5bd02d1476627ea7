"""The figures of a run in docs/: between two marks of safety.md, and all of hazards.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from voice_agent.errors import ContentError
from voice_agent.evaluation import hazards
from voice_agent.evaluation.cases import Part
from voice_agent.evaluation.confusion import Confusion
from voice_agent.evaluation.figures import Figure, Row
from voice_agent.evaluation.gate import KnownMiss
from voice_agent.evaluation.report import SPOKEN, WRITTEN, CallReport, Report, SentenceReport, StressReport
from voice_agent.evaluation.table import aim, call_line, percent

BEGIN: Final = "<!-- The rest to the next mark is written by `voice-agent evaluate safety --docs docs`. -->"
END: Final = "<!-- What follows is written by hand again. -->"
SAFETY: Final = "safety.md"


def write(folder: Path, report: Report, known: Sequence[KnownMiss]) -> None:
    """Into `folder`, which holds safety.md and hazards.yaml. Raises ContentError."""
    safety = folder / SAFETY
    safety.write_text(filled(safety.read_text(encoding="utf-8"), report, known, str(safety)), encoding="utf-8")
    log = hazards.load(folder / hazards.SOURCE)
    (folder / hazards.PAGE).write_text(hazards.page(log, report), encoding="utf-8")


def filled(text: str, report: Report, known: Sequence[KnownMiss], name: str) -> str:
    """`text` with what stands between the marks written anew. Raises ContentError without the marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ContentError(f"must hold the two marks {BEGIN!r} and {END!r}", file=name)
    return f"{before}{BEGIN}\n\n{generated(report, known)}\n{END}{after}"


def generated(report: Report, known: Sequence[KnownMiss]) -> str:
    """Markdown: figures with intervals and targets, breakdowns, false reassurances, known misses."""
    return "\n".join(_lines(report, known)) + "\n"


def _lines(report: Report, known: Sequence[KnownMiss]) -> Iterator[str]:
    yield (
        f"Measured {report.made_at[:10]}, red flags {report.content}, second opinion by meaning: "
        f"{report.meaning or 'none'}. Shares with their interval of 95 %."
    )
    for one in report.sentences:
        yield from (
            "",
            f"### {one.part.capitalize()} part, {one.way}",
            "",
            f"{one.conditions[0].upper()}{one.conditions[1:]}.",
            "",
        )
        yield from _figures(one.figures)
        if one.early:
            yield from ("", f"Harmless ones that are flagged only while they are being said: {percent(one.early)}.")
        if one.part == Part.LOCKED and one.way in {WRITTEN, SPOKEN}:  # what counts; the page has the others
            yield from _breakdowns(one)
            yield from ("", "What was needed (rows), what was given:", "")
            yield from _confusion(one.confusion)
    if report.stress:
        yield from _stress(report.stress)
    if report.calls:
        yield from _calls(report.calls)
    for part, calibration in report.calibration.items():
        yield from (
            "",
            f"The probabilities of the second opinion, {part} part: AUC {calibration.auc:.3f}, Brier score "
            f"{calibration.brier:.3f}, expected calibration error {calibration.error:.3f} (n={calibration.n}).",
        )
    yield from _misses(report, known)


def _figures(figures: Sequence[Figure]) -> Iterator[str]:
    yield from _table(
        ("figure", "measured (95 % interval)", "target", ""),
        [
            (one.label, percent(one.share), aim(one), {True: "met", False: "**missed**", None: ""}[one.met])
            for one in figures
        ],
    )


def _breakdowns(one: SentenceReport) -> Iterator[str]:
    for title, table in (
        ("red flag", one.by_flag), ("wording", one.by_wording), ("harmless, kind", one.by_kind),
        ("emergencies, voice", one.by_voice), ("harmless, voice", one.by_voice_harmless),
        ("emergencies, noise", one.by_noise),
    ):  # fmt: skip
        if table:
            yield ""
            yield from _rows(title, table)


def _rows(title: str, rows: Sequence[Row]) -> Iterator[str]:
    told = [(row.name.replace("_", " "), percent(row.flagged), percent(row.caught)) for row in rows]
    yield from _table((title, "flagged", "flagged or asked"), told)


def _confusion(table: Confusion) -> Iterator[str]:
    told = [(name, *map(str, counts)) for name, counts in zip(table.needed, table.counts, strict=True)]
    yield from _table(("", *table.given), told)


def _stress(one: StressReport) -> Iterator[str]:
    yield from ("", "### Stress", "")
    yield f"The level was lowered in {percent(one.all)} of the cases."
    yield f"Not flagged as urgently as needed, lowered or not: {percent(one.too_low)}."
    if one.not_caught_plain:
        yield f"{one.not_caught_plain} of the plain sentences are not caught even alone; they prove nothing here."
    yield ""
    yield from _table(
        ("what stands around the emergency", "level lowered"),
        [(kind.replace("_", " "), percent(share)) for kind, share in one.kinds],
    )
    if one.lowered:
        yield ""
        yield from (
            f"- {low.kind.replace('_', ' ')} {low.number}: {low.plain} became {low.inside}." for low in one.lowered
        )


def _calls(one: CallReport) -> Iterator[str]:
    yield from ("", "### Whole calls", "")
    yield from _figures(one.figures)
    yield from ("", "Vignettes: what was needed (rows), how the call ended:", "")
    yield from _confusion(one.confusion)
    yield from ("", f"False reassurances over a whole call: {len(one.reassured)}.")
    yield from (f"- {call_line(call)}" for call in one.reassured)
    unsafe = [call for call in one.calls if not call.safe and not call.falsely_reassured]
    if unsafe:
        yield from ("", "Less urgent than needed, though at a nurse:", "")
        yield from (f"- {call_line(call)}" for call in unsafe)


def _misses(report: Report, known: Sequence[KnownMiss]) -> Iterator[str]:
    yield from ("", "### Known misses", "")
    yield (
        f"Emergencies of the locked part, written, that one sentence does not bring to light: {len(known)}. "
        "Sentences are named by their id, so that nobody tunes on them."
    )
    if known:
        yield ""
        told = [(one.id, one.flag.replace("_", " "), one.wording.replace("_", " "), one.needs) for one in known]
        yield from _table(("id", "red flag", "wording", "what it would need"), told)
    for one in report.sentences:
        if one.way == SPOKEN and one.missed:
            yield from ("", f"Missed when spoken, {one.part} part ({len(one.missed)} of the renditions):", "")
            yield from _table(
                ("id", "red flag", "wording", "voice, noise"),
                [
                    (m.id, (m.flag or "").replace("_", " "), m.wording.replace("_", " "), f"{m.voice}, {m.noise}")
                    for m in one.missed
                ],
            )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"
