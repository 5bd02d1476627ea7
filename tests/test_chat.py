"""The same dialog by text."""

from __future__ import annotations

import pytest
from sure_judge import SureOfEverything

from voice_agent.call.lines import Lines
from voice_agent.call.replies import DialogReply, Listen
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.call.states import CallState
from voice_agent.chat import TextCall
from voice_agent.errors import DialogError
from voice_agent.triage.red_flags import RedFlagScreen


class OneQuestion:
    """Asks one question, whatever is said; fails on demand."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    def reply(self, call_id: str, message: str, denied: tuple[str, ...] = ()) -> DialogReply:
        if self.broken:
            raise DialogError("Rasa is down: start it")
        self.asked.append(message)
        return DialogReply(("Is that right?",), Listen.YES_NO, keypad={"1": "/affirm"})

    def check(self) -> str | None:
        return None


@pytest.fixture
def dialog() -> OneQuestion:
    return OneQuestion()


@pytest.fixture
def written() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def call(session: CallSession, dialog: OneQuestion, written: list[tuple[str, str]]) -> TextCall:
    text_call = TextCall("chat-1", session, dialog, lambda who, text: written.append((who, text)))
    text_call.begin()
    return text_call


def test_what_is_typed_is_answered(call: TextCall, dialog: OneQuestion, written: list[tuple[str, str]]) -> None:
    call.say("book a visit")
    assert dialog.asked == ["book a visit"]
    assert written[-1] == ("agent", "Is that right?")
    assert call.state is CallState.LISTENING


def test_keys_are_pressed(call: TextCall, dialog: OneQuestion) -> None:
    call.say("book a visit")
    call.press("1")
    assert dialog.asked == ["book a visit", "/affirm"]


def test_silence_is_asked_about(call: TextCall, written: list[tuple[str, str]]) -> None:
    call.pass_time(7000)
    assert ("agent", "I did not hear anything.") in written


def test_a_red_flag_ends_the_chat_at_the_nurse(
    call: TextCall, dialog: OneQuestion, written: list[tuple[str, str]]
) -> None:
    call.say("my chest hurts and my left arm feels heavy")
    assert call.over
    assert dialog.asked == []
    assert any(who == "note" and "the nurse is rung" in text for who, text in written)


def test_without_rasa_the_reason_is_shown_and_the_nurse_is_rung(
    call: TextCall, dialog: OneQuestion, written: list[tuple[str, str]]
) -> None:
    dialog.broken = True
    call.say("book a visit")
    assert ("note", "Rasa is down: start it") in written
    assert call.over


def test_a_second_opinion_puts_its_question_first(
    lines: Lines, screen: RedFlagScreen, dialog: OneQuestion, written: list[tuple[str, str]]
) -> None:
    judge = SureOfEverything()
    session = CallSession(SessionSettings(second_opinion=judge.thresholds), lines, screen)
    call = TextCall("chat-1", session, dialog, lambda who, text: written.append((who, text)), judge)
    call.begin()
    call.say("book me a visit please")
    assert dialog.asked == []
    assert "thoughts of hurting yourself" in written[-1][1]
    call.say("no")
    assert dialog.asked == ["book me a visit please"]
