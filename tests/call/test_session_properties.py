"""Whatever happens in whatever order, the rules hold."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from voice_agent.call.commands import FinishUtterance, LeaveStream, Speak, TransferToNurse
from voice_agent.call.events import (
    CallConnected,
    CallerHungUp,
    DialogDelayed,
    DialogFailed,
    DialogReplied,
    DigitPressed,
    Event,
    Listened,
    PromptFinished,
    ServerDraining,
    ServiceFailed,
    StreamStalled,
    Transcribed,
)
from voice_agent.call.lines import Lines
from voice_agent.call.replies import DialogReply, Listen, ReplyAction
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.call.states import CallState
from voice_agent.triage.red_flags import RedFlagScreen

WORDS = ["", "um", "yes", "no", "agent", "slower", "goodbye", "book a visit", "my chest hurts", "headache and fever"]
REPLIES = st.builds(
    DialogReply,
    sentences=st.sampled_from([(), ("Good.",), ("One.", "Two?")]),
    listen=st.sampled_from(list(Listen)),
    do=st.sampled_from([None, None, None, *ReplyAction]),
    keypad=st.sampled_from([{}, {"1": "/affirm"}]),
    care_level=st.sampled_from([None, "911", "nurse_now"]),
    outcome=st.sampled_from([None, None, "appointment_booked"]),
)
STEPS = st.one_of(
    st.tuples(st.just("frames"), st.integers(1, 60), st.booleans()),
    st.tuples(st.just("words"), st.sampled_from(WORDS), st.booleans()),
    st.tuples(st.just("key"), st.sampled_from("0123456789*#")),
    st.tuples(st.just("heard")),
    st.tuples(st.just("reply"), REPLIES),
    st.tuples(st.just("trouble"), st.sampled_from(["dialog", "call_store", "carrier", "recognizer", "synthesizer"])),
    st.tuples(st.just("event"), st.sampled_from([StreamStalled(4000), ServerDraining(), CallerHungUp(1)])),
)


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEPS, max_size=40))
def test_no_order_of_events_breaks_a_call(lines: Lines, screen: RedFlagScreen, steps: list[tuple]) -> None:  # type: ignore[type-arg]
    """No state is left the wrong way, the nurse is rung once at most, and nothing follows the end."""
    session = CallSession(SessionSettings(), lines, screen)
    done = session.handle(CallConnected("CA1"))
    at_ms = 0
    request = utterance = prompt = 0
    for step in steps:
        events: list[Event] = []
        match step:
            case "frames", count, is_speech:
                for _ in range(count):
                    at_ms += 20
                    events.append(Listened(at_ms, is_speech))
            case "words", text, final:
                events.append(Transcribed(text, at_ms, final=final, utterance=utterance if final else None))
            case "key", digit:
                events.append(DigitPressed(digit, at_ms))
            case ("heard",):
                events.append(PromptFinished(prompt, at_ms))
            case "reply", reply:
                events.append(DialogReplied(request, reply))
            case "trouble", service:
                failed = DialogFailed(request) if service == "dialog" else ServiceFailed(service)
                events.extend([DialogDelayed(request), failed])
            case "event", event:
                events.append(event)
        for event in events:
            was_over = session.state is CallState.ENDED
            commands = session.handle(event)
            assert not (was_over and commands), "something was done after the end"
            done += commands
            for command in commands:
                prompt = command.prompt.id if isinstance(command, Speak) else prompt
                request = getattr(command, "request", request)
                utterance = command.utterance if isinstance(command, FinishUtterance) else utterance
    assert sum(isinstance(command, TransferToNurse) for command in done) <= 1
    assert sum(isinstance(command, LeaveStream) for command in done) <= 1
    if session.summary.red_flag:
        assert session.state in {CallState.TRANSFERRING, CallState.ENDED}, "the conversation went on"
