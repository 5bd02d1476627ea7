"""Many sentences over several processes, in order."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

from voice_agent.errors import VoiceAgentError
from voice_agent.evaluation import heard_sound, line_under_test, written
from voice_agent.evaluation.cases import Sentence
from voice_agent.evaluation.heard_sound import Ears
from voice_agent.evaluation.line_under_test import LineUnderTest
from voice_agent.evaluation.outcomes import Heard, Judged
from voice_agent.evaluation.telephone import Booth, Rendition
from voice_agent.speech.recognizer import SecondEarKind, VoskRecognizers
from voice_agent.speech.second_ear import MoonshineEar
from voice_agent.speech.voice_activity import SileroVoiceActivity
from voice_agent.wiring import always_understood

TELL_EVERY_S: Final = 10.0
CHUNKS_EACH: Final = 40
J = TypeVar("J")
R = TypeVar("R")


class EvaluationError(VoiceAgentError):
    """The evaluation could not be carried out."""

    code = "evaluation"


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker process needs to know to build its line."""

    config_path: Path
    dialogs: Path
    rules_only: bool
    sounds: Path
    """Where spoken sentences are kept."""


@dataclass
class Worker:
    """The line of one process."""

    settings: WorkerSettings
    line: LineUnderTest = field(init=False)
    rules: LineUnderTest = field(init=False)
    """The same without a second opinion."""

    def __post_init__(self) -> None:
        told = self.settings
        self.line = line_under_test.load(told.config_path, told.dialogs, rules_only=told.rules_only)
        self.rules = replace(self.line, rules_only=True)
        self._booth = Booth(told.sounds)
        self._ears = ears(self.line)

    def written(self, sentence: Sentence) -> Judged:
        """By text."""
        return Judged(sentence, written.heard_as_text(self.line, sentence.text))

    def calibrated(self, sentence: Sentence) -> Judged:
        """By text, with the probability that the model of meaning gives."""
        return Judged(sentence, self.line.with_probability(written.heard_as_text(self.line, sentence.text)))

    def rules_alone(self, sentence: Sentence) -> Judged:
        """By text, without a second opinion."""
        return Judged(sentence, written.heard_as_text(self.rules, sentence.text))

    def text(self, said: str) -> Heard:
        """Any words, by text."""
        return written.heard_as_text(self.line, said)

    def fires_early(self, sentence: Sentence) -> bool:
        """As partials only."""
        return written.fires_early(self.line, sentence.text)

    def spoken(self, rendition: Rendition) -> Judged:
        """By sound."""
        heard = heard_sound.heard_as_sound(self.line, self._booth.line_sound(rendition), self._ears)
        return Judged(rendition.sentence, heard, rendition.spoken)


def ears(line: LineUnderTest) -> Ears:
    """Those of a call, as configured; the second one where it can listen."""
    settings = line.settings
    second = MoonshineEar() if settings.recognizer.second_ear is SecondEarKind.MOONSHINE else None
    return Ears(
        VoskRecognizers(settings.recognizer, always_understood(line.content)),
        lambda: SileroVoiceActivity(settings.voice_activity),
        second if second and second.check() is None else None,
    )


_worker: list[Worker] = []
"""This process's own, in a child."""


class Workers:
    """Some processes, each with a line of its own; a single one works in this process."""

    def __init__(self, settings: WorkerSettings, processes: int, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._processes = processes
        self._say = say
        self._own: Worker | None = None

    def all(self, name: str, work: Callable[[Worker, J], R], jobs: Sequence[J]) -> list[R]:
        """`work` on every job, in order; tells how far it is. Raises VoiceAgentError of the first that failed."""
        told = _Told(name, len(jobs), self._say)
        if self._processes == 1 or len(jobs) < 2 * self._processes:
            self._own = self._own or Worker(self._settings)
            done = []
            for job in jobs:
                done.append(work(self._own, job))
                told.step()
            return done
        return self._shared(work, jobs, told)

    def _shared(self, work: Callable[[Worker, J], R], jobs: Sequence[J], told: _Told) -> list[R]:
        # Not forked: recognisers and networks do not survive it.
        context = multiprocessing.get_context("spawn")
        size = max(1, min(20, len(jobs) // (self._processes * CHUNKS_EACH)))
        done: list[R] = []
        try:
            with ProcessPoolExecutor(self._processes, context, _begin, (self._settings,)) as pool:
                for result in pool.map(_do, [work] * len(jobs), jobs, chunksize=size):
                    done.append(result)
                    told.step()
        except BrokenProcessPool as error:
            raise EvaluationError(
                f"A process of the evaluation was ended from outside after {len(done)} of {len(jobs)}: too little "
                "memory? Try --processes 1."
            ) from error
        return done


def _begin(settings: WorkerSettings) -> None:
    _worker.append(Worker(settings))


def _do(work: Callable[[Worker, J], R], job: J) -> R:
    return work(_worker[0], job)


class _Told:
    """Says how far a long piece of work is, and how long it will take."""

    def __init__(self, name: str, total: int, say: Callable[[str], None]) -> None:
        self._name = name
        self._total = total
        self._say = say
        self._done = 0
        self._began = self._last = time.monotonic()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if self._done == self._total:
            self._say(f"  {self._name}: {self._total} in {now - self._began:.0f} s")
        elif now - self._last >= TELL_EVERY_S:
            self._last = now
            left_s = (now - self._began) / self._done * (self._total - self._done)
            self._say(f"  {self._name}: {self._done} of {self._total}, about {left(left_s)} to go")


def left(seconds: float) -> str:
    """Time to go, for a person."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
