"""Numbers typed key by key."""

from __future__ import annotations

from voice_agent.call.keypad import Keypad


def test_a_number_ends_with_hash() -> None:
    keys = Keypad(2500)
    assert keys.press("4", 0) is None
    assert keys.press("2", 300) is None
    assert keys.busy
    assert keys.press("#", 600) == "42"
    assert not keys.busy


def test_a_number_ends_with_a_pause_counted_from_its_last_key() -> None:
    keys = Keypad(2500)
    keys.press("4", 0)
    keys.press("2", 2000)
    assert keys.pause(4400) is None
    assert keys.pause(4500) == "42"
    assert keys.pause(9000) is None


def test_hash_alone_is_no_number() -> None:
    assert Keypad(2500).press("#", 0) is None
