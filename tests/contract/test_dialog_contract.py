"""What every dialog manager does: the fake, and the real Rasa with our dialogs."""

from __future__ import annotations

import pytest

from voice_agent.call.replies import Listen, ReplyAction
from voice_agent.fakes.dialog import FakeDialog
from voice_agent.ports import Dialog

pytestmark = pytest.mark.timeout(900)  # the first one may have to train the model and wait for Rasa


@pytest.fixture(params=["fake", "rasa"])
def dialog(request: pytest.FixtureRequest) -> Dialog:
    if request.param == "fake":
        return FakeDialog()
    rasa: Dialog = request.getfixturevalue("rasa_dialog")
    return rasa


def test_one_that_works_says_so(dialog: Dialog) -> None:
    assert dialog.check() is None


def test_a_wish_is_answered_with_a_question(dialog: Dialog) -> None:
    reply = dialog.reply("CA-wish", "i need an appointment")
    assert reply.sentences == ("What is the visit for?",)
    assert reply.question == "booking.reason"
    assert reply.do is None


def test_a_question_is_answered_and_the_next_one_asked(dialog: Dialog) -> None:
    reply = dialog.reply("CA-faq", "what are your hours")
    assert len(reply.sentences) >= 2
    assert reply.sentences[-1] == "Is there anything else I can help you with?"
    assert (reply.question, reply.listen) == ("anything_else", Listen.YES_NO)
    assert reply.keypad == {"1": "/affirm", "2": "/deny"}
    assert reply.outcome == "self_served"


@pytest.mark.parametrize("message", ["a person please", "/ask_person"])
def test_a_person_is_a_transfer_with_its_reason(message: str, dialog: Dialog) -> None:
    reply = dialog.reply("CA-person", message)
    assert reply.do is ReplyAction.TRANSFER
    assert reply.reason == "Asked for a person"


@pytest.mark.parametrize("message", ["goodbye", "/goodbye"])
def test_goodbye_hangs_up(message: str, dialog: Dialog) -> None:
    assert dialog.reply("CA-bye", message).do is ReplyAction.HANG_UP


def test_starting_over_asks_the_first_question(dialog: Dialog) -> None:
    reply = dialog.reply("CA-over", "/start_over")
    assert reply.sentences[-1] == "How can I help you today?"
    assert reply.question == "how_can_i_help"


def test_words_that_mean_nothing_are_a_no_match(dialog: Dialog) -> None:
    assert dialog.reply("CA-noise", "blah blah blah").do is ReplyAction.NO_MATCH


def test_what_words_mean_is_told_without_taking_them(dialog: Dialog) -> None:
    assert dialog.meaning("what are your hours").confidence > 0.8
    assert dialog.meaning("blah blah blah").intent in {"nlu_fallback", "unclear"}
    before = dialog.reply("CA-meaning", "i need an appointment")
    dialog.meaning("what are your hours")
    dialog.meaning("goodbye")
    assert dialog.reply("CA-meaning-again", "i need an appointment") == before
