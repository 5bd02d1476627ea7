"""One call as a picture: both voices, what was said, pauses, interruptions and gaps.

Rows of twenty seconds. The caller's level grows upwards from the middle, the agent's, as the caller heard it, down.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from voice_agent.audio.frames import FRAME_MS
from voice_agent.bench.facts import Purpose, Stretch
from voice_agent.bench.report import Example
from voice_agent.simulator.pauses import readable
from voice_agent.simulator.speech import NOISE_PREFIX

ROW_MS: Final = 20_000
WIDTH: Final = 1000
HALF: Final = 38
"""Height of each voice."""
TEXT: Final = 16
ROW: Final = 2 * HALF + 2 * TEXT + 24
LETTER: Final = 5.6
"""Width of a letter, about."""
LOUDEST: Final = 110.0
FLOOR: Final = 24.0
"""Levels below are drawn as silence: the hiss of the line."""
STYLES: Final = {
    Purpose.ANSWER: "caller",
    Purpose.NUDGE: "caller",
    Purpose.RED_FLAG: "flag",
    Purpose.INTERRUPTION: "interruption",
    Purpose.NOISE: "noise",
    Purpose.BACKCHANNEL: "backchannel",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One stretch of the call, and where it is drawn."""

    start_ms: float
    top: float
    until_ms: float

    @property
    def middle(self) -> float:
        return self.top + TEXT + HALF

    def x(self, at_ms: float) -> float:
        return min(max(at_ms - self.start_ms, 0.0), float(ROW_MS)) * WIDTH / ROW_MS

    def shows(self, start_ms: float, end_ms: float) -> bool:
        return start_ms < self.start_ms + ROW_MS and end_ms > self.start_ms


def draw(call: Example) -> str:
    """The SVG."""
    lasted = call.ended_ms - call.began_ms
    rows = [
        _Row(call.began_ms + number * ROW_MS, number * ROW, call.ended_ms)
        for number in range(max(1, -(-int(lasted) // ROW_MS)))
    ]
    parts = [part for row in rows for part in _row(call, row)]
    height = len(rows) * ROW
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="timeline of one call">{"".join(parts)}</svg>'


def _row(call: Example, row: _Row) -> Iterator[str]:
    y = row.middle
    yield f'<line class="axis" x1="0" x2="{row.x(row.until_ms):.1f}" y1="{y}" y2="{y}"/>'
    for second in range(0, ROW_MS // 1000 + 1, 5):
        at = row.start_ms + second * 1000
        if at <= row.until_ms:
            label = f"{(at - call.began_ms) / 1000:.0f} s"
            anchor = "end" if second * 1000 == ROW_MS else "start"
            x, below = row.x(at), row.top + ROW - 8
            yield f'<text class="tick" x="{x:.1f}" y="{below}" text-anchor="{anchor}">{label}</text>'
    yield from _gaps(call, row)
    for said in call.uttered:
        if row.shows(said.onset_ms, said.end_ms):
            style = STYLES[said.purpose]
            x, end = row.x(said.onset_ms), row.x(said.end_ms)
            yield (
                f'<rect class="band {style}" x="{x:.1f}" y="{y - HALF}" width="{end - x:.1f}" height="{HALF}">'
                f"<title>{escape(said.purpose.value)}: {escape(said.text)}</title></rect>"
            )
            for start_ms, end_ms in said.pauses:
                left, right = row.x(start_ms), row.x(end_ms)
                yield (
                    f'<rect class="pause" x="{left:.1f}" y="{y - HALF}" width="{right - left:.1f}" height="{HALF}">'
                    f"<title>a pause of {end_ms - start_ms:.0f} ms</title></rect>"
                )
    yield _levels(call.said_levels, call, row, up=True)
    yield _levels(call.heard_levels, call, row, up=False)
    for clear in call.clears:
        if row.shows(clear, clear + 1):
            x = row.x(clear)
            yield (
                f'<line class="clear" x1="{x:.1f}" x2="{x:.1f}" y1="{y - HALF}" y2="{y + HALF}">'
                "<title>clear: the agent gave up its prompt</title></line>"
            )
    yield from _words(call, row)


def _gaps(call: Example, row: _Row) -> Iterator[str]:
    """From the end of an answer to the first sound of the reply."""
    for said in call.uttered:
        if said.purpose not in {Purpose.ANSWER, Purpose.RED_FLAG}:
            continue
        reply = next((start for start, _ in call.arrived if start > said.end_ms), None)
        if reply is None or not row.shows(said.end_ms, reply):
            continue
        x, end = row.x(said.end_ms), row.x(reply)
        y, gap = row.middle, reply - said.end_ms
        yield (
            f'<rect class="gap" x="{x:.1f}" y="{y - HALF}" width="{end - x:.1f}" height="{2 * HALF}">'
            f"<title>{gap:.0f} ms until the reply</title></rect>"
        )
        middle, high = (x + end) / 2, y - HALF / 2
        yield f'<text class="gap-ms" x="{middle:.1f}" y="{high:.1f}" text-anchor="middle">{gap:.0f}</text>'


def _levels(coded: str, call: Example, row: _Row, *, up: bool) -> str:
    levels = base64.b64decode(coded)
    first = max(0, int((row.start_ms - call.began_ms) // FRAME_MS))
    shown = levels[first : first + ROW_MS // FRAME_MS]
    step = WIDTH * FRAME_MS / ROW_MS
    bars = []
    for place, level in enumerate(shown):
        if level > FLOOR:
            high = HALF * min(1.0, (level - FLOOR) / (LOUDEST - FLOOR))
            x = place * step
            bars.append(f"M{x:.1f} {row.middle:g}v{-high if up else high:.1f}")
    return f'<path class="voice {"said" if up else "heard"}" d="{"".join(bars)}"/>'


def _line(text: str) -> str:
    """As a reader would write it."""
    return readable(text).removeprefix(NOISE_PREFIX)


def _words(call: Example, row: _Row) -> Iterator[str]:
    spoken: list[tuple[Stretch, str, str, float]] = [
        ((said.onset_ms, said.end_ms), _line(said.text), STYLES[said.purpose], row.middle - HALF - 5)
        for said in call.uttered
    ]
    spoken += [
        ((s.began_ms, s.over_ms), s.text + (" ✂" if s.cut else ""), "agent", row.middle + HALF + 13)
        for s in call.sentences
    ]
    free_from: dict[float, float] = {}
    for (start_ms, end_ms), text, style, y in sorted(spoken):
        if not row.shows(start_ms, end_ms) or start_ms < row.start_ms or not text.strip():
            continue
        x = max(row.x(start_ms), free_from.get(y, 0.0))
        room = max(row.x(end_ms) - x, 60.0)
        letters = int(min(room, WIDTH - x) / LETTER)
        short = text if len(text) <= letters else text[: max(1, letters - 1)] + "…"
        free_from[y] = x + len(short) * LETTER + 6
        yield f'<text class="words {style}" x="{x:.1f}" y="{y:.1f}">{escape(short)}<title>{escape(text)}</title></text>'
