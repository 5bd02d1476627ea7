"""Whole transfers over real webhooks, Redis and a server process that may be killed, and how each of them ends."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import transfer_stories as stories
from transfer_server import NURSES
from transfer_stories import Stage, open_stage

from voice_agent.call.transfer import TransferStatus
from voice_agent.simulator.timeline import What

PAGE = Path(__file__).resolve().parents[1] / "docs" / "transfer.md"
LONGEST_SILENCE_S = 20
"""Between two sentences in the wait: 12 s of quiet, and a slow machine."""
pytestmark = pytest.mark.timeout(400)


def errors(stage: Stage) -> list[str]:
    return [step.text for step in stage.twin.timeline.steps() if step.what is What.ERROR]


def longest_silence_s(stage: Stage) -> float:
    """At the caller's ear, between two sentences, until somebody can be spoken with."""
    steps = [step for step in stage.twin.timeline.steps() if step.who == "caller"]
    bridged = [step.at_ms for step in steps if step.what is What.BRIDGED]
    heard = [step for step in steps if step.what is What.HEARD and (not bridged or step.at_ms < bridged[0])]
    pairs = itertools.pairwise(heard)
    return max((later.at_ms - one.at_ms - (one.lasted_ms or 0)) / 1000 for one, later in pairs)


def test_the_first_accepts() -> None:
    with open_stage() as stage:
        stories.accepts_on_the_first_ring(stage)
        assert stage.rung == [NURSES[0]]
        assert "you said chest feels tight left arm" in stage.heard("caller")
        assert "the caller has left the call" in stage.heard("nurse")
        assert stage.store.callbacks() == []
        assert errors(stage) == []


def test_the_third_accepts_after_a_refusal_and_no_answer() -> None:
    with open_stage() as stage:
        stories.the_third_accepts(stage)
        assert stage.rung == list(NURSES)
        assert "trying another nurse" in stage.heard("caller")
        assert longest_silence_s(stage) <= LONGEST_SILENCE_S
        assert errors(stage) == []


def test_nobody_accepts() -> None:
    with open_stage() as stage:
        stories.nobody_accepts(stage)
        assert stage.rung == list(NURSES)
        assert "please hang up now and dial 911" in stage.heard("caller")
        assert "a nurse will call you back" in stage.heard("caller")
        assert len(stage.store.callbacks()) == 1
        assert longest_silence_s(stage) <= LONGEST_SILENCE_S
        assert errors(stage) == []


def test_a_caller_hangs_up_while_it_rings() -> None:
    with open_stage() as stage:
        stories.hangs_up_while_it_rings(stage)
        assert stage.rung == [NURSES[0]]
        assert len(stage.store.callbacks()) == 1
        assert errors(stage) == []


def test_a_nurse_is_lost() -> None:
    with open_stage() as stage:
        stories.the_nurses_line_is_lost(stage)
        assert stage.rung == list(NURSES[:2])
        assert stage.store.callbacks() == []
        assert errors(stage) == []


def test_the_server_is_killed_while_it_rings() -> None:
    with open_stage() as stage:
        stories.the_server_dies_while_it_rings(stage)
        assert stage.rung == [NURSES[0]], "nobody is rung twice for it"
        assert "heart attack" in stage.heard("nurse"), "the brief was kept"


def test_the_server_is_killed_while_they_talk() -> None:
    with open_stage() as stage:
        stories.the_server_dies_while_they_talk(stage)
        assert stage.rung == [NURSES[0]]
        assert stage.status is TransferStatus.DONE
        assert stage.store.callbacks() == []


def test_redis_is_restarted_in_mid_transfer() -> None:
    with open_stage() as stage:
        stories.redis_is_restarted(stage)
        assert stage.rung == [NURSES[0]]
        assert "heart attack" in stage.heard("nurse")


@pytest.mark.parametrize("story", stories.STORIES, ids=lambda story: story.__name__)
def test_every_story_is_written_down(story: stories.Story) -> None:
    """If this fails: PYTHONPATH=.:tests python docs/make_transfer.py"""
    page = PAGE.read_text(encoding="utf-8")
    assert f"## {story.__name__.replace('_', ' ').capitalize()}\n\n{story.__doc__}\n" in page
