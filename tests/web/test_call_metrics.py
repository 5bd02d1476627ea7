"""Conversation metrics: everything counted where it belongs, nobody named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from voice_agent.call.measurements import Counted, Interruption, Outcome, SecondEarOutcome, SecondEarTimes, TurnTimes
from voice_agent.call.replies import Listen
from voice_agent.web.call_metrics import CallMetrics

TURN = TurnTimes(
    Listen.YES_NO,
    endpoint_ms=1300,
    speech_ended_ms=1000,
    flushed_ms=1250,
    words_ms=1290,
    reply_ms=1360,
    first_frame_ms=1370,
)
RED_FLAG = TurnTimes(
    Listen.OPEN, endpoint_ms=1100, speech_ended_ms=1000, first_frame_ms=1150, transfer_ms=1100, red_flag=True
)


class Counters:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = CallMetrics(self.registry)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"voice_agent_{name}", labels)


@pytest.fixture
def counters() -> Iterator[Counters]:
    return Counters()


def test_a_turn_in_seconds_by_kind_of_question(counters: Counters) -> None:
    counters.metrics.take(TURN)
    assert counters.value("turns_total", kind="yes_no") == 1
    assert counters.value("platform_gap_seconds_sum", kind="yes_no") == pytest.approx(0.37)
    assert counters.value("endpoint_delay_seconds_sum", kind="yes_no") == pytest.approx(0.3)
    assert counters.value("recognition_seconds_sum") == pytest.approx(0.04)
    assert counters.value("dialog_seconds_sum") == pytest.approx(0.06)
    assert counters.value("first_sound_seconds_sum") == pytest.approx(0.01)
    assert counters.value("red_flag_transfer_seconds_count") == 0


def test_a_red_flag_is_a_kind_of_its_own(counters: Counters) -> None:
    counters.metrics.take(RED_FLAG)
    assert counters.value("platform_gap_seconds_sum", kind="red_flag") == pytest.approx(0.15)
    assert counters.value("red_flag_transfer_seconds_sum") == pytest.approx(0.1)
    assert counters.value("turns_total", kind="open") is None


def test_what_did_not_happen_is_not_observed(counters: Counters) -> None:
    counters.metrics.take(TurnTimes(Listen.DATE, endpoint_ms=1300))
    assert counters.value("turns_total", kind="date") == 1
    assert counters.value("platform_gap_seconds_count", kind="date") == 0
    assert counters.value("recognition_seconds_count") == 0


def test_interruptions_by_outcome(counters: Counters) -> None:
    counters.metrics.take(Interruption(Outcome.YIELDED, 1000, 1120))
    counters.metrics.take(Interruption(Outcome.YIELDED, None, 1120))
    counters.metrics.take(Interruption(Outcome.RESUMED, 1000, 1140))
    assert counters.value("interruptions_total", outcome="yielded") == 2
    assert counters.value("barge_in_seconds_count", outcome="yielded") == 1
    assert counters.value("barge_in_seconds_sum", outcome="resumed") == pytest.approx(0.14)


def test_every_count_has_a_counter(counters: Counters) -> None:
    for what in Counted:
        counters.metrics.take(what)
    counters.metrics.take(Counted.PARTIALS_SHED, 4)
    assert counters.value("no_inputs_total") == 1
    assert counters.value("no_matches_total") == 1
    assert counters.value("fillers_total") == 1
    assert counters.value("partials_shed_total") == 5
    assert counters.value("speculations_total", outcome="used") == 1
    assert counters.value("speculations_total", outcome="in_vain") == 1


def test_the_second_ear_by_outcome(counters: Counters) -> None:
    counters.metrics.take(SecondEarTimes(SecondEarOutcome.HEARD, 300, 120, 240, 2500))
    counters.metrics.take(SecondEarTimes(SecondEarOutcome.SHED, 5, 0))
    counters.metrics.take(SecondEarTimes(SecondEarOutcome.IN_VAIN, 400, None, 260, 1000))
    assert counters.value("second_ear_total", outcome="heard") == 1
    assert counters.value("second_ear_total", outcome="shed") == 1
    assert counters.value("second_ear_wait_seconds_count") == 2
    assert counters.value("second_ear_wait_seconds_sum") == pytest.approx(0.12)
    assert counters.value("second_ear_wait_seconds_bucket", le="0.001") == 1
    assert counters.value("second_ear_work_seconds_sum") == pytest.approx(0.5)
    assert counters.value("second_ear_answer_seconds_sum") == pytest.approx(0.705)


def test_how_far_calls_are_behind(counters: Counters) -> None:
    counters.metrics.behind(late_ms=12, backlog_ms=300)
    assert counters.value("loop_lateness_seconds_sum") == pytest.approx(0.012)
    assert counters.value("recognition_backlog_seconds_sum") == pytest.approx(0.3)


def test_labels_are_kinds_only(counters: Counters) -> None:
    counters.metrics.take(TURN)
    counters.metrics.take(RED_FLAG)
    counters.metrics.take(Interruption(Outcome.OVER, 1000, 1120))
    counters.metrics.take(SecondEarTimes(SecondEarOutcome.LATE, 600, 250, 500, 2500))
    values = {
        value for family in counters.registry.collect() for sample in family.samples for value in sample.labels.values()
    }
    kinds = {*Listen, *Outcome, *SecondEarOutcome, "red_flag", "used", "in_vain"}
    buckets = {value for value in values if value == "+Inf" or value.replace(".", "").isdigit()}
    assert values - buckets <= {str(kind) for kind in kinds}
    assert generate_latest(counters.registry)
