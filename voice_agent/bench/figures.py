"""The figures of a run: each with what it rests on, what is aimed at, and what it means in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from voice_agent.bench import judging
from voice_agent.bench.facts import CallFacts, Ended, Purpose
from voice_agent.bench.judging import Alarm, Disturbed, Interrupted, Outcome, Paused, Turn
from voice_agent.bench.measurement import Measurement, Sample
from voice_agent.bench.script import Asked
from voice_agent.bench.statistics import quantile, share, spread
from voice_agent.bench.targets import TARGETS

Unit = Literal["ms", "%", "MB", "calls", "count", "% of a core"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number."""

    name: str
    label: str
    value: float | None
    """In `unit`, shares as 0 to 1; None when nothing was there to measure."""
    unit: Unit
    n: int
    """Measurements that it rests on."""
    meaning: str
    target: float | None = None
    more_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target or a value."""
        if self.target is None or self.value is None:
            return None
        return self.value >= self.target if self.more_is_better else self.value <= self.target


@dataclass(frozen=True, slots=True)
class Judged:
    """Everything that was judged in the window of a run."""

    turns: tuple[Turn, ...]
    interruptions: tuple[Interrupted, ...]
    disturbances: tuple[Disturbed, ...]
    pauses: tuple[Paused, ...]
    alarms: tuple[Alarm, ...]
    alarms_over: tuple[bool, ...]
    """For each alarm, whether the bench ended the call, so that what is missing proves nothing."""
    needless_stops: int
    false_alarms: int
    holes: int
    sentences: int
    streams: int


def judged(measurement: Measurement) -> Judged:
    """Judge every call; what happened outside the window, while callers were still coming, is left out."""
    start, end = measurement.window_ms
    streams = [(fact, fact.stream) for fact in measurement.facts if fact.stream]
    alarms = [
        (alarm, fact.ended is Ended.BENCH_OVER)
        for fact, stream in streams
        for alarm in judging.alarms(stream, fact.nurse_rung_ms, fact.ended, fact.console_ms)
        if start <= alarm.at_ms <= end
    ]
    return Judged(
        turns=tuple(t for _, s in streams for t in judging.turns(s) if start <= t.at_ms <= end),
        interruptions=tuple(i for _, s in streams for i in judging.interruptions(s) if start <= i.at_ms <= end),
        disturbances=tuple(d for _, s in streams for d in judging.disturbances(s) if start <= d.at_ms <= end),
        pauses=tuple(p for _, s in streams for p in judging.pauses(s) if start <= p.at_ms <= end),
        alarms=tuple(alarm for alarm, _ in alarms),
        alarms_over=tuple(over for _, over in alarms),
        needless_stops=sum(judging.needless_stops(s) for _, s in streams),
        false_alarms=sum(judging.false_alarm(s) for _, s in streams),
        holes=sum(sentence.holes > 0 and not sentence.cut for _, s in streams for sentence in s.sentences),
        sentences=sum(len(s.sentences) for _, s in streams),
        streams=len(streams),
    )


def figures(measurement: Measurement) -> tuple[Figure, ...]:
    """All of them, in the order in which they are shown."""
    found = judged(measurement)
    made = [
        *_gaps(found),
        *_barge_in(found),
        *_listening(found),
        *_safety(found),
        *_calls(measurement.facts),
        *_lateness(measurement, found),
        *_resources(measurement),
    ]
    aims = {name: target.at(measurement.calls) for name, target in TARGETS.items()}
    return tuple(
        Figure(f.name, f.label, f.value, f.unit, f.n, f.meaning, aims.get(f.name), f.more_is_better) for f in made
    )


GAP: Final = "last speech frame of the caller's answer sent → first audible frame of the agent's reply received"


def _gaps(found: Judged) -> Iterator[Figure]:
    kinds: list[tuple[str, str, list[float]]] = [
        ("gap", "Platform gap, all ordinary questions", [t.gap_ms for t in found.turns if t.gap_ms is not None])
    ]
    for kind in Asked:
        if gaps := [t.gap_ms for t in found.turns if t.gap_ms is not None and t.asked == kind.value]:
            kinds.append((f"gap_{kind.value}", f"Platform gap, {kind.value.replace('_', '/')}", gaps))
    for name, label, gaps in kinds:
        yield from _times(name, label, gaps, GAP, ("p50", "p95", "p99"))
    fillers = sum(turn.filler for turn in found.turns)
    replies = sum(turn.gap_ms is not None for turn in found.turns)
    yield Figure(
        "fillers", "Replies that began with a filler", share(fillers, replies), "%", replies,
        'the first words after the caller\'s answer were "One moment."; the gap ends there',
    )  # fmt: skip


def _barge_in(found: Judged) -> Iterator[Figure]:
    stops = [one.stop_ms for one in found.interruptions if one.stop_ms is not None]
    meaning = "first speech frame of the interruption sent → end of the last agent frame played before the `clear`"
    yield from _times("barge_in", "Barge-in: onset to last sound heard", stops, meaning, ("p50", "p95"))
    trials = found.interruptions
    yield Figure(
        "yielded", "Real interruptions yielded to", share(sum(one.yielded for one in trials), len(trials)), "%",
        len(trials), "words meant for the agent, over a prompt with 1.5 s or more to go: a `clear` came by 1.5 s after "
        "their end", more_is_better=True,
    )  # fmt: skip
    disturbed = found.disturbances
    meaning = (
        "the sentence under way was played to its end, no silence of over 1 s came into it, and no "
        '"I did not understand" followed'
    )
    for name, label, some in (
        ("ignored", "Noises and backchannels ignored", disturbed),
        ("ignored_noises", "… noises alone", [d for d in disturbed if d.purpose is Purpose.NOISE]),
        ("ignored_backchannels", "… backchannels alone", [d for d in disturbed if d.purpose is Purpose.BACKCHANNEL]),
    ):
        yield Figure(
            name, label, share(sum(d.ignored for d in some), len(some)), "%", len(some), meaning, more_is_better=True
        )
    yield Figure(
        "needless_stops", "Prompts dropped without a sound of the caller", float(found.needless_stops), "count",
        found.sentences, "a `clear` with the caller silent for 2.5 s before and after: the agent heard its own echo",
    )  # fmt: skip


def _listening(found: Judged) -> Iterator[Figure]:
    meaning = "scripted pauses in open speech into which, or into the words after which, the agent began to speak"
    for name, label, some in (
        ("cut_off", "Cut off in a pause of at most 1 s", found.pauses),
        ("cut_off_going_on", "… words before it that sound as if more came", [p for p in found.pauses if p.goes_on]),
        ("cut_off_final", "… words before it that sound finished", [p for p in found.pauses if not p.goes_on]),
    ):
        yield Figure(name, label, share(sum(p.cut_off for p in some), len(some)), "%", len(some), meaning)
    told = [turn for turn in found.turns if turn.outcome is not Outcome.UNKNOWN]
    lost = sum(turn.outcome in {Outcome.NO_REPLY, Outcome.NOT_UNDERSTOOD} for turn in told)
    yield Figure(
        "words_lost", "Words lost", share(lost, len(told)), "%", len(told),
        'answers after which nothing came for 4 s, or "I did not understand" and the like came',
    )  # fmt: skip


def _safety(found: Judged) -> Iterator[Figure]:
    safe = [alarm.safety_ms for alarm in found.alarms if alarm.safety_ms is not None]
    rung = [alarm.nurse_ms for alarm in found.alarms if alarm.nurse_ms is not None]
    meaning = "last frame of the red-flag phrase sent → first audible frame of the safety sentence received"
    yield from _times("safety", "Red flag to safety sentence", safe, meaning, ("p50", "p95"))
    meaning = "last frame of the red-flag phrase sent → the order to ring a nurse arrived over REST"
    yield from _times("nurse", "Red flag to nurse ringing", rung, meaning, ("p50", "p95"))
    shown = [alarm.console_ms for alarm in found.alarms if alarm.console_ms is not None]
    meaning = "last frame of the red-flag phrase sent → a nurse's open page was told, and had fetched the queue with it"
    yield from _times("console", "Red flag to case on the console", shown, meaning, ("p50", "p95"))
    known = [a for a, over in zip(found.alarms, found.alarms_over, strict=True) if a.safety_ms is not None or not over]
    missed = sum(alarm.safety_ms is None for alarm in known)
    yield Figure(
        "flags_missed", "Red-flag phrases without a safety sentence", share(missed, len(known)), "%", len(known),
        "said in the call, and no safety sentence ever came",
    )  # fmt: skip
    yield Figure(
        "false_alarms", "Calls with a false alarm", float(found.false_alarms), "calls", found.streams,
        "a safety sentence although nothing alarming had been said",
    )  # fmt: skip


def _calls(facts: Sequence[CallFacts]) -> Iterator[Figure]:
    ends = Counter(fact.ended for fact in facts)
    over = [fact for fact in facts if fact.ended is not Ended.BENCH_OVER]
    expected = sum(fact.ended.value == fact.expected for fact in over)
    yield Figure(
        "as_expected", "Calls that ended as expected", share(expected, len(over)), "%", len(over),
        "the agent's goodbye, or a nurse after a red flag or a wish for a person; calls that the bench ended are left "
        "out", more_is_better=True,
    )  # fmt: skip
    yield Figure(
        "refused", "Calls sent to the nurse line at once", float(ends[Ended.REFUSED]), "calls", len(facts),
        "the voice webhook's answer was the nurse line: at capacity, or not ready",
    )  # fmt: skip
    broken = ends[Ended.FAILED] + ends[Ended.GAVE_UP] + ends[Ended.NURSE_LINE]
    yield Figure(
        "failed", "Calls that failed", float(broken), "calls", len(facts),
        "a socket or document failed, the caller lost patience, or the call went to the nurse line midway",
    )  # fmt: skip


def _lateness(measurement: Measurement, found: Judged) -> Iterator[Figure]:
    yield Figure(
        "holes", "Sentences with a hole", share(found.holes, found.sentences), "%", found.sentences,
        "the carrier's buffer ran dry in mid-sentence for 40 ms or more, although the caller was silent and no `clear` "
        "followed",
    )  # fmt: skip
    late = [ms for fact in measurement.facts if fact.stream for ms in fact.stream.late_ms]
    yield from _times(
        "bench_late", "The bench's own lateness", late,
        "how late our 20 ms clock ticked, the worst of each second and call: it adds to every figure above",
        ("p50", "p99"),
    )  # fmt: skip


def _resources(measurement: Measurement) -> Iterator[Figure]:
    samples = measurement.samples
    if len(samples) < 2:
        return
    start, end = measurement.window_ms
    inside = [sample for sample in samples[1:-1] if start <= sample.at_ms <= end] or list(samples[-1:])
    before, after = inside[0], inside[-1]
    lasted_s = (after.at_ms - before.at_ms) / 1000
    for part in ("server", "rasa", "redis", "callers", "twin"):
        if lasted_s > 0 and part in before.parts and part in after.parts:
            used = (after.parts[part].cpu_s - before.parts[part].cpu_s) / lasted_s
            yield Figure(
                f"cpu_{part}", f"CPU, {part}", used * 100, "% of a core", len(inside), "while all callers were there"
            )
    yield from _memory(measurement.calls, samples[0], inside, samples[-1])


def _memory(calls: int, idle: Sample, inside: Sequence[Sample], last: Sample) -> Iterator[Figure]:
    if "server" not in idle.parts:
        return
    memory = [sample.parts["server"].memory_mb for sample in inside if "server" in sample.parts]
    if not memory:
        return
    base = idle.parts["server"].memory_mb
    yield Figure(
        "memory_idle",
        "Memory of the server, before",
        base,
        "MB",
        1,
        "all its processes, shared pages once (PSS), after one call",
    )
    yield Figure(
        "memory_per_call", "Memory a call", (quantile(memory, 0.5) - base) / calls, "MB", len(memory),
        "memory of the server with all callers (median) minus before, divided by the callers",
    )  # fmt: skip
    fifth = max(1, len(memory) // 5)
    growth = quantile(memory[-fifth:], 0.5) - quantile(memory[:fifth], 0.5)
    yield Figure(
        "memory_growth", "Memory grown over the run", growth, "MB", len(memory),
        "median of the last fifth of the run minus that of the first fifth",
    )  # fmt: skip
    if "server" in last.parts:
        threads = last.parts["server"].threads - idle.parts["server"].threads
        handles = last.parts["server"].handles - idle.parts["server"].handles
        yield Figure(
            "threads_left", "Threads left over", float(threads), "count", 1, "of the server, after minus before"
        )
        yield Figure(
            "handles_left", "File handles left over", float(handles), "count", 1, "of the server, after minus before"
        )


def _times(name: str, label: str, values: Sequence[float], meaning: str, which: Sequence[str]) -> Iterator[Figure]:
    lies = spread(values)
    for point in which:
        value = getattr(lies, point) if lies else None
        yield Figure(f"{name}_{point}", f"{label}, {point}", value, "ms", len(values), meaning)
