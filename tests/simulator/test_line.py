"""Bad days of the network."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice_agent.simulator.line import Line, LineQuality


def carried(quality: LineQuality, frames: int) -> list[list[int]]:
    """For each tick, the times of the frames that arrived then."""
    line = Line(quality)
    return [[when for when, _ in line.carry(tick * 20, bytes([tick % 256]))] for tick in range(frames)]


def test_a_good_line_delivers_at_once() -> None:
    assert carried(LineQuality(), 4) == [[0], [20], [40], [60]]


def test_bursts() -> None:
    assert carried(LineQuality(burst_ms=60), 6) == [[], [], [0, 20, 40], [], [], [60, 80, 100]]


def test_a_dead_line_loses_what_is_said() -> None:
    assert carried(LineQuality(dead_after_s=0.04, dead_for_s=0.04), 6) == [[0], [20], [], [], [80], [100]]


def test_a_line_knows_that_it_died() -> None:
    line = Line(LineQuality(dead_after_s=0.04, dead_for_s=0.02))
    died = []
    for at_ms in (0, 20, 40, 60):
        line.carry(at_ms, b"")
        died.append(line.died)
    assert died == [False, False, True, True]


@given(st.integers(0, 200), st.integers(0, 200))
def test_jitter_never_reorders_or_loses(jitter_ms: int, burst_ms: int) -> None:
    arrived = carried(LineQuality(jitter_ms=jitter_ms, burst_ms=burst_ms), 60)
    times = [when for tick in arrived for when in tick]
    assert times == list(range(0, 20 * len(times), 20))
    assert len(times) >= 60 - (jitter_ms + burst_ms) // 20 - 2
    assert all(when <= tick * 20 for tick, whens in enumerate(arrived) for when in whens)


def test_the_socket_breaks_in_time() -> None:
    line = Line(LineQuality(drops_socket_after_s=1.0))
    assert not line.breaks(980)
    assert line.breaks(1000)
    assert not Line(LineQuality()).breaks(10**9)
