"""What every webhook may answer with: TwiML, and the nurse line when something of ours failed."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response

from voice_agent.telephony import twiml
from voice_agent.telephony.lines import Sentences
from voice_agent.web.console.times import clock
from voice_agent.web.settings import WebSettings

OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Twilio's CallStatus values for a call that has ended."""
WITHHELD: Final = frozenset({"+266696687", "+86282452253", "+7378742833", "+2562533", "+8656696"})
"""What Twilio gives as the number of callers who show none: ANONYMOUS, UNAVAILABLE, RESTRICTED, BLOCKED, UNKNOWN,
spelt with a telephone's letters."""


def xml(document: str) -> Response:
    """TwiML as a response."""
    return Response(document, content_type="text/xml; charset=utf-8")


def nurse_line_answer(settings: WebSettings) -> Response:
    """TwiML that takes the caller to the nurse line: the answer to every failure of ours."""
    return xml(twiml.nurse_line(settings.nurse_line, settings.lines.nurse_line, settings.lines.after_nurse_line))


def shows_number(number: str) -> bool:
    """Whether this caller can be called back: no promise that cannot be kept."""
    return number.startswith("+") and number not in WITHHELD


def promise(settings: WebSettings, number: str, asked_at: datetime, due: datetime) -> Sentences:
    """That this caller is called back, and by when in the clinic's zone; `asked_at` tells whether that is today."""
    lines = settings.lines
    if not shows_number(number):
        return lines.callback_needs_number
    time = clock(due, asked_at, ZoneInfo(settings.console.zone))
    return tuple(line.replace("{time}", time) for line in lines.callback_promised)
