"""Our own voice, come back from the caller's telephone."""

from __future__ import annotations

from voice_agent.audio.echo import NEAR_MS, WINDOW_MS, EchoGuard


def test_what_is_much_softer_than_what_we_just_said_is_ours() -> None:
    guard = EchoGuard(loss_db=18)
    guard.sent(-20, 1000)
    assert guard.is_ours(-45, 1120)
    assert guard.is_ours(-39, 1140)


def test_a_caller_who_speaks_over_us_is_louder() -> None:
    guard = EchoGuard(loss_db=18)
    guard.sent(-20, 1000)
    assert not guard.is_ours(-30, 1100)


def test_the_soft_parts_of_her_words_are_hers_as_well() -> None:
    guard = EchoGuard(loss_db=18)
    guard.sent(-20, 1000)
    guard.is_ours(-30, 1000)
    soft = [guard.is_ours(-50, 1000 + after) for after in range(20, NEAR_MS + 40, 20)]
    assert soft == [False] * (len(soft) - 2) + [True, True]


def test_in_our_silence_the_softest_caller_is_heard() -> None:
    guard = EchoGuard()
    assert not guard.is_ours(-60, 0)
    guard.sent(-20, 1000)
    assert guard.is_ours(-60, 1000 + WINDOW_MS)
    assert not guard.is_ours(-60, 1020 + WINDOW_MS)


def test_the_loudest_of_what_we_said_counts() -> None:
    guard = EchoGuard(loss_db=18)
    for at_ms, level_dbfs in ((1000, -20), (1020, -50), (1040, -40), (1060, -60)):
        guard.sent(level_dbfs, at_ms)
    assert guard.is_ours(-45, 1100)
    assert not guard.is_ours(-45, 1000 + WINDOW_MS + 20), "by now only what we said at -40 dB can echo"


def test_it_can_be_turned_off() -> None:
    guard = EchoGuard(loss_db=0)
    guard.sent(-20, 1000)
    assert not guard.is_ours(-90, 1000)
