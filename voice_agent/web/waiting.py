"""The webhooks of a caller who waits for a nurse.

`hold` speaks every quarter of a minute and looks after the transfer, `menu` hears a key of a caller who has stepped
out of the wait: a conference's wait hears none. What a caller says in the wait is heard on a socket of its own
(`wait_ear`), which leads here by `wished`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import structlog
from flask import Response, request

from voice_agent.call.brief import read_back
from voice_agent.call.brief_document import SAYS_WRONG
from voice_agent.call.transfer import (
    FINISHED,
    TAKEN,
    WAITING,
    CallbackWanted,
    CallerAway,
    CallerJoined,
    NurseLeft,
    Transfer,
    TransferStatus,
)
from voice_agent.call.wait_wishes import Wish
from voice_agent.errors import CallStoreError, CarrierError
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import Services
from voice_agent.telephony import twiml
from voice_agent.telephony.lines import Lines, Sentences
from voice_agent.transfer_care import TransferCare
from voice_agent.triage.care_levels import CareLevel
from voice_agent.web.answers import nurse_line_answer, promise, shows_number, xml
from voice_agent.web.settings import WebSettings
from voice_agent.web.wait_address import Heard, ear

log = structlog.get_logger(__name__)

CALL_BACK, WRONG = "2", "3"
URGENT: Final = frozenset({CareLevel.EMERGENCY_911, CareLevel.NURSE_NOW})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller's wait, one method for each webhook."""

    settings: WebSettings
    services: Services
    desk: NurseDesk
    care: TransferCare

    def hold(self, token: str) -> Response:
        """The next round of the wait."""
        first = request.args.get("first") == "1"
        try:
            transfer = self.care.tend(token, caller_waits=True)
            if transfer and not transfer.caller_in:
                # Asking is a sign of being there, should the conference's own have been lost.
                transfer = self.desk.happened(token, CallerJoined())
            sentences = self._read_back(token) if transfer and first else ()
        except CallStoreError as error:
            log.error("hold_without_store", transfer=token, problem=str(error))
            transfer, sentences = None, ()
        if transfer is None:
            # Nobody can say whether a nurse is still coming: take the caller to the nurse line.
            self._fetch_from_conference(token)
        return xml(twiml.hold(token, comfort(self.settings.lines, transfer, sentences)))

    def menu(self, token: str) -> Response:
        """A key of a caller who has stepped out of the wait; anything else leads back into it."""
        wishes = {CALL_BACK: Wish.YES, WRONG: Wish.NOT_RIGHT}
        return self._fulfilled(token, wishes.get(request.form.get("Digits", ""), Wish.NO))

    def wished(self, token: str, wish: str) -> Response:
        """We have heard a caller say this in the wait, and fetched them out of it."""
        return self._fulfilled(token, Wish(wish))

    def _fulfilled(self, token: str, wish: Wish) -> Response:
        lines, transfer = self.settings.lines, self.services.store.load_transfer(token)
        if transfer and transfer.status is TransferStatus.BRIDGED:
            # She came while the caller was being fetched: the conference has ended for both.
            transfer = self.desk.happened(token, NurseLeft(transfer.attempt))
        if transfer is None:
            return nurse_line_answer(self.settings)
        match wish:
            case Wish.CALL_BACK if transfer.status in WAITING:
                return self._stepped_out(transfer, lines.wait_question, Heard.ANSWER)
            case Wish.YES if shows_number(request.form.get("From", "")):
                after = self.desk.happened(token, CallbackWanted())
                if after and after.status not in TAKEN:
                    return xml(twiml.goodbye(chosen(lines, after) + self.promised(after)))
                return self.back(transfer, ())
            case Wish.YES:
                return self.back(transfer, lines.callback_needs_number)
            case Wish.NOT_RIGHT:
                self._note_wrong(token)
                return self.back(transfer, lines.noted_wrong)
            case _:
                return self.back(transfer, ())

    def promised(self, transfer: Transfer) -> Sentences:
        """That this caller is called back, and by when; that it cannot be, of one whose number is withheld."""
        return promise(self.settings, request.form.get("From", ""), *self.desk.callback_due(transfer))

    def step_out(self, transfer: Transfer) -> Response:
        """The caller has pressed the star key in the wait."""
        return self._stepped_out(transfer, self.settings.lines.wait_menu, Heard.MENU)

    def back(self, transfer: Transfer, sentences: Sentences, *, first: bool = False) -> Response:
        """Into the wait; when it is over, to whatever is said then."""
        if transfer.status in FINISHED:
            return xml(twiml.go_on(sentences))
        return xml(
            twiml.join_conference(
                transfer.conference,
                transfer.token,
                sentences,
                public_url=self.settings.public_url,
                first=first,
                ear=self._ear(transfer, Heard.WAIT),
            )
        )

    def _stepped_out(self, transfer: Transfer, sentences: Sentences, heard: Heard) -> Response:
        self.desk.happened(transfer.token, CallerAway())
        return xml(twiml.menu(transfer.token, sentences, ear=self._ear(transfer, heard)))

    def _ear(self, transfer: Transfer, heard: Heard) -> str | None:
        if not self.desk.settings.listen_while_waiting or transfer.status not in WAITING:
            return None
        return ear(self.services.store, self.settings.public_url, transfer, heard)

    def _note_wrong(self, token: str) -> None:
        summary = self.services.store.load_summary(token)
        if summary and SAYS_WRONG not in summary.actions:
            self.services.store.save_summary(token, replace(summary, actions=(*summary.actions, SAYS_WRONG)))

    def _read_back(self, token: str) -> Sentences:
        summary = self.services.store.load_summary(token)
        words = read_back(summary) if summary else None
        return tuple(line.replace("{words}", words) for line in self.settings.lines.read_back) if words else ()

    def _fetch_from_conference(self, token: str) -> None:
        try:
            self.services.carrier.redirect(request.form.get("CallSid", ""), twiml.RESUME_PATH)
        except CarrierError as error:
            log.error("caller_not_redirected", transfer=token, problem=str(error))


def comfort(lines: Lines, transfer: Transfer | None, read_back: Sentences = ()) -> Sentences:
    """What is said in one round of the wait."""
    if transfer is None:
        return lines.hold_ringing + lines.hold_emergency
    match transfer.status:
        case TransferStatus.HOLDING:
            return lines.hold_after_talk
        case TransferStatus.BRIEFING | TransferStatus.ACCEPTED:
            said = lines.hold_briefing
        case _ if transfer.talked:
            said = lines.hold_dropped
        case _:
            said = lines.hold_next if transfer.attempt > 0 else lines.hold_ringing
    said += read_back or lines.hold_keys
    return said + lines.hold_emergency if transfer.care_level in URGENT else said


def chosen(lines: Lines, transfer: Transfer) -> Sentences:
    """To a caller who would rather be called back; what is promised comes after it."""
    return lines.callback_chosen_emergency if transfer.care_level in URGENT else lines.callback_chosen
