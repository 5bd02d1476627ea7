"""What the console's pages stand on, and who may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import structlog
from flask import abort, g

from voice_agent.case_desk import CaseDesk
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import CallStore, CaseDeskStore, SignInFailures
from voice_agent.records.call_facts import CallFacts
from voice_agent.records.users import Role, User
from voice_agent.simulator.softphone import Browser
from voice_agent.simulator.softphone_call import Watch
from voice_agent.web.console import views
from voice_agent.web.console.sessions import Users
from voice_agent.web.settings import ConsoleSettings

log = structlog.get_logger(__name__)

SHOWN: Final = 60
"""Transfers on the queue page."""


class Softphone(Protocol):
    """A carrier for browsers; `simulator.softphone_call.SoftphoneCarrier`."""

    def call(
        self, browser: Browser, *, caller: str, local_url: str, watch: Watch, closing: Callable[[], bool]
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Handed to every set of pages."""

    settings: ConsoleSettings
    store: CallStore
    case_store: CaseDeskStore
    cases: CaseDesk
    nurses: NurseDesk
    users: Users
    facts: CallFacts
    now: Callable[[], datetime]
    closing: Callable[[], bool]
    """Whether this process drains: what is held open lets go."""
    sign_in_failures: SignInFailures
    softphone: Softphone | None = None
    """None: there is no /console/phone."""

    @property
    def zone(self) -> ZoneInfo:
        """Where times are shown."""
        return ZoneInfo(self.settings.zone)

    def desk(self, user: User) -> views.Desk:
        """What stands in the store; summaries only for nurses."""
        transfers, callbacks = self.store.recent_transfers(SHOWN), self.store.callbacks()
        tokens = list(dict.fromkeys([*(case.token for case in transfers), *(task.token for task in callbacks)]))
        found = {token: self.store.load_summary(token) for token in tokens} if is_nurse(user) else {}
        summaries = {token: summary for token, summary in found.items() if summary}
        return views.Desk(transfers, callbacks, summaries, self.case_store.works(tokens))


def is_nurse(user: User | None) -> bool:
    """Whether cases are shown."""
    return user is not None and user.role is Role.NURSE


def nurses_only() -> str:
    """The nurse's name; 403 for anybody else."""
    if not is_nurse(g.user):
        log.warning("console_case_refused", user=g.user.name)
        abort(403)
    return str(g.user.name)
