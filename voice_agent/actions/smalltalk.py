"""Wishes, common questions and pleasantries in any state."""

from __future__ import annotations

from typing import Final

from voice_agent.actions import booking
from voice_agent.actions.answers import agreed
from voice_agent.actions.desk import Desk
from voice_agent.actions.triage import begin_triage, untriaged
from voice_agent.actions.turn import Turn

SURE_OF_GOODBYE: Final = 0.9
"""Below this confidence words that sound like goodbye do not end the call."""


def to_person(turn: Turn, desk: Desk) -> None:
    """The caller wants a person."""
    turn.to_person("utter_to_person", "Asked for a person")


def to_front_desk(turn: Turn, desk: Desk) -> None:
    """A bill, records, a form, a message: not ours to answer."""
    turn.to_person("utter_to_front_desk", "Asks for the front desk: bill, records, forms or a message")


def goodbye(turn: Turn, desk: Desk) -> None:
    """The caller is done. A call is not ended on a guess: in mid-task or doubt we ask whether that is all."""
    request = turn.request
    clear = request.form is None and request.confidence >= SURE_OF_GOODBYE
    if clear or request.text.startswith("/") or turn.text("open_question") == "anything_else":
        _hang_up(turn)
    else:
        booking.end_with_more_help(turn)


def _hang_up(turn: Turn) -> None:
    turn.leave_form()
    turn.say("utter_goodbye")


def start_over(turn: Turn, desk: Desk) -> None:
    """Forget all but what was done already, and ask the first question."""
    made = turn.count("appointments_made")
    turn.leave_form()
    turn.forget_all()
    turn.set("appointments_made", made)
    turn.say("utter_start_over")
    turn.say("utter_how_can_i_help")


def answer_faq(turn: Turn, desk: Desk) -> None:
    """An approved answer; a person when the clinic has approved none."""
    topic = turn.request.intent.removeprefix("faq_")
    sentences = desk.faq.get(topic) or desk.faq.get(topic.replace("_", "-"))
    if not sentences:
        turn.to_person("utter_to_person", f"Asked about {topic.replace('_', ' ')}")
        return
    turn.say("utter_faq_answer", answer=" ".join(sentences))
    if turn.request.form is None:
        turn.set("open_question", "anything_else")
        turn.say("utter_anything_else")


def pleasantry(turn: Turn, desk: Desk) -> None:
    """Thanks, greetings, small talk: a kind word, then on with it; a symptom in the same breath comes first."""
    if _symptom_comes_first(turn, desk):
        return
    known = {"thanks", "greet", "ask_if_robot", "out_of_scope"}
    topic = turn.request.intent if turn.request.intent in known else "small_talk"
    turn.say(f"utter_{topic}")
    _go_on(turn)


def answer_yes(turn: Turn, desk: Desk) -> None:
    """A yes outside of any form."""
    if _symptom_comes_first(turn, desk):
        return
    open_question = turn.text("open_question")
    turn.forget("open_question")
    if open_question == "book_after_triage":
        triaged = turn.names("triaged")
        booking.begin(turn, desk, "booking_form")
        title = next((p.title for p in desk.protocols if triaged and p.id == triaged[-1]), "")
        if title:
            turn.set("visit_reason", title.lower())
    else:
        turn.say("utter_how_can_i_help")


def answer_no(turn: Turn, desk: Desk) -> None:
    """A no outside of any form; "no, but my ear hurts" is a symptom."""
    if _symptom_comes_first(turn, desk):
        return
    if turn.text("open_question") == "anything_else":
        turn.forget("open_question")
        _hang_up(turn)
        return
    turn.set("open_question", "anything_else")
    turn.say("utter_anything_else")


def not_understood(turn: Turn, desk: Desk) -> None:
    """Words without a clear intent: a symptom after all, a question that is open, or no match."""
    if _symptom_comes_first(turn, desk):
        return
    answer = agreed(turn.request) if turn.request.form is None and turn.text("open_question") else None
    if answer is None:
        turn.say("utter_no_match")
    elif answer:
        answer_yes(turn, desk)
    else:
        answer_no(turn, desk)


def _symptom_comes_first(turn: Turn, desk: Desk) -> bool:
    """Whether the words tell of a symptom that was not asked about yet; if so its questions have begun."""
    if turn.request.form is not None or untriaged(turn, desk) is None:
        return False
    begin_triage(turn, desk)
    return True


def _go_on(turn: Turn) -> None:
    """Within a form its question follows by itself; else the open question again, or the first one."""
    if turn.request.form is not None:
        return
    open_question = turn.text("open_question")
    if open_question == "book_after_triage":
        turn.say("utter_offer_booking")
    elif open_question or turn.count("appointments_made") or turn.names("triaged"):
        turn.set("open_question", "anything_else")
        turn.say("utter_anything_else")
    else:
        turn.say("utter_how_can_i_help")
