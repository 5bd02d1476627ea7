"""Silence stays out; nothing said does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice_agent.audio.frames import AudioFrame
from voice_agent.audio.silence_gate import SilenceGate


def through(gate: SilenceGate, attentive: list[bool], from_ms: int = 0) -> list[list[int]]:
    """For each frame, the times of the frames that go through with it."""
    return [
        [frame.at_ms for frame in gate.passed(AudioFrame(b"", from_ms + 20 * place), attentive=attends)]
        for place, attends in enumerate(attentive)
    ]


def test_silence_does_not_go_through() -> None:
    assert through(SilenceGate(), [False] * 500) == [[]] * 500


def test_the_sound_before_speech_goes_first() -> None:
    gate = SilenceGate(pre_roll_ms=60)
    assert through(gate, [False] * 5 + [True, True]) == [[]] * 5 + [[40, 60, 80, 100], [120]]


def test_a_call_that_begins_with_speech_loses_nothing() -> None:
    assert through(SilenceGate(), [True, True]) == [[0], [20]]


def test_the_silence_after_speech_goes_through_for_a_while() -> None:
    gate = SilenceGate(pre_roll_ms=0, hangover_ms=60)
    assert through(gate, [True] + [False] * 5) == [[0], [20], [40], [60], [], []]


def test_a_short_pause_does_not_close_the_gate() -> None:
    gate = SilenceGate(hangover_ms=60)
    assert through(gate, [True, False, False, True, False, False, False, False])[-2:] == [[120], []]


def test_a_flush_in_silence_closes_it_at_once() -> None:
    gate = SilenceGate(hangover_ms=400)
    through(gate, [True, False])
    gate.flushed()
    assert through(gate, [False, False, True], from_ms=40) == [[], [], [40, 60, 80]]


def test_a_flush_in_mid_speech_leaves_it_open() -> None:
    gate = SilenceGate()
    through(gate, [True, True])
    gate.flushed()
    assert through(gate, [False], from_ms=40) == [[40]]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=200), st.integers(0, 20), st.integers(0, 20))
def test_frames_go_through_once_in_order_and_all_that_is_attended_to(
    line: list[tuple[bool, bool]], pre_roll: int, hangover: int
) -> None:
    """Whatever happens: what was attended to goes through, with all of its pre-roll that had not gone before."""
    gate = SilenceGate(20 * pre_roll, 20 * hangover)
    passed: list[int] = []
    for place, (attends, flush) in enumerate(line):
        passed += [frame.at_ms // 20 for frame in gate.passed(AudioFrame(b"", 20 * place), attentive=attends)]
        if flush:
            gate.flushed()
    assert passed == sorted(set(passed))
    for place, (attends, _) in enumerate(line):
        if attends:
            assert set(range(max(0, place - pre_roll), place + 1)) <= set(passed)
