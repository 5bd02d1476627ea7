"""Shares with their intervals, one under the other, as SVG in the style of the bench's page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from voice_agent.evaluation.proportion import Proportion

WIDTH: Final = 520
LABEL: Final = 190
COUNT: Final = 74
ROW: Final = 17
TOP: Final = 22
BOTTOM: Final = 20
PLOT: Final = WIDTH - LABEL - COUNT


def draw(title: str, rows: Sequence[tuple[str, Proportion]], *, target: float | None = None) -> str:
    """A dot for each share, a line for its interval of 95 %; `target` is a dashed line. From 0 to 100 %."""
    height = TOP + ROW * len(rows) + BOTTOM
    bottom = height - BOTTOM
    parts = [f'<text class="title" x="0" y="12">{escape(title)}</text>']
    for percent in (0, 25, 50, 75, 100):
        x = LABEL + PLOT * percent / 100
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{height - 6}" text-anchor="middle">{percent} %</text>')
    if target is not None:
        x = LABEL + PLOT * target
        parts.append(f'<line class="aim" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>')
    for place, (name, share) in enumerate(rows):
        parts += _row(name, share, TOP + ROW * (place + 0.5))
    label = escape(title, quote=True)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _row(name: str, share: Proportion, y: float) -> list[str]:
    told = f"{share.hits} of {share.n}"
    parts = [
        f'<text x="{LABEL - 8}" y="{y + 3.5:.1f}" text-anchor="end">{escape(name.replace("_", " "))}</text>',
        f'<text class="tick" x="{WIDTH}" y="{y + 3.5:.1f}" text-anchor="end">{told}</text>',
    ]
    if share.value is not None:
        low, high = (LABEL + PLOT * end for end in share.interval)
        x = LABEL + PLOT * share.value
        parts.append(f'<line class="curve a" x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        tip = f"{100 * share.value:.1f} %, 95 % interval {100 * share.interval[0]:.1f} to {100 * share.interval[1]:.1f}"
        parts.append(f'<circle class="dot a" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{tip}</title></circle>')
    return parts
