"""Small plots as SVG: histograms and lines. Colours come from the page's style sheet, so they suit light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from voice_agent.bench.statistics import histogram, quantile

WIDTH: Final = 340
HEIGHT: Final = 150
LEFT, RIGHT, TOP, BOTTOM = 34, 10, 20, 24
STEPS: Final = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through some points."""

    label: str
    points: tuple[tuple[float, float], ...]
    style: str
    """A class of the style sheet: `a`, `b`, `c`."""


def round_up(value: float) -> float:
    """The next number that one would write on an axis."""
    if value <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 0.1
    return next(step * power for step in STEPS if value <= step * power)


def bars(title: str, values: Sequence[float], *, width: float, upto: float, target: float | None = None) -> str:
    """A histogram of milliseconds with its p50 and p95; `target` is drawn as a dashed line."""
    counts = histogram(values, width, upto)
    top = round_up(max(counts, default=1))
    plot_w, plot_h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    each = plot_w / len(counts)
    parts = [_frame(title, len(values)), _axis(upto, " ms")]
    for place, count in enumerate(counts):
        if count:
            high = plot_h * count / top
            tip = f"{place * width:g} to {(place + 1) * width:g} ms: {count}"
            x, y = LEFT + place * each, TOP + plot_h - high
            parts.append(
                f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{max(1.0, each - 1):.1f}" height="{high:.1f}">'
                f"<title>{tip}</title></rect>"
            )
    parts.append(f'<text class="tick" x="{LEFT - 4}" y="{TOP + 8}" text-anchor="end">{top:g}</text>')
    marks = [(quantile(values, 0.5), "p50", "mark"), (quantile(values, 0.95), "p95", "mark")] if values else []
    if target is not None:
        marks.append((target, "", "aim"))
    for value, label, style in marks:
        x = LEFT + plot_w * min(value, upto) / upto
        parts.append(f'<line class="{style}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + plot_h}"/>')
        if label:
            # p50 to the left of its line, p95 to the right, so that two close ones stay legible.
            left = (label == "p50" and x > LEFT + 60) or x > WIDTH - 70
            anchor, beside = ("end", x - 3) if left else ("start", x + 3)
            height = TOP + 9 if label == "p50" else TOP + 20
            parts.append(
                f'<text class="value" x="{beside:.1f}" y="{height}" text-anchor="{anchor}">{label} {value:,.0f}</text>'
            )
    return _svg(parts, title)


def curves(title: str, lines: Sequence[Curve], unit_x: str, unit_y: str, limit: float | None = None) -> str:
    """Some curves over one axis; `limit` is drawn as a dashed line."""
    points = [point for line in lines for point in line.points]
    right = round_up(max((x for x, _ in points), default=1.0))
    top = round_up(max([y for _, y in points] + ([limit] if limit else []), default=1.0))
    plot_w, plot_h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x: float, y: float) -> str:
        return f"{LEFT + plot_w * x / right:.1f},{TOP + plot_h * (1 - y / top):.1f}"

    parts = [_frame(title, None), _axis(right, unit_x)]
    parts.append(f'<text class="tick" x="{LEFT - 4}" y="{TOP + 8}" text-anchor="end">{top:,.0f}</text>')
    parts.append(f'<text class="tick" x="{LEFT + 4}" y="{TOP + 8}">{escape(unit_y)}</text>')
    if limit is not None:
        y = TOP + plot_h * (1 - limit / top)
        parts.append(f'<line class="aim" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    key_x = WIDTH - RIGHT
    for line in reversed(lines):
        path = " ".join(at(x, y) for x, y in line.points)
        parts.append(f'<polyline class="curve {line.style}" points="{path}"/>')
        parts += [
            f'<circle class="dot {line.style}" cx="{at(x, y).split(",")[0]}" cy="{at(x, y).split(",")[1]}" r="2">'
            f"<title>{x:g}{escape(unit_x)}: {y:,.1f} {escape(unit_y)}</title></circle>"
            for x, y in line.points
            if len(line.points) <= 20
        ]
        parts.append(
            f'<text class="key {line.style}" x="{key_x}" y="{TOP - 6}" text-anchor="end">{escape(line.label)}</text>'
        )
        key_x -= 10 + 6 * len(line.label)
    return _svg(parts, title)


def _frame(title: str, n: int | None) -> str:
    count = f'<tspan class="tick"> n={n}</tspan>' if n is not None else ""
    bottom = HEIGHT - BOTTOM
    return (
        f'<text class="title" x="0" y="12">{escape(title)}{count}</text>'
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bottom}" y2="{bottom}"/>'
    )


def _axis(upto: float, unit: str) -> str:
    plot_w = WIDTH - LEFT - RIGHT
    return "".join(
        f'<text class="tick" x="{LEFT + plot_w * part / 4:.1f}" y="{HEIGHT - 8}" '
        f'text-anchor="{"end" if part == 4 else "middle"}">'
        f"{_number(upto * part / 4)}{escape(unit) if part == 4 else ''}</text>"
        for part in range(5)
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"


def _svg(parts: Sequence[str], title: str) -> str:
    label = escape(title, quote=True)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
