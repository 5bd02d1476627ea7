"""What an answer of the caller means.

The forms ask here, with the question in mind; what Rasa's classifier thinks counts only where the words by
themselves leave it open.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from voice_agent.actions.protocol import ActionRequest
from voice_agent.understanding.birth_dates import birth_date
from voice_agent.understanding.dates import ANY_DAYS, DayRange, day
from voice_agent.understanding.names import person_name
from voice_agent.understanding.times import TimeRange, time_of_day
from voice_agent.understanding.yes_no import dont_know, yes_no

SURE: Final = 0.8
"""From this confidence on, an interjection is believed although a question is open."""
INTERJECTIONS: Final = frozenset({
    "ask_person", "ask_front_desk", "repeat", "slower", "start_over", "goodbye", "ask_if_robot", "report_symptom",
    "book_appointment", "reschedule_appointment", "cancel_appointment",
})  # fmt: skip
_OWN_WISH: Final = {
    "booking_form": "book_appointment",
    "reschedule_form": "reschedule_appointment",
    "cancel_form": "cancel_appointment",
}
"""What a caller who is already served says again; it is no interjection."""
_ASIDES: Final = frozenset({"thanks", "small_talk", "greet"})
"""Answered only where the words are no answer to the question."""
_ANY: Final = re.compile(
    r"\b(any|anytime|whenever|whatever|either|no preference|doesn'?t matter|does not matter|don'?t care|do not care"
    r"|do not mind|don'?t mind|earliest|soonest|first (one )?(available|free)|next available|as soon as)\b"
)
_PLACES: Final = {"first": 0, "second": 1, "third": 2}
_MONTHS: Final = frozenset(name.lower() for name in month_name if name)
_OTHER: Final = re.compile(r"\b(none|neither|another|others?|different|later|something else|not good|won'?t work)\b")
_WISH: Final = re.compile(
    r"\b(to )?(book|make|schedule|set up|get|have|need|want)( me)? (a|an|my|another|the) "
    r"(appointment|visit|booking|time)\b"
)
_FILLER: Final = re.compile(
    r"^(um+|uh+|well|so|okay|ok|yes|yeah|hi|hello|please|it'?s|it is|that'?s|i'?m|i am|i|just|need(ed)?|want(ed)?"
    r"|would|like|have|got|to|see|get|come in|be seen|for|about|because( of)?|the doctor|a doctor|reason( is)?|the|my"
    r"|visit is)\s+"
)


def is_faq(intent: str) -> bool:
    """Whether an intent asks one of the approved questions."""
    return intent.startswith("faq_")


def interjects(request: ActionRequest) -> bool:
    """Whether the caller clearly says something else than an answer to a question."""
    if request.form and request.intent == _OWN_WISH.get(request.form):
        return False
    wanted = request.intent in INTERJECTIONS or is_faq(request.intent)
    return wanted and (request.confidence >= SURE or request.text.startswith("/"))


def chats(request: ActionRequest) -> bool:
    """Whether words that were no answer are a pleasantry that deserves one."""
    return request.intent in _ASIDES and request.confidence >= SURE


def agreed(request: ActionRequest) -> bool | None:
    """True for yes, False for no; by the words first, then by what the classifier is sure of."""
    by_intent = {"affirm": True, "deny": False}.get(request.intent)
    if request.text.startswith("/"):
        return by_intent
    said = yes_no(request.text)
    if said is None and request.confidence >= SURE:
        return by_intent
    return said


def is_unsure(request: ActionRequest) -> bool:
    """Whether the caller does not know, or leaves it to us."""
    return request.intent == "dont_know" or dont_know(request.text)


def leaves_it_to_us(text: str) -> bool:
    """ "any time", "whenever", "the first one free"."""
    return bool(_ANY.search(text.lower()))


def wanted_days(text: str, today: date) -> DayRange | None:
    """The days that the caller wants, "any day" included."""
    return day(text, today)


def any_day(today: date) -> DayRange:
    """The caller leaves the day to us."""
    return DayRange(today, today + timedelta(days=ANY_DAYS))


def is_any_day(days: DayRange) -> bool:
    """Whether days were meant as "any day"."""
    return (days.last - days.first).days >= ANY_DAYS


def wanted_times(text: str) -> TimeRange | None:
    """The times that the caller wants; "any time" is the whole day."""
    return time_of_day(text)


def said_name(text: str) -> str | None:
    """The name that was given."""
    return None if text.startswith("/") else person_name(text)


def said_birth_date(text: str, today: date) -> date | None:
    """The date of birth that was given."""
    return birth_date(text, today)


def visit_reason(request: ActionRequest, *, asked: bool) -> str | None:
    """Why the caller wants to be seen, in the caller's words without the polite ones.

    In the first sentence only what the classifier marked counts; to our question every answer does.
    """
    if marked := request.entities.get("visit_reason"):
        return marked
    if not asked or request.text.startswith("/") or request.intent in {"affirm", "deny"}:
        return None
    if is_unsure(request):
        return None
    # The wish itself ("to book an appointment for …") is no reason; what follows it is.
    reason = _WISH.sub("", request.text.strip().lower()).strip()
    while (shorter := _FILLER.sub("", reason)) != reason:
        reason = shorter
    return reason or None


def pick_offer(text: str, starts: Sequence[datetime], today: date) -> int | None:
    """Which of the offered times the caller takes: its index; None when it is none of them for sure."""
    words = re.findall(r"[a-z]+|\d+", text.lower())
    if "option" in words and words[-1:] and words[-1].isdigit():
        place = int(words[-1]) - 1
        return place if 0 <= place < len(starts) else None
    if not starts:
        return None
    named = named_place(text, len(starts))
    if named is not None:
        return named if named < len(starts) else None
    suiting = _suiting(text, starts, today)
    if leaves_it_to_us(text) and not _OTHER.search(text.lower()):
        return next(iter([0] if suiting is None else suiting), None)
    return suiting[0] if suiting and len(suiting) == 1 else None


def named_place(text: str, offered: int) -> int | None:
    """The place in "the first", "the second one", "the last"; none in "the first of december", which is a day."""
    words = re.findall(r"[a-z]+", text.lower())
    if _MONTHS & set(words) or "of" in words:
        return None
    if "last" in words:
        return offered - 1
    return next((place for word, place in _PLACES.items() if word in words), None)


def _suiting(text: str, starts: Sequence[datetime], today: date) -> list[int] | None:
    """Indexes of the offers that fit a day or time said; None when neither was said."""
    times = time_of_day(text)
    days = None if re.search(r"\bany\b", text.lower()) else day(text, today)
    if times is None and days is None:
        return None
    return [
        place
        for place, start in enumerate(starts)
        if (times is None or start.time() in times) and (days is None or start.date() in days)
    ]


def wants_other_times(request: ActionRequest) -> bool:
    """Whether the caller refuses all that was offered."""
    return bool(_OTHER.search(request.text.lower())) or agreed(request) is False


def to_change(text: str) -> str | None:
    """Which part of the read-back the caller wants changed: the slot's name."""
    heard = text.lower()
    for pattern, slot in (
        (r"\b(birth|born|birthday)\b", "birth_date"),
        (r"\b(name|spell|spelled)\b", "person_name"),
        (r"\b(time|hour|earlier|later)\b", "wanted_times"),
        (r"\b(day|date|week)\b", "wanted_days"),
        (r"\b(reason|visit)\b", "visit_reason"),
    ):
        if re.search(pattern, heard):
            return slot
    return None
