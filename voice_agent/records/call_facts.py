"""What is kept of every call for figures: no words, no names, no numbers.

One row a call in DATABASE_URL, under a keyed hash of its CallSid. The caller's number stands in it as a keyed hash,
only so that a second call within a week is seen as one, and is taken out after that.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from voice_agent.call.call_figures import CallFigures
from voice_agent.call.handoff import CallSummary
from voice_agent.call.measurements import Counted
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.errors import RecordsError
from voice_agent.records.database import Database
from voice_agent.triage.care_levels import CareLevel

log = structlog.get_logger(__name__)

REPEAT_DAYS: Final = 7
"""A second call within so many days is a repeat contact: the first did not end the matter."""
KEEP_DAYS: Final = 400
"""A row is deleted after this: a year can be compared with the one before."""
FORGET_EVERY_ROWS: Final = 200
"""How often old rows are looked for: with every so many new ones."""
MOST_EARLIER: Final = 10
ASKED_FOR_PERSON: Final = "Asked for a person"

_METADATA = MetaData()
_CALLS = Table(
    "call_facts",
    _METADATA,
    Column("call_key", String(64), primary_key=True),
    Column("caller_key", String(64)),
    Column("case_token", String(64)),
    Column("started_at", String(19), nullable=False, index=True),
    Column("answer", String(20)),
    Column("language", String(8), nullable=False),
    Column("seconds", Integer),
    Column("disposition", String(40)),
    Column("care_level", String(24)),
    Column("turns", Integer),
    Column("no_inputs", Integer),
    Column("no_matches", Integer),
    Column("transfer_why", String(20)),
    Column("transfer_status", String(20)),
    Column("nurse_answer_s", Integer),
    Column("nurse_end_s", Integer),
    Column("callback_due_at", String(19)),
    Column("callback_done_at", String(19)),
    Column("asked_again", Integer),
    Column("held", Integer),
    Column("rating", Integer),
    Column("repeated", Integer, nullable=False, default=0),
    Index("call_facts_caller", "caller_key", "started_at"),
)


@dataclass(frozen=True, slots=True)
class CallFact:
    """One call, as far as figures need it. What is not known (yet) is None."""

    started_at: datetime
    """Aware, UTC."""
    language: str = "en"
    """The caller's, where the dialog learned it, else what the line is configured to speak."""
    answer: str | None = None
    """How the phone was answered: `stream`, else where the caller went at once."""
    seconds: int | None = None
    """On our stream."""
    disposition: str | None = None
    care_level: str | None = None
    turns: int | None = None
    no_inputs: int | None = None
    no_matches: int | None = None
    transfer_why: str | None = None
    """`red_flag`, `symptom`, `asked`, `other`."""
    transfer_status: str | None = None
    nurse_answer_s: int | None = None
    """From the wish for a nurse to her acceptance."""
    nurse_end_s: int | None = None
    """From the wish for a nurse to the end of their talk."""
    callback_due_at: datetime | None = None
    callback_done_at: datetime | None = None
    asked_again: int | None = None
    """How many held items the nurse had to ask again."""
    held: int | None = None
    rating: int | None = None
    """1 to 5."""
    repeated: bool = False
    """The caller rang again within a week."""
    case_token: str | None = field(default=None, repr=False)


