"""A report as one HTML file: nothing outside it is needed to read it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from voice_agent.bench import plots, timeline_plot
from voice_agent.bench.figures import Figure
from voice_agent.bench.plots import Curve
from voice_agent.bench.report import Report
from voice_agent.bench.server_metrics import PREFIX, ServerHistogram
from voice_agent.bench.statistics import quantile
from voice_agent.bench.table import aim, shown
from voice_agent.bench.targets import USABLE_P95_MS

TEMPLATE: Final = "page.html"
GAPS_UPTO: Final = 2000.0
TILES: Final = (
    *(
        "gap_p50",
        "gap_p95",
        "gap_yes_no_p50",
        "barge_in_p95",
        "yielded",
        "ignored",
        "cut_off",
        "safety_p95",
        "nurse_p95",
    ),
    *("words_lost", "memory_per_call"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, ready to be shown."""

    name: str
    label: str
    value: str
    n: int
    aim: str
    met: bool | None
    meaning: str


def html(reports: Sequence[Report], verdict: str) -> str:
    """The page of a run, or of a ladder (`verdict` says how far it went); details are those of the last report."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    report = reports[-1]
    rows = [_row(figure) for figure in report.figures]
    return environment.get_template(TEMPLATE).render(
        report=report,
        verdict=verdict,
        rows=rows,
        tiles=[row for name in TILES for row in rows if row.name == name],
        ladder=_ladder(reports),
        gaps=_drawn(_gaps(report)),
        others=_drawn(_others(report)),
        server=_drawn([_of_server(one) for one in report.histograms]),
        resources=_drawn(_resources(report)),
        timeline=_drawn([timeline_plot.draw(report.example)])[0] if report.example else None,
    )


def _drawn(plots_of: Sequence[str]) -> list[Markup]:
    """Our own SVG, in which all text was escaped."""
    return [Markup(plot) for plot in plots_of]  # noqa: S704


def _row(figure: Figure) -> Row:
    value = shown(figure.value, figure.unit)
    return Row(figure.name, figure.label, value, figure.n, aim(figure), figure.met, figure.meaning)


def _gaps(report: Report) -> list[str]:
    every = [gap for gaps in report.gaps_ms.values() for gap in gaps]
    # One scale for all, so that kinds can be compared: two seconds, or more when many gaps are longer.
    upto = max(GAPS_UPTO, plots.round_up(quantile(every, 0.95)) if every else 0.0)
    by_kind = sorted(report.gaps_ms.items(), key=lambda item: -len(item[1]))
    named = [("all ordinary questions", "gap_p50", every)]
    named += [(kind.replace("_", "/"), f"gap_{kind}_p50", list(gaps)) for kind, gaps in by_kind]
    drawn = []
    for title, name, gaps in named:
        figure = report.figure(name)
        target = figure.target if figure else None
        drawn.append(plots.bars(title, gaps, width=upto / 20, upto=upto, target=target))
    return drawn


def _others(report: Report) -> list[str]:
    drawn = []
    for name, title, values in (
        ("barge_in_p95", "barge-in: onset to last sound heard", report.barge_in_ms),
        ("safety_p95", "red flag to safety sentence", report.safety_ms),
        ("nurse_p95", "red flag to nurse ringing", report.nurse_ms),
    ):
        if values:
            figure = report.figure(name)
            upto = max(1000.0, plots.round_up(max(values)))
            target = figure.target if figure else None
            drawn.append(plots.bars(title, values, width=upto / 20, upto=upto, target=target))
    return drawn


def _of_server(one: ServerHistogram) -> str:
    """A histogram of the server's own, each count in the middle of its bucket; seconds become milliseconds."""
    scale = 1000.0 if "seconds" in one.name else 1.0
    values: list[float] = []
    lower = 0.0
    for bound, count in zip(one.bounds, one.counts, strict=True):
        upper = lower if bound == float("inf") else bound
        values += [(lower + upper) / 2 * scale] * count
        lower = upper
    upto = plots.round_up(max(values, default=1.0))
    name = one.name.removeprefix(PREFIX).replace("_seconds", "").replace('"', "")
    return plots.bars(name.replace("_", " "), values, width=upto / 20, upto=upto)


def _resources(report: Report) -> list[str]:
    samples = [sample for sample in report.samples if "server" in sample.parts]
    if len(samples) < 3:
        return []
    start = samples[0].at_ms
    memory = tuple(((s.at_ms - start) / 1000, s.parts["server"].memory_mb) for s in samples)
    live = tuple(((s.at_ms - start) / 1000, float(s.live)) for s in samples)
    used = []
    for style, part in (("a", "server"), ("b", "rasa"), ("c", "callers")):
        pairs = [(a, b) for a, b in itertools.pairwise(samples) if part in a.parts and part in b.parts]
        points = tuple(
            (
                (b.at_ms - start) / 1000,
                max(0.0, (b.parts[part].cpu_s - a.parts[part].cpu_s) / (b.at_ms - a.at_ms) * 100_000),
            )
            for a, b in pairs
        )
        used.append(Curve(part, points, style))
    return [
        plots.curves("CPU", used, " s", "% of a core"),
        plots.curves("memory of the server", [Curve("server", memory, "a")], " s", "MB"),
        plots.curves("calls on a stream", [Curve("live", live, "a")], " s", "calls"),
    ]


def _ladder(reports: Sequence[Report]) -> list[Markup]:
    if len(reports) < 2:
        return []

    def over_calls(name: str) -> tuple[tuple[float, float], ...]:
        return tuple((float(r.calls), value) for r in reports if (value := r.value(name)) is not None)

    gaps = [Curve("p50", over_calls("gap_p50"), "a"), Curve("p95", over_calls("gap_p95"), "b")]
    cpu = [Curve("server", over_calls("cpu_server"), "a"), Curve("rasa", over_calls("cpu_rasa"), "b")]
    drawn = [
        plots.curves("platform gap", gaps, " calls", "ms", limit=USABLE_P95_MS),
        plots.curves("CPU", cpu, " calls", "% of a core"),
    ]
    return _drawn(drawn)
