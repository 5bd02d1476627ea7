"""Every pair of colours that carries words reaches WCAG AA (4.5 to 1), in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import voice_agent.web.console as console

CSS = (Path(console.__path__[0]) / "static" / "console.css").read_text()
PAIRS = [
    *(("ink", ground) for ground in ("paper", "card", "caller", "emergency-soft")),
    *(("quiet", ground) for ground in ("paper", "card", "caller", "emergency-soft")),
    *(("accent", ground) for ground in ("paper", "card")),
    *((level, f"{level}-soft") for level in ("emergency", "now", "hour", "soon", "self")),
    *(("emergency", ground) for ground in ("card", "caller", "paper")),
    *((words, shade) for words in ("ink", "quiet", "emergency") for shade in ("hour-soft", "now-soft")),
    *((words, "soon-soft") for words in ("ink", "soon")),
    *(("card", "emergency"), ("on-accent", "accent")),
]


def palette(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))


LIGHT, DARK = (palette(block) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL))


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("words", "ground"), PAIRS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(theme: dict[str, str], words: str, ground: str) -> None:
    lighter, darker = sorted((luminance(theme[words]), luminance(theme[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
