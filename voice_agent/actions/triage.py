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
    denied_before,
    fallback_of,
    interpret,
    next_step,
    prefill,
    protocol_for,
    wording,
)

_TO_NURSE: Final = {
    CareLevel.EMERGENCY_911: "utter_triage_emergency",
    CareLevel.NURSE_NOW: "utter_triage_nurse_now",
    CareLevel.NURSE_WITHIN_HOUR: "utter_triage_nurse_soon",
}
"""What is said before a nurse comes, by how urgent it is."""


def untriaged(turn: Turn, desk: Desk) -> Protocol | None:
    """The protocol that the caller's last words call for, unless it was gone through in this call."""
    protocol = protocol_for(turn.request.text, desk.protocols)
    return protocol if protocol and protocol.id not in turn.names("triaged") else None


def untriaged_title(turn: Turn, desk: Desk) -> str:
    """What the symptom of `untriaged` is called, as the reason for a visit; '' when there is none."""
    protocol = untriaged(turn, desk)
    return protocol.title.lower() if protocol else ""


def begin_triage(turn: Turn, desk: Desk) -> None:
    """The caller reported a symptom: start its protocol, or the one for what no other covers; else a person."""
    text = turn.request.text
    form = turn.request.form
    protocol = protocol_for(text, desk.protocols)
    if form == "triage_form" and turn.text("symptom"):
        _report_while_asked(turn, desk, protocol)
        return
    if protocol is None and (text.startswith("/") or not text):
        _start(turn, desk, None)
        return
    protocol = protocol or fallback_of(desk.protocols)
    if protocol is None:
        _to_nurse_unjudged(turn)
        return
    if form in {"booking_form", "reschedule_form"}:
        turn.set("resume_form", form)
    _start(turn, desk, protocol)


def begin_triage_before_booking(turn: Turn, desk: Desk, protocol: Protocol) -> None:
    """The reason for a visit is a symptom: its questions come first, then the booking goes on."""
    turn.set("resume_form", "booking_form")
    turn.say("utter_questions_before_booking")
    _start(turn, desk, protocol)


def _start(turn: Turn, desk: Desk, protocol: Protocol | None) -> None:
    _take_up(turn, desk, protocol)
    turn.end_form(then="action_conclude_triage" if turn.get("triage_answer") else "triage_form")


def _take_up(turn: Turn, desk: Desk, protocol: Protocol | None) -> None:
    """Make `protocol` the one that is asked, with all that is known already."""
    turn.set("symptom", protocol.id if protocol else None)
    turn.set("triage_answers", _known(turn, desk, protocol) if protocol else {})
    turn.set("triage_denied", list(turn.request.denied))
    turn.set("triage_answer", None)
    turn.forget("triage_unsure")
    turn.set("failed_tries", 0)
    if protocol:
        turn.mark(learned={"symptom": protocol.title})
        _decide(turn, protocol)


def _known(turn: Turn, desk: Desk, protocol: Protocol) -> dict[str, str]:
    """The answers that the caller's words hold: all of the last ones, dangers and ages of the earlier ones.

    How long another symptom lasted, or what it came without, says nothing of this one; what the red-flag screen asked
    about these very words, and was denied, does.
    """
    today = desk.now().date()
    found = {**denied_before(protocol, turn.request.denied), **prefill(protocol, turn.request.text, today)}
    lasting = {
        question.id for question in protocol.questions if question.kind == "yes_no" or question.unit == "age_days"
    }
    for text in turn.request.told:
        earlier = prefill(protocol, text, today)
        found |= {name: said for name, said in earlier.items() if name in lasting and said not in {"no", UNKNOWN}}
    return found


def _to_nurse_unjudged(turn: Turn) -> None:
    # Symptom speech that no protocol covers is never judged by us.
    turn.mark(learned={"symptom": turn.request.text})
    turn.to_person("utter_symptom_to_nurse", "Symptom without a protocol", CareLevel.NURSE_NOW)


def _report_while_asked(turn: Turn, desk: Desk, other: Protocol | None) -> None:
    """A symptom told in the middle of another one's questions: the more urgent goes on."""
    protocol = known_protocol(turn, desk)
    if other and other.priority < protocol.priority:
        _change_to(turn, desk, other)
    else:
        turn.set("triage_answers", {**_known(turn, desk, protocol), **turn.answers("triage_answers")})
        _keep_denied(turn)
        _decide(turn, protocol)
    turn.end_form(then="action_conclude_triage" if turn.get("triage_answer") else "triage_form")


def _keep_denied(turn: Turn) -> None:
    """Remember what the red-flag screen asked about these words, for the wording of what comes next."""
    if turn.request.denied:
        turn.set("triage_denied", [*turn.names("triage_denied"), *turn.request.denied])


