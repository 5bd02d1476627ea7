"""A part of the line is killed; the caller reaches a person, or is served on.

Over the real line: SIGKILL to Rasa, Redis or one of the server's processes in mid-call, calls while it is down, calls
once it is back.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator

import pytest
from whole_line import NOTICED_S, WORKERS, Line

from voice_agent.call.transfer import TransferStatus
from voice_agent.simulator.printing import line as shown
from voice_agent.simulator.run import CallResult
from voice_agent.simulator.timeline import Step, What

SILENCE_MS = 3000
"""The longest that a caller hears nothing between the failure and the wait for a person."""
DIAL_MS = 2500
"""A telephone that is being rung: the twin's nurse line answers after a second, then somebody says hello."""


@pytest.fixture
def mended(line: Line) -> Iterator[Line]:
    """The line; whatever the test killed is up again afterwards."""
    yield line
    line.mend()


def when_asked(words: str, action: Callable[[], None]) -> Callable[[Step], None]:
    """A listener that acts once, when the caller has heard `words`."""
    waiting = [action]

    def happened(step: Step) -> None:
        if step.what is What.HEARD and words in step.text and waiting:
            waiting.pop()()

    return happened


def as_expected(result: CallResult) -> CallResult:
    assert result.ok, "\n".join([*result.failures, *(shown(step) for step in result.steps)])
    return result


def longest_silence_ms(result: CallResult, until: What) -> int:
    """At the caller's ear, from the end of the last words said to us until the first step `until`."""
    own = [step for step in result.steps if step.call_id == result.call_id]
    end_ms = next(step.at_ms for step in own if step.what is until)
    said = [step for step in own if step.what is What.SAID and step.at_ms < end_ms][-1]
    quiet_since, longest = said.at_ms + (said.lasted_ms or 0), 0
    for step in own:
        if step.what is What.HEARD and said.at_ms < step.at_ms < end_ms:
            longest = max(longest, step.at_ms - quiet_since)
            quiet_since = max(quiet_since, step.at_ms + (step.lasted_ms or 0))
    return max(longest, end_ms - quiet_since)


def served(line: Line) -> None:
    """A call is answered from the dialog again."""
    as_expected(line.place("faq_hours"))


@pytest.mark.timeout(420)
def test_rasa_dies_and_comes_back(mended: Line) -> None:
    result = as_expected(mended.place("rasa_dies", when_asked("visit for", mended.kill_rasa)))
    assert mended.rasa.died()
    assert longest_silence_ms(result, What.ON_HOLD) <= SILENCE_MS
    transfer = mended.transfer(result.call_id)
    assert transfer is not None
    assert transfer.status in {TransferStatus.BRIDGED, TransferStatus.DONE}

    mended.wait_until_noticed()
    as_expected(mended.place("not_ready"))

    mended.mend()
    served(mended)


@pytest.mark.timeout(420)
def test_redis_dies_and_comes_back(mended: Line) -> None:
    result = as_expected(mended.place("redis_dies", when_asked("visit for", mended.kill_redis)))
    assert mended.redis.died()
    assert longest_silence_ms(result, What.BRIDGED) <= SILENCE_MS + DIAL_MS

    mended.wait_until_noticed()
    as_expected(mended.place("not_ready"))

    mended.mend()
    served(mended)


@pytest.mark.timeout(420)
def test_a_call_before_the_failure_is_noticed_reaches_the_nurse_line(mended: Line) -> None:
    """Readiness is asked for every few seconds; in between the webhook itself meets the dead Redis."""
    mended.kill_redis()
    as_expected(mended.place("not_ready"))


@pytest.mark.timeout(420)
def test_a_process_of_the_server_dies_and_another_goes_on_with_its_call(mended: Line) -> None:
    """A call in another process notices nothing."""
    before = set(mended.workers())
    callers: list[str] = []
    holders: list[int] = []
    beside: list[CallResult] = []
    second = threading.Thread(target=lambda: beside.append(mended.place("faq_hours")))

    def greeted(step: Step) -> None:
        """The first caller: let a second one ring. The second: kill the process that has the first."""
        if step.what is not What.HEARD or "help you" not in step.text or step.call_id in callers:
            return
        callers.append(step.call_id)
        busy = [pid for pid, calls in mended.workers().items() if calls]
        if len(callers) == 1:
            holders.extend(busy)
            second.start()
        elif len(callers) == 2:
            assert len(busy) == 2, "two calls, two processes"
            os.kill(holders[0], signal.SIGKILL)

    first = as_expected(mended.place("process_dies", greeted))
    second.join()
    (unharmed,) = beside
    assert streams(first) == 2, "a second one after the first had broken"
    assert streams(as_expected(unharmed)) == 1
    mended.server.wait_until(lambda: len(mended.workers()) == WORKERS, NOTICED_S)
    assert before - set(mended.workers()) == set(holders), "a new process is in its place"
    assert set(mended.workers().values()) == {0}, "and no place was lost"


@pytest.mark.timeout(420)
def test_a_reload_moves_calls_to_new_processes(mended: Line) -> None:
    """SIGHUP, as after an update: every process is replaced, and a live call goes on in a new one."""
    before = set(mended.workers())
    reload = when_asked("visit for", lambda: mended.server.process.send_signal(signal.SIGHUP))
    result = as_expected(mended.place("process_dies", reload))
    assert streams(result) == 2
    mended.server.wait_until(lambda: len(set(mended.workers()) - before) == WORKERS, NOTICED_S)
    mended.server.wait_until(lambda: set(mended.workers()).isdisjoint(before), NOTICED_S)
    assert set(mended.workers().values()) == {0}


def streams(result: CallResult) -> int:
    """How many media streams the caller's leg had."""
    own = [step for step in result.steps if step.call_id == result.call_id]
    return sum(step.what is What.STREAM and step.text == "opened" for step in own)
