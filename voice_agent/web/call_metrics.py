"""How the conversations go: times and counts of turns, for Prometheus.

Times are in seconds. Labels are kinds of questions and of ends, never a person, a call or a word.
"""

from __future__ import annotations

from typing import Final, assert_never

from prometheus_client import CollectorRegistry, Counter, Histogram

from voice_agent.call.measurements import Counted, Interruption, Measurement, SecondEarTimes, TurnTimes

ANSWER_S: Final = (0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0)
"""Close together around the targets: 280 to 900 ms."""
WORK_S: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 4.0)
STOP_S: Final = (0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.5, 1.0)
WAIT_S: Final = (0.001, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0)
"""The first is for turns that did not wait."""
BEHIND_S: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)
RED_FLAG: Final = "red_flag"
"""In place of the kind of question: the turn was made by a red flag, not by an answer."""


class CallMetrics:
    """What all calls have in common, added up."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def histogram(name: str, tells: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"voice_agent_{name}_seconds", tells, labels, buckets=buckets, registry=registry)

        def counter(name: str, tells: str, *labels: str) -> Counter:
            return Counter(f"voice_agent_{name}_total", tells, labels, registry=registry)

        self._gap = histogram(
            "platform_gap", "The caller's last sound to our first, by kind of question.", ANSWER_S, "kind"
        )
        self._endpoint = histogram(
            "endpoint_delay", "The caller's last sound to the end of the utterance, by kind.", ANSWER_S, "kind"
        )
        self._recognition = histogram("recognition", "The recogniser's flush to its words.", WORK_S)
        self._dialog = histogram("dialog", "The end of the utterance to the dialog's reply.", WORK_S)
        self._first_sound = histogram("first_sound", "Knowing what to say to the first frame of it.", WORK_S)
        self._barge_in = histogram(
            "barge_in", "A sound over a prompt to our falling silent, by how it ended.", STOP_S, "outcome"
        )
        self._red_flag = histogram("red_flag_transfer", "The end of red-flag words to the nurse's order.", ANSWER_S)
        self._hearings = counter("second_ear", "Utterances that the second ear was to hear, by outcome.", "outcome")
        self._second_wait = histogram("second_ear_wait", "The end of a turn to its second hearing.", WAIT_S)
        self._second_answer = histogram("second_ear_answer", "The order to the second ear to its answer.", WORK_S)
        self._second_work = histogram("second_ear_work", "What a second hearing costs.", WORK_S)
        self._lateness = histogram("loop_lateness", "By how much call loops run late, worst of 200 ms.", BEHIND_S)
        self._backlog = histogram("recognition_backlog", "Sound that waits to be recognised, same.", BEHIND_S)
        self._turns = counter("turns", "Turns of callers, by kind of question.", "kind")
        self._interruptions = counter("interruptions", "Sounds of callers over our prompts, by outcome.", "outcome")
        self._counts = {
            Counted.NO_INPUT: counter("no_inputs", "Questions that were met with silence."),
            Counted.NO_MATCH: counter("no_matches", "Answers that meant nothing to us."),
            Counted.FILLER: counter("fillers", "Waits that were covered with a word."),
            Counted.PARTIALS_SHED: counter("partials_shed", "Partial results given up because of load."),
        }
        speculations = counter("speculations", "Replies prepared while the caller might still speak.", "outcome")
        self._counts[Counted.SPECULATION_USED] = speculations.labels("used")
        self._counts[Counted.SPECULATION_IN_VAIN] = speculations.labels("in_vain")

    def take(self, measured: Measurement, times: int = 1) -> None:
        """Add one measurement; a count as often as `times` says."""
        match measured:
            case TurnTimes():
                self._turn(measured)
            case Interruption():
                self._interruptions.labels(str(measured.outcome)).inc()
                _observe(self._barge_in.labels(str(measured.outcome)), measured.barge_in_ms)
            case SecondEarTimes():
                self._hearings.labels(str(measured.outcome)).inc()
                _observe(self._second_wait, measured.waited_ms)
                _observe(self._second_answer, measured.answered_ms)
                _observe(self._second_work, measured.work_ms)
            case Counted():
                self._counts[measured].inc(times)
            case _:
                assert_never(measured)

    def behind(self, late_ms: float, backlog_ms: float) -> None:
        """How far one call is behind."""
        _observe(self._lateness, late_ms)
        _observe(self._backlog, backlog_ms)

    def _turn(self, turn: TurnTimes) -> None:
        kind = RED_FLAG if turn.red_flag else str(turn.kind)
        self._turns.labels(kind).inc()
        _observe(self._gap.labels(kind), turn.platform_gap_ms)
        _observe(self._endpoint.labels(kind), turn.endpoint_delay_ms)
        _observe(self._recognition, turn.recognition_ms)
        _observe(self._dialog, turn.dialog_ms)
        _observe(self._first_sound, turn.synthesis_ms)
        _observe(self._red_flag, turn.red_flag_ms)


def _observe(histogram: Histogram, ms: float | None) -> None:
    if ms is not None:
        histogram.observe(ms / 1000)