def _change_to(turn: Turn, desk: Desk, protocol: Protocol) -> None:
    # What was half asked is not lightly let go: somebody shall see the caller.
    turn.set("triage_floor", CareLevel.CLINIC_SOON.value)
    _take_up(turn, desk, protocol)


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
    if protocol is None and request.intent == "report_symptom":
        protocol = fallback_of(desk.protocols)
    if protocol:
        turn.understood()
        _take_up(turn, desk, protocol)
    elif request.intent != "report_symptom" and answers.interjects(request):
        return
    else:
        _to_nurse_unjudged(turn)


def _take_answer(turn: Turn, desk: Desk) -> None:
    request = turn.request
    protocol = known_protocol(turn, desk)
    step = next_step(protocol, turn.answers("triage_answers"))
    if isinstance(step, Conclude):
        turn.set("triage_answer", "done")
        return
    answer = _understood(step.question, turn, desk)
    other = untriaged(turn, desk) if request.intent == "report_symptom" else None
    if other and answer != "yes" and other.priority < protocol.priority:
        _change_to(turn, desk, other)
        return
    if answer is None and answers.interjects(request) and request.intent != "report_symptom":
        return
    _keep_denied(turn)
    known = _with_what_was_told(turn, desk, protocol)
    if answer is None and known == turn.answers("triage_answers"):
        turn.not_understood(f"{protocol.title}: could not understand an answer", CareLevel.NURSE_NOW)
        return
    if answer is None:
        # It told of something else: that is kept, and what is still open is put again in other words.
        turn.set("failed_tries", 0 if step.question.id in known else 1)
        turn.set("triage_answers", known)
        _decide(turn, protocol)
        return
    turn.understood()
    if answer == UNKNOWN and _asks_once_more(turn, step.question):
        return
    turn.set("triage_answers", {**known, step.question.id: answer})
    _decide(turn, protocol)


def _with_what_was_told(turn: Turn, desk: Desk, protocol: Protocol) -> dict[str, str]:
    """The answers so far and those that the last words hold beside what was asked.

    A danger told later counts, whatever was answered when it was asked about.
    """
    beside = prefill(protocol, turn.request.text, desk.now().date())
    dangers = {name: said for name, said in beside.items() if said == "yes"}
    denied = denied_before(protocol, turn.request.denied)
    return {**denied, **beside, **turn.answers("triage_answers"), **dangers}


def _asks_once_more(turn: Turn, question: Question) -> bool:
    """A first "I don't know" is asked again in other words, with the keys; one doubt that stays is enough."""
    if turn.text("triage_unsure") == question.id or UNKNOWN in turn.answers("triage_answers").values():
        return False
    turn.set("triage_unsure", question.id)
    turn.say("utter_triage_unsure")
    return True


def _understood(question: Question, turn: Turn, desk: Desk) -> str | None:
    """The answer in the protocol's words; None when it was none."""
    request = turn.request
    pressed = question.keys.get(request.text.removeprefix("key "))
    if request.text.startswith("key ") and pressed is not None:
        return pressed
    if request.text.startswith("/"):
        return {"affirm": "yes", "deny": "no", "dont_know": UNKNOWN}.get(request.intent)
    if question.kind == "open" and answers.interjects(request):
        return None
    return interpret(question, request.text, desk.now().date())


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
    again = turn.count("failed_tries") or turn.text("triage_unsure") == question.id
    text = question.reprompt if again else wording(question, turn.names("triage_denied"))
    turn.say("utter_triage_question", question_text=text)
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
    resume, level = turn.text("resume_form"), _level(turn, step)
    turn.forget("symptom", "triage_answers", "triage_answer", "triage_unsure", "triage_floor", "resume_form")
    turn.forget("triage_denied")
    turn.mark(learned=_found(protocol, step, level))
    if step.advice and level is step.care_level:
        turn.say("utter_triage_advice", advice=" ".join(step.advice))
    if to_nurse := _TO_NURSE.get(level):
        turn.to_person(to_nurse, f"{protocol.title}: {step.reason}", level)
        return
    if level is CareLevel.CLINIC_SOON:
        turn.say("utter_triage_clinic_soon")
    turn.mark(outcome="self_served")
    if resume:
        turn.say("utter_back_to_booking")
        turn.then(resume)
    else:
        turn.set("open_question", "book_after_triage")
        turn.say("utter_offer_booking")


def _level(turn: Turn, step: Conclude) -> CareLevel:
    """What the protocol concluded, or what a half-asked other one calls for, if that is more urgent."""
    floor = turn.text("triage_floor")
    return min(step.care_level, CareLevel(floor), key=lambda level: level.rank) if floor else step.care_level


def _found(protocol: Protocol, step: Conclude, level: CareLevel) -> Mapping[str, str]:
    return {"triage": f"{protocol.title}: {step.reason}", "triage_level": level.value, "triage_source": step.source}


def known_protocol(turn: Turn, desk: Desk) -> Protocol:
    """The protocol that is being asked."""
    for protocol in desk.protocols:
        if protocol.id == turn.text("symptom"):
            return protocol
    raise AssertionError("a triage question is asked only within a protocol")
