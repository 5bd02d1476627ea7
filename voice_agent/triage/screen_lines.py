"""The `screen` command, one record in, one out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from voice_agent.errors import VoiceAgentError
from voice_agent.triage.red_flags import RedFlagScreen, Screening
from voice_agent.triage.second_opinion import Judge, added

_KEYS: Final = {"id", "text"}


class ScreenLineError(VoiceAgentError):
    """A line on the standard input of `voice-agent screen` is not what it takes."""

    code = "screen_line"


def parse_line(line: str, number: int) -> dict[str, Any]:
    """One JSON line as a record. Raises ScreenLineError that names line `number`, never its text."""
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ScreenLineError(f'line {number}: not JSON; write {{"id": "1", "text": "my chest hurts"}}') from error
    if not isinstance(record, dict):
        raise ScreenLineError(f'line {number}: must be an object with "id" and "text"')
    for key in sorted(_KEYS - record.keys()):
        raise ScreenLineError(f"line {number}: {key!r} is missing")
    if not isinstance(record["text"], str):
        raise ScreenLineError(f"line {number}: 'text' must be a string")
    return record


def screen_line(screen: RedFlagScreen, record: Mapping[str, Any], judge: Judge | None = None) -> dict[str, Any]:
    """The screening of one record, as JSON takes it; with a second opinion when there is a `judge`.

    `flag` is the red flag that was raised, or the one that `ask` would raise on "yes"; `disposition` and
    `evidence` belong to it. All three are null, and evidence empty, when there is nothing to raise or to ask.
    """
    screening = added(screen, screen.screen(record["text"]), record["text"], judge)
    return screened(screening, record["id"])


def screened(screening: Screening, id_: Any) -> dict[str, Any]:
    """A screening as such a record."""
    flag = disposition = None
    evidence: list[str] = []
    if screening.raised is not None:
        flag, disposition = screening.raised.flag, screening.raised.care_level.value
        evidence = [piece.words for piece in screening.raised.evidence]
    elif screening.ask is not None:
        flag, disposition = screening.ask.flag, screening.ask.care_level.value
        evidence = [piece.words for piece in screening.ask.evidence]
    return {
        "id": id_,
        "red_flag": screening.red_flag,
        "ask": screening.ask.id if screening.ask else None,
        "flag": flag,
        "disposition": disposition,
        "evidence": evidence,
    }
