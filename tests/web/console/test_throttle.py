"""The sign-in throttle counts by name and address, in a sliding window."""

from __future__ import annotations

from collections.abc import Callable

from voice_agent.fakes.store import InMemorySignInFailures
from voice_agent.web.console.throttle import PER_ADDRESS, PER_NAME, PER_NAME_AND_ADDRESS, WINDOW_S, LoginThrottle


def throttled(clock: Callable[[], float]) -> LoginThrottle:
    return LoginThrottle(InMemorySignInFailures(clock), clock)


def test_after_some_failures_one_waits_until_the_first_is_old() -> None:
    at = [0.0]
    throttle = throttled(lambda: at[0])
    for _ in range(PER_NAME_AND_ADDRESS):
        assert throttle.wait_s("kim", "10.0.0.1") == 0
        throttle.failed("kim", "10.0.0.1")
        at[0] += 10
    assert throttle.wait_s("kim", "10.0.0.1") == WINDOW_S - 10 * PER_NAME_AND_ADDRESS
    at[0] = WINDOW_S + 1
    assert throttle.wait_s("kim", "10.0.0.1") == 0


def test_one_address_does_not_lock_a_name_for_another() -> None:
    throttle = throttled(lambda: 0)
    for _ in range(PER_NAME_AND_ADDRESS):
        throttle.failed("kim", "10.0.0.1")
    assert throttle.wait_s("kim", "10.0.0.2") == 0
    assert throttle.wait_s("lee", "10.0.0.1") == 0


def test_guessing_many_names_or_from_many_addresses_is_stopped_as_well() -> None:
    throttle = throttled(lambda: 0)
    for number in range(PER_ADDRESS):
        throttle.failed(f"user{number}", "10.0.0.1")
    assert throttle.wait_s("somebody", "10.0.0.1") == WINDOW_S
    for number in range(PER_NAME):
        throttle.failed("kim", f"10.1.0.{number}")
    assert throttle.wait_s("kim", "10.2.0.1") == WINDOW_S


def test_a_success_forgets_the_slips_before_it() -> None:
    throttle = throttled(lambda: 0)
    for _ in range(PER_NAME_AND_ADDRESS - 1):
        throttle.failed("kim", "10.0.0.1")
    throttle.succeeded("kim", "10.0.0.1")
    for _ in range(PER_NAME_AND_ADDRESS - 1):
        throttle.failed("kim", "10.0.0.1")
    assert throttle.wait_s("kim", "10.0.0.1") == 0
