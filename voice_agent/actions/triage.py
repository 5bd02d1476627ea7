"""Asking the questions of a symptom protocol.

One form serves every protocol in dialogs/protocols/: `symptom` holds the protocol's id, `triage_answers` what was
answered, `triage_answer` is filled once the protocol has decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voice_agent.actions import answers
from voice_agent.actions.desk import Desk
from voice_agent.actions.turn import Turn
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocols import (
    UNKNOWN,
    Ask,
    Conclude,
    Protocol,
    Question,
    interpret,
    next_step,
    prefill,
    protocol_for,
)

_TO_NURSE: Final = {
    CareLevel.EMERGENCY_911: "utter_triage_emergency",
    CareLevel.NURSE_NOW: "utter_triage_nurse_now",
    CareLevel.NURSE_WITHIN_HOUR: "utter_triage_nurse_soon",
}
"""What is said before a nurse comes, by how urgent it is."""


def begin_triage(turn: Turn, desk: Desk) -> None:
    """The caller reported a symptom: start its protocol; a person where there is none."""
    text = turn.request.text
    form = turn.request.form
    protocol = protocol_for(text, desk.protocols)
    if protocol is None and (text.startswith("/") or not text):
        _start(turn, None, "")
        return
    if protocol is None:
        # Symptom speech that no protocol covers is never judged by us.
        turn.mark(learned={"symptom": text})
        turn.to_person("utter_symptom_to_nurse", "Symptom without a protocol", CareLevel.NURSE_NOW)
        return
    if form in {"booking_form", "reschedule_form"}:
        turn.set("resume_form", form)
    _start(turn, protocol, text)


def begin_triage_before_booking(turn: Turn, desk: Desk, protocol: Protocol) -> None:
    """The reason for a visit is a symptom: its questions come first, then the booking goes on."""
    turn.set("resume_form", "booking_form")
    turn.say("utter_questions_before_booking")
    _start(turn, protocol, turn.request.text)


def _start(turn: Turn, protocol: Protocol | None, text: str) -> None:
    turn.set("symptom", protocol.id if protocol else None)
    turn.set("triage_answers", prefill(protocol, text) if protocol else {})
    turn.set("triage_answer", None)
    turn.set("failed_tries", 0)
    if protocol:
        turn.mark(learned={"symptom": protocol.title})
        _decide(turn, protocol)
    turn.end_form(then="action_conclude_triage" if turn.get("triage_answer") else "triage_form")


def validate(turn: Turn, desk: Desk) -> None:
    """Take the caller's answer to a triage question."""
    request = turn.request
    if request.requested is None or not request.answering:
        return
    if request.requested == "symptom":
        _take_symptom(turn, desk)
    else:
        _take_answer(turn, desk)


def _take_symptom(turn: Turn, desk: Desk) -> None:
    request = turn.request
    protocol = protocol_for(request.text, desk.protocols)
    if protocol:
        turn.understood()
        turn.set("symptom", protocol.id)
        turn.set("triage_answers", prefill(protocol, request.text))
        turn.mark(learned={"symptom": protocol.title})
        _decide(turn, protocol)
    elif request.intent != "report_symptom" and answers.interjects(request):
        return
    else:
        turn.mark(learned={"symptom": request.text})
        turn.to_person("utter_symptom_to_nurse", "Symptom without a protocol", CareLevel.NURSE_NOW)


def _take_answer(turn: Turn, desk: Desk) -> None:
    request = turn.request
    protocol = known_protocol(turn, desk)
    step = next_step(protocol, turn.answers("triage_answers"))
    if isinstance(step, Conclude):
        turn.set("triage_answer", "done")
        return
    answer = _understood(step.question, turn)
    if answer is None and answers.interjects(request) and request.intent != "report_symptom":
        return
    if answer is None:
        turn.not_understood(f"{protocol.title}: could not understand an answer", CareLevel.NURSE_NOW)
        return
    turn.understood()
    turn.set("triage_answers", {**turn.answers("triage_answers"), step.question.id: answer})
    _decide(turn, protocol)


def _understood(question: Question, turn: Turn) -> str | None:
    """The answer in the protocol's words; None when it was none."""
    request = turn.request
    pressed = question.keys.get(request.text.removeprefix("key "))
    if request.text.startswith("key ") and pressed is not None:
        return pressed
    if request.text.startswith("/"):
        return {"affirm": "yes", "deny": "no", "dont_know": UNKNOWN}.get(request.intent)
    if question.kind == "open" and answers.interjects(request):
        return None
    return interpret(question, request.text)


def _decide(turn: Turn, protocol: Protocol) -> None:
    if isinstance(next_step(protocol, turn.answers("triage_answers")), Conclude):
        turn.set("triage_answer", "done")


def ask(turn: Turn, desk: Desk) -> None:
    """Put the protocol's next question."""
    protocol = known_protocol(turn, desk)
    step = next_step(protocol, turn.answers("triage_answers"))
    if not isinstance(step, Ask):
        raise AssertionError("a protocol that has decided asks nothing")
    question = step.question
    wording = question.reprompt if turn.count("failed_tries") else question.ask
    turn.say("utter_triage_question", question_text=wording)
    turn.mark(
        listen=question.hears,
        question=f"{protocol.id}.{question.id}",
        # 0 is a person, everywhere.
        keypad={digit: f"key {digit}" for digit in question.keys if digit != "0"},
    )


def conclude(turn: Turn, desk: Desk) -> None:
    """The protocol has decided: a nurse, or advice and what comes next."""
    if turn.text("triage_answer") != "done":
        return
    protocol = known_protocol(turn, desk)
    step = next_step(protocol, turn.answers("triage_answers"))
    if not isinstance(step, Conclude):
        raise AssertionError("triage ended before its protocol decided")
    turn.set("triaged", [*turn.names("triaged"), protocol.id])
    resume = turn.text("resume_form")
    turn.forget("symptom", "triage_answers", "triage_answer", "resume_form")
    if step.advice:
        turn.say("utter_triage_advice", advice=" ".join(step.advice))
    if to_nurse := _TO_NURSE.get(step.care_level):
        turn.to_person(to_nurse, f"{protocol.title}: {step.reason}", step.care_level)
        return
    if step.care_level is CareLevel.CLINIC_SOON:
        turn.say("utter_triage_clinic_soon")
    turn.mark(outcome="self_served", learned=_found(protocol, step))
    if resume:
        turn.say("utter_back_to_booking")
        turn.then(resume)
    else:
        turn.set("open_question", "book_after_triage")
        turn.say("utter_offer_booking")


def _found(protocol: Protocol, step: Conclude) -> Mapping[str, str]:
    return {"triage": f"{protocol.title}: {step.reason}"}


def known_protocol(turn: Turn, desk: Desk) -> Protocol:
    """The protocol that is being asked."""
    for protocol in desk.protocols:
        if protocol.id == turn.text("symptom"):
            return protocol
    raise AssertionError("a triage question is asked only within a protocol")
