"""`voice-agent evaluate safety`, from its options to its files."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from voice_agent import config
from voice_agent.demo.progress import Progress
from voice_agent.evaluation import (
    calibration,
    documents,
    gate,
    line_under_test,
    page,
    report,
    sets,
    stress,
    table,
    tightening,
    whole_calls,
)
from voice_agent.evaluation.calibration import Calibration
from voice_agent.evaluation.cases import Part
from voice_agent.evaluation.figures import Figure
from voice_agent.evaluation.outcomes import Called, Judged
from voice_agent.evaluation.private_dialog import private_dialog
from voice_agent.evaluation.proportion import Proportion
from voice_agent.evaluation.report import CallReport, Report, SentenceReport, StressReport
from voice_agent.evaluation.sets import SafetySet
from voice_agent.evaluation.telephone import NOISE_DB, VOICES, Rendition, renditions
from voice_agent.evaluation.workers import EvaluationError, Worker, Workers, WorkerSettings

SAFETY: Final = config.PROJECT / "tests" / "safety"
SETS: Final = SAFETY / "sets"
FLOORS: Final = SAFETY / "floors.yaml"
KNOWN_MISSES: Final = SAFETY / "known_misses.yaml"
FOLDER: Final = config.PROJECT / ".run" / "evaluation"
SAMPLE: Final = 40
"""Sentences, spoken by the first voice, on which the gate holds hearing."""
SLACK: Final = 1
"""Sentences of the sample that may be heard otherwise on another machine: synthesisers and processors differ."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for."""

    sets: Path = SETS
    parts: tuple[Part, ...] = tuple(Part)
    spoken: bool = False
    calls: bool = False
    rules_only: bool = False
    limit: int | None = None
    """Renditions of the spoken part; None: all sentences by all voices."""
    gate: bool = False
    tighten: bool = False
    """Record what has become better."""
    json: Path | None = None
    html: Path | None = None
    docs: Path | None = None
    earlier: Path | None = None
    """What an earlier run wrote as JSON: shown and written out again instead of a new one."""
    processes: int = 1
    config_path: Path = config.DEFAULT_CONFIG
    dialogs: Path = config.DEFAULT_DIALOGS
    folder: Path = FOLDER
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


def safety(options: Options, progress: Progress) -> bool:
    """Run what was asked for, print it, write it; False when the gate is breached. Raises VoiceAgentError."""
    if (options.gate or options.tighten) and options.rules_only:
        raise EvaluationError("The gate is recorded for the whole line: leave out --rules-only.")
    if options.calls and options.dialogs.resolve() != config.DEFAULT_DIALOGS.resolve():
        raise EvaluationError("--calls runs the project's own dialogs/ in Rasa; leave out --dialogs.")
    loaded = [sets.load(options.sets, part) for part in options.parts]
    if options.earlier:
        told = report.from_json(options.earlier.read_text(encoding="utf-8"), str(options.earlier))
    else:
        told = _Run(options, progress).report(loaded)
    for line in table.lines(told):
        progress.say(line)
    _write(options, told, progress)
    if options.tighten:
        _tighten(told, progress)
    found = breaches(told, loaded, gate.load_floors(FLOORS), gate.load_misses(KNOWN_MISSES)) if options.gate else []
    for breach in found:
        progress.say(f"GATE: {breach}")
    if options.gate and not found:
        progress.say("\nThe gate holds.")
    return not found


def breaches(
    told: Report, loaded: Sequence[SafetySet], floors: gate.Floors, known: Sequence[gate.KnownMiss]
) -> list[str]:
    """All that the gate finds in a run, over what was run."""
    found: list[str] = []
    for one in loaded:
        for way, recorded in ((report.WRITTEN, floors.written), (report.RULES_ALONE, floors.rules_alone)):
            scored, bounds = told.of(one.part, way), recorded.get(one.part)
            if scored and bounds:
                found += gate.breaches(scored.figures, bounds, f"{one.part}, {way}")
        written = told.of(one.part, report.WRITTEN)
        if written and one.part is Part.LOCKED:
            found += gate.wrong_misses(written.missed, known, {sentence.id for sentence in one.sentences})
    if sample := told.of(Part.LOCKED, report.SAMPLED):
        found += gate.breaches(sample.figures, floors.spoken_sample, "spoken sample")
    if told.stress:
        found += gate.breaches([lowered(told.stress)], floors.stress, "stress")
    return found


def lowered(told: StressReport) -> Figure:
    """The stress as a figure."""
    return Figure("lowered", "Level lowered", told.all, "less urgent than alone", 0.0, more_is_better=False)


def sample(one: SafetySet) -> list[Rendition]:
    """What the gate listens to: few sentences by one voice."""
    return renditions(one.sentences, SAMPLE, VOICES[:1])


def _tighten(told: Report, progress: Progress) -> None:
    floors = gate.load_floors(FLOORS)
    floors = replace(
        floors,
        written=_tightened(told, report.WRITTEN, floors.written),
        rules_alone=_tightened(told, report.RULES_ALONE, floors.rules_alone),
    )
    if written := told.of(Part.LOCKED, report.WRITTEN):
        known = gate.load_misses(KNOWN_MISSES)
        tightening.write_misses(KNOWN_MISSES, tightening.still_missed(known, written.missed))
    if heard := told.of(Part.LOCKED, report.SAMPLED):
        floors = replace(floors, spoken_sample=tightening.tightened(floors.spoken_sample, heard.figures, SLACK))
    if told.stress:
        floors = replace(floors, stress=tightening.tightened(floors.stress, [lowered(told.stress)]))
    tightening.write_floors(FLOORS, floors)
    progress.say(f"Recorded what has become better: {FLOORS}, {KNOWN_MISSES}")


