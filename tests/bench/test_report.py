"""Figures, reports, comparisons, ladders and the page, from calls made by hand."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from bench_stories import answer, call, said, sentence, stream

from voice_agent.bench import ladder, page, report, table
from voice_agent.bench.callers import BenchError
from voice_agent.bench.facts import CallFacts, Ended, Purpose
from voice_agent.bench.figures import Figure, figures
from voice_agent.bench.measurement import Measurement, Sample
from voice_agent.bench.process_table import Usage
from voice_agent.bench.report import Report
from voice_agent.bench.server_metrics import ServerHistogram

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def good_call(gap_ms: float = 300) -> CallFacts:
    """A greeting that is interrupted, an answer with a pause, a yes, and goodbye."""
    facts = stream(
        sentence(0, 2200, cut=True),
        said(Purpose.INTERRUPTION, 2000, 3000, text="wait <b>& book"),
        sentence(3400, 9000, "what is the visit for"),
        said(Purpose.NOISE, 4000, 4500),
        answer(10_000, 12_000, (10_500, 11_000)),
        sentence(12_000 + gap_ms, 14_000, "shall i book it"),
        answer(15_000, 15_500, asked="yes_no"),
        sentence(15_500 + gap_ms, 18_000, "you are booked"),
        clears=(2200,),
    )
    return call(facts)


def alarm_call() -> CallFacts:
    facts = stream(said(Purpose.RED_FLAG, 1000, 3000), sentence(3400, 5000, "this may be an emergency"))
    return call(facts, ended=Ended.NURSE, expected="nurse", nurse_rung_ms=3700, console_ms=3900)


def sample(at_ms: float, memory_mb: float, cpu_s: float, *, threads: int = 20) -> Sample:
    usage = Usage(cpu_s, memory_mb, threads, 30)
    return Sample(at_ms, 2, {"server": usage, "callers": Usage(cpu_s / 10, 100, 5, 10)})


def measurement(*facts: CallFacts, calls: int = 2) -> Measurement:
    samples = (sample(0, 300, 1), sample(1000, 310, 2), sample(3000, 312, 3), sample(5000, 320, 4, threads=23))
    server = ServerHistogram("voice_agent_endpoint_seconds", 4, 0.3, 0.5, (0.25, 0.5, float("inf")), (1, 2, 1))
    return Measurement(calls, (0, 60_000), facts, samples, (server,), {"voice_agent_turns": 4.0})


def made(*facts: CallFacts, calls: int = 2) -> Report:
    config = Path(__file__)
    return report.make(measurement(*(facts or (good_call(), alarm_call())), calls=calls), 60, 1, config, NOW)


def value(of: Report, name: str) -> float | None:
    found = of.figure(name)
    assert found is not None, name
    return found.value


class TestFigures:
    def test_each_measure_has_its_figure(self) -> None:
        told = made()
        assert value(told, "gap_p50") == 300
        assert value(told, "gap_yes_no_p95") == 300
        assert value(told, "barge_in_p95") == 200
        assert value(told, "yielded") == 1.0
        assert value(told, "ignored") == value(told, "ignored_noises") == 1.0
        assert value(told, "ignored_backchannels") is None
        assert value(told, "cut_off") == 0.0
        assert value(told, "safety_p95") == 400
        assert value(told, "nurse_p95") == 700
        assert value(told, "console_p95") == 900
        assert value(told, "words_lost") == 0.0
        assert value(told, "as_expected") == 1.0
        assert value(told, "flags_missed") == 0.0

    def test_the_targets_are_those_of_so_many_calls(self) -> None:
        def target(name: str, calls: int) -> float | None:
            found = made(calls=calls).figure(name)
            assert found is not None
            return found.target

        assert [target("gap_p95", calls) for calls in (1, 20, 40)] == [600, 900, 1500]
        assert [target("yielded", calls) for calls in (1, 20, 40)] == [0.95, 0.93, None]
        assert target("memory_per_call", 20) == 8

    def test_more_is_better_for_some(self) -> None:
        low = Figure("yielded", "", 0.5, "%", 2, "", 0.93, True)
        assert low.met is False
        assert dataclasses.replace(low, value=0.95).met is True
        assert dataclasses.replace(low, more_is_better=False).met is True
        assert dataclasses.replace(low, value=None).met is None

    def test_what_the_processes_used(self) -> None:
        told = made()
        assert value(told, "cpu_server") == pytest.approx(50)
        assert value(told, "cpu_callers") == pytest.approx(5)
        assert value(told, "memory_per_call") == pytest.approx((311 - 300) / 2)
        assert value(told, "memory_growth") == pytest.approx(2)
        assert value(told, "threads_left") == 3
        assert value(told, "handles_left") == 0

    def test_what_happened_before_all_had_come_counts_for_nothing(self) -> None:
        late = dataclasses.replace(measurement(good_call()), window_ms=(13_000, 60_000))
        counted = {figure.name: figure.n for figure in figures(late)}
        assert counted["gap_p50"] == 1

    def test_how_calls_ended(self) -> None:
        told = made(
            good_call(),
            call(None, ended=Ended.REFUSED),
            call(stream(), ended=Ended.GAVE_UP),
            call(stream(), ended=Ended.BENCH_OVER),
        )
        assert told.endings == {"bench_over": 1, "gave_up": 1, "hung_up": 1, "refused": 1}
        assert value(told, "refused") == 1
        assert value(told, "failed") == 1
        assert value(told, "as_expected") == pytest.approx(1 / 3)

    def test_no_calls_no_values(self) -> None:
        told = report.make(Measurement(1, (0, 1), (), ()), 60, 1, Path(__file__), NOW)
        assert value(told, "gap_p50") is None
        assert list(table.lines(told))
        assert "not measured" in "\n".join(table.lines(told))
        assert page.html([told], "")


class TestJson:
    def test_a_report_comes_back_as_it_was(self) -> None:
        told = made()
        assert report.from_json(report.to_json([told]), "file") == (told,)

    def test_a_ladder_comes_back_as_it_was(self) -> None:
        rungs = (made(calls=1), made(calls=5))
        assert report.from_json(report.to_json(rungs), "file") == rungs

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 99}', '{"version": 1}'])
    def test_another_file_is_refused_by_its_name(self, text: str) -> None:
        with pytest.raises(BenchError, match=r"old\.json is no report"):
            report.from_json(text, "old.json")


class TestTable:
    def test_targets_stand_beside_the_figures(self) -> None:
        text = "\n".join(table.lines(made(good_call(700))))
        assert "700 ms      2  ≤ 450 ms  NOT MET" in text
        assert "≤ 900 ms  met" in text
        assert "server: voice_agent_endpoint_seconds: p50 300 ms, p95 500 ms, n 4" in text
        assert "server: voice_agent_turns: 4" in text

    def test_a_comparison_shows_ratios(self) -> None:
        text = "\n".join(table.compared(made(good_call(600)), made(good_call(300))))
        (line,) = [line for line in text.splitlines() if "all ordinary questions, p50" in line]
        assert line.split()[-5:] == ["600", "ms", "300", "ms", "0.50"]

    def test_a_comparison_of_different_loads_says_so(self) -> None:
        assert "5 calls then, 2 now" in "\n".join(table.compared(made(calls=5), made(calls=2)))

    @pytest.mark.parametrize(
        ("number", "unit", "text"),
        [
            (0.5, "%", "50.0%"),
            (1234.4, "ms", "1,234 ms"),
            (2.25, "MB", "2.2 MB"),
            (3.0, "calls", "3"),
            (None, "ms", "–"),
        ],
    )
    def test_values_carry_their_units(self, number: float | None, unit: str, text: str) -> None:
        assert table.shown(number, unit) == text


class TestLadder:
    def test_it_climbs_until_a_rung_breaks(self) -> None:
        run: list[int] = []

        def rung(calls: int) -> Report:
            run.append(calls)
            return made(good_call(2000 if calls > 10 else 300), calls=calls)

        rungs = ladder.climb(rung, 40)
        assert run == [1, 5, 10, 15]
        assert "10 calls hold" in ladder.verdict(rungs)
        assert "With 15 it breaks" in ladder.verdict(rungs)
        assert sum(line.split()[0] in {"1", "5", "10", "15"} for line in table.ladder(rungs, "so") if line) == 4

    def test_a_refused_call_breaks_a_rung(self) -> None:
        assert ladder.holds(made())
        assert not ladder.holds(made(good_call(), call(None, ended=Ended.REFUSED)))
        assert not ladder.holds(made(call(None)))

    def test_it_ends_where_it_was_told(self) -> None:
        rungs = ladder.climb(lambda calls: made(calls=calls), 12)
        assert [rung.calls for rung in rungs] == [1, 5, 10]
        assert "may be more" in ladder.verdict(rungs)

    def test_a_lone_caller_who_needs_no_answer_breaks_nothing(self) -> None:
        rungs = ladder.climb(lambda calls: made(call(None) if calls == 1 else good_call(), calls=calls), 5)
        assert [rung.calls for rung in rungs] == [1, 5]
        assert ladder.verdict(rungs).startswith("5 calls hold")
        assert len(ladder.climb(lambda calls: made(call(None), calls=5), 40)) == 1, "five callers need some answer"

    def test_the_first_rung_may_break(self) -> None:
        assert "Not even" in ladder.verdict(ladder.climb(lambda calls: made(good_call(2000), calls=calls), 40))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.classes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = dict(attrs)
        self.links += [told[name] or "" for name in ("href", "src") if name in told]
        self.classes.update((told.get("class") or "").split())


class TestPage:
    def read(self, text: str) -> _Reader:
        reader = _Reader()
        reader.feed(text)
        return reader

    def test_it_needs_nothing_from_outside(self) -> None:
        text = page.html([made()], "")
        reader = self.read(text)
        assert reader.links == []
        assert not {"script", "link", "img", "iframe"} & set(reader.tags)
        assert "url(" not in text
        assert "@import" not in text

    def test_it_draws_gaps_the_call_and_the_machine(self) -> None:
        reader = self.read(page.html([made()], ""))
        assert reader.tags.count("svg") == 3 + 3 + 1 + 1 + 3
        assert {
            "bar",
            "mark",
            "aim",
            "voice",
            "pause",
            "gap",
            "clear",
            "interruption",
            "noise",
            "curve",
        } <= reader.classes

    def test_what_was_said_is_escaped(self) -> None:
        text = page.html([made()], "")
        assert "wait &lt;b&gt;&amp; book" in text
        assert "<b>& book" not in text

    def test_a_ladder_has_its_own_plots(self) -> None:
        text = page.html([made(calls=1), made(calls=5)], "Five hold.")
        assert "Five hold." in text
        assert 'aria-label="platform gap"' in text

    def test_the_richest_call_is_the_example(self) -> None:
        told = made(call(stream(answer(0, 1000))), good_call())
        assert told.example is not None
        assert any(one.purpose is Purpose.INTERRUPTION for one in told.example.uttered)