class CallFacts:
    """The table. Writing never raises: a figure that is lost must not cost a call; it is logged.

    Reading raises RecordsError.
    """

    def __init__(
        self,
        database_url: str,
        key: str,
        run: Callable[[Callable[[], None]], object] = lambda work: work(),
        *,
        language: str = "en",
    ) -> None:
        """`key`: of the hashes. `run`: does a write, at once or beside the call, in order. `language`: of the line.

        Connects to nothing yet. Raises SettingsError.
        """
        self._database = Database(database_url, _METADATA)
        self._key = key.encode()
        self._language = language
        self._run = run
        self._written = 0

    def rang(self, call_id: str, at: datetime, answer: str) -> None:
        """The phone rang, and was answered so."""
        self._write(call_id, {"answer": answer}, at)

    def ended(self, summary: CallSummary, figures: CallFigures, at: datetime, *, caller: str) -> None:
        """The call left our stream; `caller` is the number, '' when it is withheld. A resumed call adds up."""
        started = datetime.fromisoformat(summary.started_at) if summary.started_at else at
        caller_key = self._hash(caller) if caller else None
        values = {
            "caller_key": caller_key,
            "seconds": round(figures.audio_ms / 1000),
            "disposition": str(summary.disposition or "lost"),
            "care_level": str(summary.care_level) if summary.care_level else None,
            "turns": sum(turn.speaker == "caller" for turn in summary.turns),
            "no_inputs": figures.counts[Counted.NO_INPUT],
            "no_matches": figures.counts[Counted.NO_MATCH],
            "transfer_why": _why(summary),
            **({"rating": summary.rating} if summary.rating else {}),
            **({"language": learned} if (learned := summary.learned.get("language")) else {}),
        }
        self._write(summary.call_id, values, started, add=("seconds", "no_inputs", "no_matches"))
        if caller_key:
            self._run(lambda: self._guarded(lambda: self._mark_earlier(caller_key, summary.call_id, started)))

    def transfer_moved(self, transfer: Transfer, at: datetime) -> None:
        """A transfer came to another status."""
        requested = datetime.fromisoformat(transfer.requested_at) if transfer.requested_at else at
        passed_s = max(0, round((at - requested).total_seconds()))
        values: dict[str, Any] = {"transfer_status": str(transfer.status), "case_token": transfer.token}
        if transfer.status is TransferStatus.ACCEPTED:
            values["nurse_answer_s"] = passed_s
        if transfer.status is TransferStatus.DONE:
            values["nurse_end_s"] = passed_s
        self._write(transfer.call_id, values, requested)

    def observer(self, now: Callable[[], datetime]) -> Callable[[Transfer], None]:
        """For `NurseDesk(observe=…)`, by this clock."""
        return lambda transfer: self.transfer_moved(transfer, now())

    def called_back(self, call_id: str, due: datetime, at: datetime) -> None:
        """A call-back that was owed is made."""
        self._write(call_id, {"callback_due_at": _text(due), "callback_done_at": _text(at)}, at)

    def asked_again(self, call_id: str, again: int, held: int, at: datetime) -> None:
        """The nurse had to ask `again` of `held` items that the case held."""
        self._write(call_id, {"asked_again": again, "held": held}, at)

    def between(self, start: datetime, end: datetime) -> list[CallFact]:
        """Calls that began in start <= t < end, oldest first."""
        wanted = select(_CALLS).where(_CALLS.c.started_at >= _text(start), _CALLS.c.started_at < _text(end))
        with self._database.connected() as connection:
            rows = connection.execute(wanted.order_by(_CALLS.c.started_at)).mappings().all()
        return [_fact(row) for row in rows]

    def earlier(self, caller: str, call_id: str) -> list[CallFact]:
        """Other calls from this number that are still known as such, newest first."""
        if not caller:
            return []
        wanted = select(_CALLS).where(
            _CALLS.c.caller_key == self._hash(caller), _CALLS.c.call_key != self._hash(call_id)
        )
        with self._database.connected() as connection:
            rows = connection.execute(wanted.order_by(_CALLS.c.started_at.desc()).limit(MOST_EARLIER)).mappings().all()
        return [_fact(row) for row in rows]

    def forget(self, now: datetime) -> None:
        """Take out what ties calls to callers after the time of repeats, and delete old rows. Raises RecordsError."""
        untied, gone = now - timedelta(days=REPEAT_DAYS), now - timedelta(days=KEEP_DAYS)
        with self._database.connected() as connection:
            connection.execute(
                update(_CALLS).where(_CALLS.c.started_at < _text(untied)).values(caller_key=None, case_token=None)
            )
            connection.execute(_CALLS.delete().where(_CALLS.c.started_at < _text(gone)))

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _write(self, call_id: str, values: Mapping[str, Any], at: datetime, add: tuple[str, ...] = ()) -> None:
        """Set these columns of a call's row, which is made when it is new; `add`: add to what stands there."""
        key = self._hash(call_id)
        self._run(lambda: self._guarded(lambda: self._upsert(key, values, at, add)))

    def _upsert(self, key: str, values: Mapping[str, Any], at: datetime, add: tuple[str, ...]) -> None:
        def change(connection: Connection) -> bool:
            before = connection.execute(select(_CALLS).where(_CALLS.c.call_key == key)).mappings().one_or_none()
            if before is None:
                return False
            sums = {name: (before[name] or 0) + values[name] for name in add}
            connection.execute(update(_CALLS).where(_CALLS.c.call_key == key).values({**values, **sums}))
            return True

        with self._database.connected() as connection:
            if change(connection):
                return
        try:
            with self._database.connected() as connection:
                new = {"call_key": key, "started_at": _text(at), "language": self._language, "repeated": 0, **values}
                connection.execute(insert(_CALLS).values(new))
        except IntegrityError:
            # Another server was first with this call.
            with self._database.connected() as connection:
                change(connection)
        self._written += 1
        if self._written % FORGET_EVERY_ROWS == 1:
            self.forget(at)

    def _mark_earlier(self, caller_key: str, call_id: str, started: datetime) -> None:
        week = started - timedelta(days=REPEAT_DAYS)
        earlier = (
            _CALLS.c.caller_key == caller_key,
            _CALLS.c.call_key != self._hash(call_id),
            _CALLS.c.started_at >= _text(week),
            _CALLS.c.started_at <= _text(started),
        )
        with self._database.connected() as connection:
            connection.execute(update(_CALLS).where(*earlier).values(repeated=1))

    def _guarded(self, write: Callable[[], None]) -> None:
        try:
            write()
        except RecordsError as error:
            log.error("call_fact_not_kept", problem=str(error))

    def _hash(self, what: str) -> str:
        return hmac.new(self._key, what.encode(), hashlib.sha256).hexdigest()


def _why(summary: CallSummary) -> str | None:
    """Why a person was wanted, as one of four words; None when none was."""
    if summary.red_flag:
        return "red_flag"
    if not summary.reason:
        return None
    if summary.reason == ASKED_FOR_PERSON:
        return "asked"
    urgent = {CareLevel.EMERGENCY_911, CareLevel.NURSE_NOW, CareLevel.NURSE_WITHIN_HOUR}
    return "symptom" if summary.care_level in urgent else "other"


def _text(at: datetime) -> str:
    """UTC to the second: sorts as text, in every database."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _fact(row: Mapping[Any, Any]) -> CallFact:
    values = {one.name: row[one.name] for one in fields(CallFact)}
    times = {name: _moment(values[name]) for name in ("started_at", "callback_due_at", "callback_done_at")}
    return CallFact(**{**values, **times, "repeated": bool(values["repeated"])})