def _tightened(told: Report, way: str, known: Mapping[str, gate.Bounds]) -> dict[str, gate.Bounds]:
    scored = {part: told.of(part, way) for part in known}
    return {
        part: tightening.tightened(bounds, one.figures) if (one := scored[part]) else bounds
        for part, bounds in known.items()
    }


class _Run:
    """One run of the evaluation."""

    def __init__(self, options: Options, progress: Progress) -> None:
        self._options = options
        self._progress = progress
        self._settings = WorkerSettings(
            options.config_path, options.dialogs, options.rules_only, options.folder / "spoken"
        )
        self._workers = Workers(self._settings, options.processes, progress.say)

    def report(self, loaded: Sequence[SafetySet]) -> Report:
        """All that was asked for."""
        began = time.monotonic()
        line = line_under_test.load(
            self._options.config_path, self._options.dialogs, rules_only=self._options.rules_only
        )
        sentences: list[SentenceReport] = []
        calibrations: dict[str, Calibration] = {}
        missed: list[Judged] = []
        for one in loaded:
            judged = self._workers.all(f"{one.part}, written", Worker.calibrated, one.sentences)
            missed += [each for each in judged if each.sentence.flag and not each.heard.caught]
            way = report.WRITTEN if line.judge else report.RULES_ALONE
            sentences.append(report.of_sentences(one.part, way, "as text", judged, self._early(one)))
            if line.judge:
                rules = self._workers.all(f"{one.part}, {report.RULES_ALONE}", Worker.rules_alone, one.sentences)
                sentences.append(report.of_sentences(one.part, report.RULES_ALONE, "as text", rules))
            if told := calibration.of(judged):
                calibrations[one.part] = told
            if self._options.spoken:
                sentences.append(self._spoken(one))
            if (self._options.gate or self._options.tighten) and one.part is Part.LOCKED:
                heard = self._workers.all(report.SAMPLED, Worker.spoken, sample(one))
                conditions = f"{SAMPLE} sentences by {VOICES[0][0]}, for the gate"
                sentences.append(report.of_sentences(one.part, report.SAMPLED, conditions, heard))
        stressed = self._stress()
        calls = self._calls(line, loaded, missed) if self._options.calls else None
        return report.make(
            line.content.red_flags.version, line.meaning, time.monotonic() - began, sentences,
            calls=calls, stress=stressed, calibration=calibrations,
        )  # fmt: skip

    def _early(self, one: SafetySet) -> Proportion:
        harmless = [sentence for sentence in one.sentences if not sentence.flag]
        return Proportion.of(self._workers.all(f"{one.part}, word by word", Worker.fires_early, harmless))

    def _spoken(self, one: SafetySet) -> SentenceReport:
        drawn = renditions(one.sentences, self._options.limit)
        judged = self._workers.all(f"{one.part}, spoken", Worker.spoken, drawn)
        every = len(one.sentences) * len(VOICES)
        which = f"all {every}" if len(drawn) == every else f"{len(drawn)} of {every}"
        conditions = (
            f"{which} renditions by {len(VOICES)} synthetic voices, mu-law at 8 kHz, pink and white noise "
            f"{NOISE_DB:g} dB below the voice, heard by Vosk as a call hears"
        )
        return report.of_sentences(one.part, report.SPOKEN, conditions, judged)

    def _stress(self) -> StressReport | None:
        if not (self._options.sets / "stress.yaml").is_file():
            return None
        cases = sets.load_stress(self._options.sets)
        texts = list(dict.fromkeys([*(case.base for case in cases), *(case.text for case in cases)]))
        heard = dict(zip(texts, self._workers.all("stress", Worker.text, texts), strict=True))
        return report.of_stress(stress.judged(cases, heard))

    def _calls(
        self, line: line_under_test.LineUnderTest, loaded: Sequence[SafetySet], missed: Sequence[Judged]
    ) -> CallReport:
        cases = sets.load_vignettes(self._options.sets)
        hidden = [case for one in loaded for case in one.hidden]
        calls: list[Called] = []
        with private_dialog(
            line.settings, line.content, self._options.folder, self._options.environ, self._progress
        ) as dialog:
            with self._progress.step(f"{len(cases)} vignettes"):
                calls += [whole_calls.vignette(line, dialog, case) for case in cases]
            with self._progress.step(f"{len(hidden)} hidden emergencies"):
                calls += [whole_calls.hidden(line, dialog, case) for case in hidden]
            with self._progress.step(f"{len(missed)} emergencies that one sentence did not bring to light"):
                calls += [whole_calls.missed(line, dialog, one.sentence) for one in missed]
        return report.of_calls(calls)


def _write(options: Options, told: Report, progress: Progress) -> None:
    if options.json:
        options.json.write_text(report.to_json(told) + "\n", encoding="utf-8")
        progress.say(f"\nThe figures: {options.json}")
    if options.html:
        options.html.write_text(page.html(told), encoding="utf-8")
        progress.say(f"The page: {options.html}")
    if options.docs:
        documents.write(options.docs, told, gate.load_misses(KNOWN_MISSES))
        progress.say(f"The document: {options.docs}")
