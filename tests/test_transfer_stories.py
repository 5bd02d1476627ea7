"""Whole transfers over real webhooks, Redis and a server process that may be killed, and how each of them ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import transfer_stories as stories
from transfer_server import NURSES, ZONE
from transfer_stage import Told, play

from voice_agent.call.transfer import TransferStatus
from voice_agent.simulator.ears import plain
from voice_agent.web.console.times import clock

PAGE = Path(__file__).resolve().parents[1] / "docs" / "transfer.md"
AT_ONCE = 4
"""Stories mostly wait."""
LONGEST_SILENCE_S = 20
"""Between two sentences in the wait: 12 s of quiet, and a slow machine."""
LAST_WORDS = 4
ROW = re.compile(r"^\| \d+:\d\d \| caller \| (.+) \|$", re.MULTILINE)
TIME = re.compile(r"\d+:\d\d [AP]M")
pytestmark = pytest.mark.timeout(900)
Stories = dict[stories.Story, Future[Told]]


@pytest.fixture(scope="module")
def told() -> Iterator[Stories]:
    """All of them are played, some at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {story: pool.submit(play, story) for story in stories.STORIES}


def test_the_first_accepts(told: Stories) -> None:
    came = told[stories.accepts_on_the_first_ring].result()
    assert came.rung == [NURSES[0]]
    assert "you said chest feels tight left arm" in came.heard["caller"]
    assert "the caller has left the call" in came.heard["nurse"]
    assert came.callbacks == came.errors == []


def test_the_third_accepts_after_a_refusal_and_no_answer(told: Stories) -> None:
    came = told[stories.the_third_accepts].result()
    assert came.rung == list(NURSES)
    assert "trying another nurse" in came.heard["caller"]
    assert came.longest_silence_s <= LONGEST_SILENCE_S
    assert came.callbacks == came.errors == []


def test_nobody_accepts(told: Stories) -> None:
    came = told[stories.nobody_accepts].result()
    assert came.rung == list(NURSES)
    assert "please hang up now and dial 911" in came.heard["caller"]
    assert came.longest_silence_s <= LONGEST_SILENCE_S
    assert came.errors == []
    assert_promised(came)


def test_a_caller_hangs_up_while_it_rings(told: Stories) -> None:
    came = told[stories.hangs_up_while_it_rings].result()
    assert came.rung == [NURSES[0]]
    assert came.transfer.status is TransferStatus.CALLER_GONE
    assert len(came.callbacks) == 1
    assert came.errors == []


def test_a_caller_asks_to_be_called_back(told: Stories) -> None:
    came = told[stories.asks_to_be_called_back].result()
    assert not came.transfer.talked
    assert "i have asked a nurse to call you" in came.heard["caller"]
    assert came.longest_silence_s <= LONGEST_SILENCE_S
    assert came.errors == []
    assert_promised(came)


def test_a_caller_says_that_it_is_not_right(told: Stories) -> None:
    came = told[stories.says_that_it_is_not_right].result()
    assert came.rung == list(NURSES[:2])
    assert "i will tell the nurse that this is not right" in came.heard["caller"]
    assert "the caller says that what i understood is not right" in came.heard["nurse"]
    assert came.callbacks == came.errors == []


def test_a_nurse_is_lost(told: Stories) -> None:
    came = told[stories.the_line_to_the_nurse_is_lost].result()
    assert came.rung == list(NURSES[:2])
    assert came.transfer.status is TransferStatus.DONE
    assert came.callbacks == came.errors == []


def test_the_server_is_killed_while_it_rings(told: Stories) -> None:
    came = told[stories.the_server_dies_while_it_rings].result()
    assert came.rung == [NURSES[0]], "nobody is rung twice for it"
    assert "heart attack" in came.heard["nurse"], "the brief was kept"


def test_who_asks_for_it_is_called_back(told: Stories) -> None:
    came = told[stories.says_that_a_call_back_would_do].result()
    assert came.transfer.status is TransferStatus.CALLBACK_CHOSEN
    assert "shall a nurse call you back" in came.heard["caller"]
    assert "i have asked a nurse to call you" in came.heard["caller"]
    assert_promised(came)
    assert came.errors == []
    said = [what for _, who, what in came.rows if who == "caller" and what.startswith("says")]
    assert said == ["says “please call me back”", "says “yes”"]


def test_the_server_is_killed_while_they_talk(told: Stories) -> None:
    came = told[stories.the_server_dies_while_they_talk].result()
    assert came.rung == [NURSES[0]]
    assert came.transfer.status is TransferStatus.DONE
    assert came.callbacks == []


def test_redis_is_restarted_in_mid_transfer(told: Stories) -> None:
    came = told[stories.redis_is_restarted].result()
    assert came.rung == [NURSES[0]]
    assert "heart attack" in came.heard["nurse"]


@pytest.mark.parametrize("story", stories.STORIES, ids=lambda story: story.__name__)
def test_every_story_is_written_down_as_it_is(story: stories.Story, told: Stories) -> None:
    """If this fails: PYTHONPATH=.:tests python docs/make_transfer.py"""
    page = PAGE.read_text(encoding="utf-8")
    head = f"## {story.__name__.replace('_', ' ').capitalize()}\n\n{story.__doc__}\n"
    assert head in page
    written = page.partition(head)[2].partition("\n## ")[0]
    came = told[story].result()
    assert ROW.findall(written), "nothing is told of the caller"
    assert turns([what for _, who, what in came.rows if who == "caller"]) == turns(ROW.findall(written))
    assert f"The transfer ended `{came.transfer.status}`" in written


def turns(rows: list[str]) -> list[str]:
    """What jitter does not change: what the caller does and what becomes of the call, and the last words after that."""
    rows = [TIME.sub("TIME", row) for row in rows]
    last = max(place for place, row in enumerate(rows) if not row.startswith("hears"))
    done = [row for row in rows[: last + 1] if not row.startswith("hears")]
    return done + rows[last + 1 :][-LAST_WORDS:]


def assert_promised(came: Told) -> None:
    """The caller heard by when the call comes that stands on the list."""
    (task,) = came.callbacks
    due = clock(datetime.fromisoformat(task.due_at), datetime.now(UTC), ZoneInfo(ZONE))
    assert plain(f"A nurse will call you back at this number by {due}.") in came.heard["caller"]
    assert datetime.fromisoformat(task.due_at) - datetime.fromisoformat(task.opened_at) == timedelta(minutes=5)
