"""The line's clock: audio time between frames, and while frames wait."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice_agent.call.line_clock import LineClock


def test_between_frames_time_goes_on() -> None:
    clock = LineClock()
    clock.frame(20, 5020.0)
    assert clock.at(5020.0) == 20
    assert clock.at(5027.4) == 27


def test_before_the_first_frame_it_is_zero() -> None:
    assert LineClock().at(12345.0) == 0


def test_frames_that_come_late_do_not_hide_that_the_caller_waits() -> None:
    """Half a second of frames waits unprocessed: the caller is half a second further than the frame at hand."""
    clock = LineClock()
    for at_ms in range(20, 1020, 20):
        clock.frame(at_ms, 5000.0 + at_ms)
    clock.frame(1020, 5000.0 + 1520)
    assert clock.at(5000.0 + 1520) == 1520


def test_a_stream_that_begins_with_a_burst_is_measured_by_its_quickest_frame() -> None:
    clock = LineClock()
    for at_ms in (20, 40, 60, 80, 100):
        clock.frame(at_ms, 5100.0)
    assert clock.at(5100.0) == 100
    clock.frame(120, 5120.0)
    assert clock.at(5120.0) == 120


def test_a_carriers_slow_clock_is_followed() -> None:
    """50 millionths slower than ours: after 20 minutes it would be 60 ms off."""
    clock = LineClock()
    for at_ms in range(20, 1_200_000, 20):
        clock.frame(at_ms, at_ms * 1.00005)
    assert clock.at(at_ms * 1.00005) - at_ms <= 1


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 500)), min_size=1))
def test_it_never_runs_backwards_and_never_before_the_last_frame(steps: list[tuple[int, int]]) -> None:
    clock, at_ms, wall_ms, last = LineClock(), 0, 1000.0, 0
    for heard, passed in steps:
        at_ms, wall_ms = at_ms + heard, wall_ms + passed
        clock.frame(at_ms, wall_ms)
        now = clock.at(wall_ms)
        assert now >= max(at_ms, last)
        last = now
