"""One run: N callers on a line for some time."""

from __future__ import annotations

import itertools
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from voice_agent.bench import cast, process_table, server_metrics
from voice_agent.bench.callers import Callers
from voice_agent.bench.cast import Role
from voice_agent.bench.exchange import Exchange
from voice_agent.bench.facts import CallFacts, Sentence
from voice_agent.bench.lines import Line
from voice_agent.bench.measurement import Measurement, Sample
from voice_agent.bench.pulse import Pulse
from voice_agent.bench.script import Script
from voice_agent.bench.sounds import Studio
from voice_agent.demo.progress import Progress

RAMP_MS_A_CALL: Final = 400.0
LONGEST_RAMP_MS: Final = 15_000.0
SHORTEST_CALL_S: Final = 25.0
"""How many callers to have ready; should a run need more, they are made ready as they call."""
BETWEEN_CALLS_S: Final = 1.0
SAMPLE_S: Final = 2.0
SETTLE_S: Final = 3.0
UNDERSTAND_S: Final = 60.0
RENDERERS: Final = 2
WARM_UP_S: Final = 40.0


class Bench:
    """A line, a cast and the callers' process, for one run after another."""

    def __init__(
        self,
        line: Line,
        callers: Callers,
        studio: Studio,
        script: Script,
        seed: int,
        progress: Progress,
        seen_ms: Callable[[str], float | None],
    ) -> None:
        """`studio` renders into the folder that the callers' process reads; `seen_ms` looks at the console."""
        self._line, self._callers, self._studio = line, callers, studio
        self._script, self._seed, self._progress = script, seed, progress
        self._exchange = Exchange(line.twin, callers, line.nurses, line.nurse_line, seen_ms)
        self._numbers = itertools.count(1)
        self._over = threading.Event()

    def stop(self) -> None:
        """End the run that is under way: every caller hangs up."""
        self._over.set()

    def warm_up(self) -> None:
        """One call that counts for nothing: what the server does only once is done."""
        role = replace(next(self._roles()), greeting=(), prompts=(), opening="what are your opening hours")
        self._make_ready([role])
        until = time.monotonic() + WARM_UP_S
        with self._progress.step("One call to warm up"):
            self._call(role, lambda: time.monotonic() > until or self._over.is_set())
            self._exchange.settle()

    def run(self, calls: int, seconds: float) -> Measurement:
        """`calls` callers at once for `seconds` (after the last of them has come). Ctrl-C ends it early, and tells."""
        planned = list(itertools.islice(self._roles(), calls * (1 + math.ceil(seconds / SHORTEST_CALL_S))))
        self._make_ready(planned)
        waiting = itertools.chain(planned, itertools.islice(self._roles(), len(planned), None))
        pulse = Pulse(self._progress, calls, self._callers)
        before = server_metrics.read(self._line.url)
        samples = [self._sample(0)]
        began_ms = self._callers.now_ms()
        ramp_ms = min(LONGEST_RAMP_MS, RAMP_MS_A_CALL * (calls - 1))
        self._over.clear()
        interrupted = False
        facts: list[CallFacts] = []
        place = _Places(waiting, facts, self._call, self._over)
        threads = [
            threading.Thread(target=place.hold, args=(ramp_ms * slot / max(1, calls - 1) / 1000,), daemon=True)
            for slot in range(calls)
        ]
        until = time.monotonic() + ramp_ms / 1000 + seconds
        try:
            for thread in threads:
                thread.start()
            while time.monotonic() < until and not self._over.is_set():
                self._over.wait(min(SAMPLE_S, max(0.0, until - time.monotonic())))
                samples.append(self._sample(pulse.live))
                pulse.beat(until - time.monotonic())
        except KeyboardInterrupt:
            interrupted = True
        ended_ms = self._callers.now_ms()
        self._over.set()
        for thread in threads:
            thread.join()
        self._exchange.settle()
        time.sleep(SETTLE_S)
        samples.append(self._sample(0))
        with self._progress.step("Understanding what nobody waited for"):
            self._callers.understand_rest(UNDERSTAND_S)
        after = server_metrics.read(self._line.url)
        return Measurement(
            calls=calls,
            window_ms=(began_ms + ramp_ms, ended_ms),
            facts=tuple(_understood(sorted(facts, key=lambda one: one.placed_ms), self._callers.texts)),
            samples=tuple(samples),
            histograms=server_metrics.between(before, after),
            counters=server_metrics.counted(before, after),
            interrupted=interrupted,
        )

    def _roles(self) -> Iterator[Role]:
        return cast.roles(self._script, self._seed)

    def _make_ready(self, roles: Sequence[Role]) -> None:
        """Everything that they may say is rendered and in the callers' process."""
        wanted = {(role.voice, role.pace, line) for role in roles for line in role.lines}
        with (
            self._progress.step(f"Rendering what {len(roles)} callers may say"),
            ThreadPoolExecutor(RENDERERS, thread_name_prefix="render") as pool,
        ):
            for _ in pool.map(lambda one: self._studio.render(*one), sorted(wanted)):
                pass
            self._callers.prepare(roles)

    def _call(self, role: Role, over: Callable[[], bool]) -> CallFacts:
        number = f"+1555{next(self._numbers) % 10**7:07d}"
        return self._exchange.call(role, number, over)

    def _sample(self, live: int) -> Sample:
        parts = {}
        for name, port in self._line.ports.items():
            if pids := process_table.with_children(process_table.listening_on(port)) if port else frozenset():
                parts[name] = process_table.usage(pids - {os.getpid()})
        parts["callers"] = process_table.usage({self._callers.pid})
        parts["twin"] = process_table.usage({os.getpid()})
        return Sample(self._callers.now_ms(), live, parts)


class _Places:
    """Each place is held by one caller after another until the run is over."""

    def __init__(
        self,
        roles: Iterator[Role],
        facts: list[CallFacts],
        call: Callable[[Role, Callable[[], bool]], CallFacts],
        over: threading.Event,
    ) -> None:
        self._roles, self._facts, self._call, self._over = roles, facts, call, over
        self._lock = threading.Lock()

    def hold(self, after_s: float) -> None:
        pause_s = after_s
        while not self._over.wait(pause_s):
            with self._lock:
                role = next(self._roles)
            fact = self._call(role, self._over.is_set)
            with self._lock:
                self._facts.append(fact)
            pause_s = BETWEEN_CALLS_S


def _understood(facts: Sequence[CallFacts], texts: dict[str, str]) -> Iterator[CallFacts]:
    """With the words that were found out after the call."""

    def told(sentence: Sentence) -> Sentence:
        return replace(sentence, text=sentence.text or texts.get(sentence.key, ""))

    for fact in facts:
        if fact.stream is None:
            yield fact
        else:
            sentences = tuple(told(sentence) for sentence in fact.stream.sentences)
            yield replace(fact, stream=replace(fact.stream, sentences=sentences))
