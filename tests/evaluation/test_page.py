"""The page: whole in itself, and nothing in it unescaped."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from evaluation_stories import made

from voice_agent.evaluation import interval_plot, page
from voice_agent.evaluation.proportion import Proportion


class Reader(HTMLParser):
    """Checks that what opens also closes."""

    ALONE = frozenset({"meta", "circle", "line", "rect", "polyline", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in self.ALONE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.ALONE:
            assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_from_outside() -> None:
    text = page.html(made())
    assert Reader(text).open == []
    assert not re.search(r"(src|href)=|@import|url\(|<script", text)


def test_sentences_are_escaped() -> None:
    text = page.html(made())
    assert "<b>traffic</b>" not in text
    assert "this &lt;b&gt;traffic&lt;/b&gt; kills me" in text


def test_it_shows_figures_plots_misses_calls_and_calibration() -> None:
    text = page.html(made())
    assert "Emergencies flagged or asked about" in text
    assert text.count("<svg") == 3 + 5 + 1 + 1
    assert 'class="reassured">self care' in text
    assert "Calibration of the second opinion" in text


def test_a_plot_draws_a_dot_for_every_share_that_there_is() -> None:
    svg = interval_plot.draw("by <flag>", [("a", Proportion(1, 2)), ("b", Proportion(0, 0))], target=0.97)
    assert svg.count("<circle") == 1
    assert svg.count('class="aim"') == 1
    assert "by &lt;flag&gt;" in svg
    assert "0 of 0" in svg
