"""Whole transfers through the twin: what the caller hears, and what goes on meanwhile.

`docs/make_transfer.py` writes them down second by second, `tests/test_transfer_stories.py` looks at how they end.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from transfer_server import NURSES
from transfer_stage import PASSES, TAKES, Act, Stage

from voice_agent.call.transfer import TransferStatus


def accepts_on_the_first_ring(stage: Stage) -> None:
    """The first nurse takes the call; they talk; the caller hangs up."""
    stage.nurse(0, TAKES)
    stage.calls()
    stage.wait_for_status(TransferStatus.BRIDGED)
    time.sleep(3)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def the_third_accepts(stage: Stage) -> None:
    """The first nurse passes the call on, the second does not answer, the third takes it."""
    stage.nurse(0, PASSES)
    stage.nurse(1, answers_after_s=None)
    stage.nurse(2, TAKES)
    stage.calls()
    stage.wait_for_status(TransferStatus.BRIDGED)
    time.sleep(2)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def nobody_accepts(stage: Stage) -> None:
    """One passes the call on, two do not answer: what to do now, and a call-back."""
    stage.nurse(0, PASSES)
    stage.nurse(1, answers_after_s=None)
    stage.nurse(2, answers_after_s=None)
    stage.calls()
    stage.wait_for_status(TransferStatus.UNANSWERED)
    stage.wait_for_end()


def hangs_up_while_it_rings(stage: Stage) -> None:
    """The nurse's telephone stops ringing, and a call-back is on the list."""
    stage.nurse(0, answers_after_s=None)
    stage.calls(("still calling a nurse", lambda phone: phone.hang_up()))
    stage.wait_for_status(TransferStatus.CALLER_GONE)
    stage.wait_for_end()


def the_line_to_the_nurse_is_lost(stage: Stage) -> None:
    """Soon after the bridge the nurse's telephone dies; the caller is told, and the next nurse is rung."""
    stage.nurse(0, TAKES)
    stage.nurse(1, TAKES)
    stage.calls()
    stage.wait_for_status(TransferStatus.BRIDGED)
    time.sleep(2)
    stage.note("the line of nurse 1 is lost")
    stage.hang_up(f"nurse {NURSES[0]}")
    stage.wait_for_words("the line to the nurse was lost")
    stage.wait_for_status(TransferStatus.BRIDGED)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def the_server_dies_while_it_rings(stage: Stage) -> None:
    """SIGKILL while a nurse's telephone rings; another process goes on."""
    stage.nurse(0, TAKES, answers_after_s=18)
    stage.servers.prepare()
    stage.calls()
    stage.wait_for_words("still calling a nurse")
    stage.note("the server is killed (SIGKILL)")
    stage.servers.replace()
    stage.note("another server is up")
    stage.wait_for_status(TransferStatus.BRIDGED)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def the_server_dies_while_they_talk(stage: Stage) -> None:
    """SIGKILL while caller and nurse talk: they hear nothing of it, and their end is noticed."""
    stage.nurse(0, TAKES)
    stage.servers.prepare()
    stage.calls()
    stage.wait_for_status(TransferStatus.BRIDGED)
    stage.note("the server is killed (SIGKILL)")
    stage.servers.replace()
    stage.note("another server is up")
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def redis_is_restarted(stage: Stage) -> None:
    """Redis is killed in mid-transfer, and comes back with what it had on disk."""
    stage.nurse(0, TAKES, answers_after_s=10)
    stage.calls()
    stage.wait_for_words("still calling a nurse")
    stage.note("Redis is killed (SIGKILL)")
    stage.redis.kill()
    stage.redis.start()
    stage.note("Redis is up again")
    stage.wait_for_status(TransferStatus.BRIDGED)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def asks_to_be_called_back(stage: Stage) -> None:
    """Who would rather not wait presses the star key, then 2: it is noted, with the time, and the ringing stops."""
    for place in range(len(NURSES)):
        stage.nurse(place, answers_after_s=None)
    stage.calls(_key("press the star key", "*"), _key("to be called back instead press 2", "2"))
    stage.wait_for_status(TransferStatus.CALLBACK_CHOSEN)
    stage.wait_for_end()


def says_that_a_call_back_would_do(stage: Stage) -> None:
    """The same by voice: who says so is asked, says yes, and is promised a call by the minute."""
    for place in range(len(NURSES)):
        stage.nurse(place, answers_after_s=None)
    stage.calls(
        ("say call me back", lambda phone: phone.say("please call me back")),
        ("go on waiting press 1", lambda phone: phone.say("yes")),
    )
    stage.wait_for_status(TransferStatus.CALLBACK_CHOSEN)
    stage.wait_for_end()


def says_that_it_is_not_right(stage: Stage) -> None:
    """What the nurse is told is read back; who does not agree presses the star key, then 3, and the nurse hears so."""
    stage.nurse(0, answers_after_s=None)
    stage.nurse(1, TAKES, answers_after_s=8)
    stage.calls(_key("if that is not right say so or press the star key", "*"), _key("is not right press 3", "3"))
    stage.wait_for_status(TransferStatus.BRIDGED)
    time.sleep(2)
    stage.hang_up("caller")
    stage.wait_for_status(TransferStatus.DONE)
    stage.wait_for_end()


def _key(words: str, key: str) -> Act:
    return words, lambda phone: phone.press(key)


Story = Callable[[Stage], None]
STORIES: tuple[Story, ...] = (
    accepts_on_the_first_ring,
    the_third_accepts,
    nobody_accepts,
    hangs_up_while_it_rings,
    asks_to_be_called_back,
    says_that_a_call_back_would_do,
    says_that_it_is_not_right,
    the_line_to_the_nurse_is_lost,
    the_server_dies_while_it_rings,
    the_server_dies_while_they_talk,
    redis_is_restarted,
)
