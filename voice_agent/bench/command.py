"""`voice-agent bench`, from its options to its files."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from voice_agent import config
from voice_agent.bench import ladder, page, report, script, table
from voice_agent.bench.callers import Callers
from voice_agent.bench.console import Console
from voice_agent.bench.lines import Line, private_line, running_line
from voice_agent.bench.report import Report
from voice_agent.bench.run import Bench
from voice_agent.bench.script import Script
from voice_agent.bench.sounds import Studio
from voice_agent.demo.progress import Progress

FOLDER: Final = config.PROJECT / ".run" / "bench"
EARS: Final = config.PROJECT / "models" / "clinic-en-8k"


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    calls: int = 1
    seconds: float = 60.0
    seed: int = 1
    ladder: bool = False
    """`calls` is then where it ends."""
    warm_up: bool = True
    goals: tuple[str, ...] = ()
    """Only callers who call for one of these; () for all of scripts.yaml."""
    url: str | None = None
    """Of a server that runs already; None: a private line."""
    config_path: Path = config.DEFAULT_CONFIG
    folder: Path = FOLDER
    json: Path | None = None
    html: Path | None = None
    compare: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


def bench(options: Options, progress: Progress) -> list[Report]:
    """Run what was asked for, print it, write it. Raises VoiceAgentError."""
    earlier = _earlier(options.compare)
    with _told_to_stop(), _line(options, progress) as line:
        reports = on_line(line, options, progress)
    tell(reports, options, earlier, progress.say)
    return reports


def on_line(line: Line, options: Options, progress: Progress, play: Script | None = None) -> list[Report]:
    """The runs alone, on a line that is open; `play`: what callers say, if not what scripts.yaml has."""
    origin_s = time.monotonic()
    play = script.only(play or script.load(), options.goals)
    with Callers(EARS, options.folder, origin_s) as callers, _console(line, callers.now_ms) as seen_ms:
        studio = Studio(options.folder / "spoken")
        runner = Bench(line, callers, studio, play, options.seed, progress, seen_ms)
        if options.warm_up:
            runner.warm_up()

        def rung(calls: int) -> Report:
            progress.say(f"\n{calls} calls at once for {options.seconds:.0f} s:")
            measured = runner.run(calls, options.seconds)
            return report.make(measured, options.seconds, options.seed, options.config_path)

        return ladder.climb(rung, options.calls) if options.ladder else [rung(options.calls)]


def tell(reports: Sequence[Report], options: Options, earlier: Report | None, say: Callable[[str], None]) -> None:
    """Print the reports, and write the files that were asked for."""
    say("")
    for line in table.lines(reports[-1]) if not options.ladder else table.ladder(reports, ladder.verdict(reports)):
        say(line)
    if earlier:
        say("")
        same = next((one for one in reports if one.calls == earlier.calls), reports[-1])
        for line in table.compared(earlier, same):
            say(line)
    if options.json:
        options.json.write_text(report.to_json(reports), encoding="utf-8")
        say(f"\nThe figures: {options.json}")
    if options.html:
        options.html.write_text(page.html(reports, ladder.verdict(reports) if options.ladder else ""), encoding="utf-8")
        say(f"The page: {options.html}")


@contextmanager
def _console(line: Line, now_ms: Callable[[], float]) -> Iterator[Callable[[str], float | None]]:
    """Tells when a case stood on a nurse's console; never, where nobody can sign in to one."""
    if line.nurse is None:
        yield lambda token: None
        return
    with Console(line.url, *line.nurse, now_ms) as console:
        yield console.seen_ms


def _earlier(path: Path | None) -> Report | None:
    """Read before the run, so that a wrong file is known at once."""
    return report.from_json(path.read_text(encoding="utf-8"), str(path))[-1] if path else None


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """SIGTERM and SIGHUP end a run as Ctrl-C does: what was measured is told, what was started is stopped."""
    before = {sign: signal.signal(sign, signal.default_int_handler) for sign in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


@contextmanager
def _line(options: Options, progress: Progress) -> Iterator[Line]:
    if options.url:
        with running_line(options.url, options.config_path, options.environ, progress) as line:
            yield line
    else:
        most = options.calls
        with private_line(options.folder, options.config_path, most, options.environ, progress) as line:
            yield line
