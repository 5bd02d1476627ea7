"""A report as one HTML file: nothing outside it is needed to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from voice_agent.bench import plots
from voice_agent.bench.plots import Curve
from voice_agent.evaluation import interval_plot
from voice_agent.evaluation.calibration import Calibration
from voice_agent.evaluation.figures import Row
from voice_agent.evaluation.proportion import Proportion
from voice_agent.evaluation.report import Report, SentenceReport
from voice_agent.evaluation.table import aim, percent

TEMPLATE: Final = "page.html"
FOLDER: Final = Path(__file__).parent
STYLE: Final = Path(plots.__file__).parent
"""Where the style sheet of all our pages is."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One part, one way, with its plots."""

    report: SentenceReport
    plots: tuple[Markup, ...]


def html(report: Report) -> str:
    """The page."""
    environment = Environment(
        loader=FileSystemLoader([FOLDER, STYLE]), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["percent"] = percent
    environment.filters["aim"] = aim
    return environment.get_template(TEMPLATE).render(
        report=report,
        shown=[Shown(one, _plots(one)) for one in report.sentences],
        stress=_drawn([interval_plot.draw("level lowered, by what stands around it", report.stress.kinds)])
        if report.stress
        else [],
        calibration=_drawn([_reliability(part, one) for part, one in report.calibration.items()]),
    )


def _plots(one: SentenceReport) -> tuple[Markup, ...]:
    targets = {figure.name: figure.target for figure in one.figures}
    caught, flagged = targets["caught"], targets["harmless_flagged"]
    drawn = [
        interval_plot.draw("emergencies flagged or asked about, by red flag", _caught(one.by_flag), target=caught),
        interval_plot.draw("emergencies flagged or asked about, by wording", _caught(one.by_wording), target=caught),
        interval_plot.draw("harmless ones flagged, by kind", _flagged(one.by_kind), target=flagged),
    ]
    if one.by_voice:
        both = [*_caught(one.by_voice), *_caught(one.by_noise)]
        drawn.append(interval_plot.draw("emergencies flagged or asked about, by voice and noise", both, target=caught))
        drawn.append(
            interval_plot.draw("harmless ones flagged, by voice", _flagged(one.by_voice_harmless), target=flagged)
        )
    return tuple(_drawn(drawn))


def _caught(rows: Sequence[Row]) -> list[tuple[str, Proportion]]:
    return [(row.name, row.caught) for row in rows]


def _flagged(rows: Sequence[Row]) -> list[tuple[str, Proportion]]:
    return [(row.name, row.flagged) for row in rows]


def _reliability(part: str, one: Calibration) -> str:
    points = tuple((100 * each.mean, 100 * (each.share.value or 0.0)) for each in one.bins)
    perfect = Curve("perfect", ((0.0, 0.0), (100.0, 100.0)), "c")
    title = (
        f"{part}: emergencies among sentences of a probability (AUC {one.auc:.2f}, error {one.error:.2f}, n={one.n})"
    )
    return plots.curves(title, [Curve("measured", points, "a"), perfect], " %", "%")


def _drawn(plots_of: Sequence[str]) -> list[Markup]:
    """Our own SVG, in which all text was escaped."""
    return [Markup(plot) for plot in plots_of]  # noqa: S704
