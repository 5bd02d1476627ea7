"""What the dialog was asked, and what came meanwhile."""

from __future__ import annotations

from voice_agent.call.asking import Asking
from voice_agent.call.commands import AskDialog


def test_only_the_last_question_counts() -> None:
    asking = Asking()
    assert asking.ask("a refill") == AskDialog(1, "a refill")
    assert asking.ask("/start_over") == AskDialog(2, "/start_over")
    assert (asking.counts(1), asking.counts(2)) == (False, True)


def test_what_is_said_meanwhile_waits_for_the_answer_once() -> None:
    asking = Asking()
    asking.ask("a refill")
    asking.add("for my")
    asking.add("blood pressure")
    assert asking.awaits_reply
    assert asking.answered() == "for my blood pressure"
    assert (asking.answered(), asking.awaits_reply) == ("", False)
