"""What nurses do about cases, across servers.

The shell around `call/case_work.py`: loads the work, changes it, keeps it by compare-and-set. Two nurses never both
have a case: who comes second is told who was first.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from voice_agent.call import case_work
from voice_agent.call.case_work import AskedAgain, CallbackTry, CaseOutcome, CaseWork, Note, ReviewItem, Verdict
from voice_agent.errors import CallStoreError
from voice_agent.ports import CaseDeskStore

log = structlog.get_logger(__name__)

RACES: Final = 10
"""How often a lost compare-and-set is tried again."""
LONGEST_NOTE: Final = 2000
"""Characters of a note, a phrase or a comment."""
REVIEW_ID_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a nurse's wish."""

    work: CaseWork
    """As it stands now."""
    ok: bool
    """False: somebody else has the case; `work.nurse` says who."""


class CaseDesk:
    """Safe to call from any thread and from several processes. Raises CallStoreError."""

    def __init__(self, store: CaseDeskStore, now: Callable[[], datetime]) -> None:
        """`now` gives aware wall-clock times."""
        self._store = store
        self._now = now

    def claim(self, token: str, nurse: str) -> Done:
        """She has the case from now on, unless somebody has it."""
        return self._changed(token, lambda work: case_work.claimed(work, nurse, self._at()), nurse, "claimed")

    def take_over(self, token: str, nurse: str, from_nurse: str) -> Done:
        """She takes the case from another nurse, who still has it."""
        return self._changed(
            token,
            lambda work: case_work.taken_over(work, nurse, self._at(), from_nurse=from_nurse),
            nurse,
            "taken_over",
        )

    def release(self, token: str, nurse: str) -> Done:
        """Somebody else may have it."""
        return self._changed(token, lambda work: case_work.released(work, nurse), nurse, "released")

    def note(self, token: str, nurse: str, text: str) -> Done:
        """Add a note; one without words changes nothing."""
        note = Note(nurse, self._at(), text.strip()[:LONGEST_NOTE])
        return self._changed(token, lambda work: case_work.noted(work, note) if note.text else work, nurse, "noted")

    def close(self, token: str, nurse: str, outcome: CaseOutcome) -> Done:
        """The case has an outcome; not while somebody else has it."""
        return self._changed(token, lambda work: case_work.closed(work, outcome, nurse, self._at()), nurse, "closed")

    def tried(self, token: str, nurse: str, *, reached: bool) -> Done:
        """The caller was called back."""
        attempt = CallbackTry(nurse, self._at(), reached)
        return self._changed(token, lambda work: case_work.tried(work, attempt), nurse, "called_back")

    def asked_again(self, token: str, nurse: str, items: tuple[str, ...], held: int) -> Done:
        """She had to ask `items` again, of `held` that the case held."""
        again = AskedAgain(nurse, self._at(), items, held)
        return self._changed(token, lambda work: case_work.asked(work, again), nurse, "asked_again")

    def disagree(self, token: str, nurse: str, verdict: Verdict, flag: str, phrase: str, comment: str) -> Done:
        """She disagrees with the triage: onto the review list."""
        item = ReviewItem(
            id=secrets.token_urlsafe(REVIEW_ID_BYTES),
            token=token,
            by=nurse,
            at=self._at(),
            verdict=verdict,
            flag=flag,
            phrase=" ".join(phrase.split())[:LONGEST_NOTE],
            comment=comment.strip()[:LONGEST_NOTE],
        )
        self._store.add_review(item)
        return self._changed(token, lambda work: case_work.judged(work, verdict), nurse, "disagreed")

    def _changed(self, token: str, change: Callable[[CaseWork], CaseWork | None], nurse: str, what: str) -> Done:
        for _ in range(RACES):
            before = self._store.load_work(token)
            after = change(before)
            if after is None:
                log.info("case_change_refused", transfer=token, what=what, user=nurse)
                return Done(before, ok=False)
            if after == before or self._store.replace_work(after, expected_version=before.version):
                log.info("case_changed", transfer=token, what=what, user=nurse)
                return Done(after, ok=True)
        raise CallStoreError(f"a case changed {RACES} times while we changed it; nothing was kept, please try again")

    def _at(self) -> str:
        return self._now().isoformat(timespec="seconds")
