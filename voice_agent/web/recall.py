"""A caller who was cut off on the way to a nurse, and calls again.

The number alone is no identity: households share one. So nothing personal is said before one more fact, the year of
birth on the keypad, agrees; and a possible emergency goes to the nurse first and is asked while her telephone rings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog
from flask import Response, request

from voice_agent.call.brief import MOST_WORDS
from voice_agent.call.brief_document import YEAR_AGREES
from voice_agent.call.commands import NextStep
from voice_agent.call.handoff import CallSummary, caller_words
from voice_agent.call.transfer import FINISHED, Transfer, TransferStatus
from voice_agent.errors import CallStoreError
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import CallRecord, Services
from voice_agent.telephony import twiml
from voice_agent.telephony.lines import Sentences
from voice_agent.web.answers import shows_number, xml
from voice_agent.web.settings import WebSettings
from voice_agent.web.waiting import URGENT

log = structlog.get_logger(__name__)

CALLED_AGAIN: Final = "called_again"
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class Recall:
    """The webhooks of a caller who was cut off."""

    settings: WebSettings
    services: Services
    desk: NurseDesk
    now: Callable[[], datetime]

    def answer(self) -> Response | None:
        """What a caller hears who was cut off a while ago; None for everybody else."""
        found = self._cut_off()
        if found is None:
            return None
        earlier, summary = found
        lines, urgent, year = self.settings.lines, earlier.care_level in URGENT, _year_of_birth(summary)
        if urgent:
            self._request(earlier, summary)
        elif year is None:
            return None
        log.info("called_again", transfer=earlier.token, urgent=urgent, fact=year is not None)
        if year is None:
            return self._to_wait(lines.recalled_urgent)
        asked = lines.recalled_urgent + lines.recall_year_urgent if urgent else lines.recalled + lines.recall_year
        return xml(twiml.year_of_birth(earlier.token, asked))

    def checked(self, token: str, otherwise: Callable[[], Response]) -> Response:
        """The year of birth was keyed in, or not; `otherwise`: how any other call begins."""
        store = self.services.store
        earlier, summary = store.load_transfer(token), store.load_summary(token)
        if earlier is None or summary is None or not self._is_caller_of(token):
            return otherwise()
        agrees = request.form.get("Digits", "") == _year_of_birth(summary)
        if earlier.care_level not in URGENT:
            if not agrees:
                return otherwise()
            self._request(earlier, summary)
        if not agrees:
            return self._to_wait(())
        self._note_agreement()
        words = caller_words(summary, MOST_WORDS)
        return self._to_wait(tuple(line.replace("{words}", words) for line in self.settings.lines.recall_agrees))

    def _cut_off(self) -> tuple[Transfer, CallSummary] | None:
        """The case of which a call-back to this number is still owed."""
        number = request.form.get("From", "")
        if not shows_number(number) or not self.desk.settings.recall_minutes:
            return None
        try:
            token = self.services.store.case_of_caller(number)
            if token is None or all(task.token != token for task in self.services.store.callbacks()):
                return None
            transfer, summary = self.services.store.load_transfer(token), self.services.store.load_summary(token)
        except CallStoreError as error:
            log.error("not_known_whether_cut_off", problem=str(error))
            return None
        if transfer is None or summary is None or transfer.status not in FINISHED - {TransferStatus.DONE}:
            return None
        return transfer, summary

    def _is_caller_of(self, token: str) -> bool:
        return self.services.store.case_of_caller(request.form.get("From", "")) == token

    def _request(self, earlier: Transfer, summary: CallSummary) -> Transfer:
        """Ring at once, with all that is known."""
        call_id = request.form["CallSid"]
        again = replace(
            summary,
            call_id=call_id,
            started_at=self.now().isoformat(timespec="seconds"),
            actions=(*summary.actions, CALLED_AGAIN),
            disposition=None,
        )
        transfer = self.desk.request(again, earlier.care_level, earlier=earlier.token)
        self.services.store.save_call(CallRecord(call_id, NextStep.CONFERENCE, transfer.token, again))
        return transfer

    def _note_agreement(self) -> None:
        transfer = self.services.store.transfer_of_call(request.form["CallSid"])
        summary = self.services.store.load_summary(transfer.token) if transfer else None
        if transfer and summary:
            noted = replace(summary, actions=(*summary.actions, YEAR_AGREES))
            self.services.store.save_summary(transfer.token, noted)

    def _to_wait(self, sentences: Sentences) -> Response:
        """`/twilio/resume` knows whether the wait is still right: everybody may have declined meanwhile."""
        return xml(twiml.go_on(sentences))


def _year_of_birth(summary: CallSummary) -> str | None:
    found = _YEAR.search(summary.learned.get("date_of_birth", ""))
    return found[0] if found else None
