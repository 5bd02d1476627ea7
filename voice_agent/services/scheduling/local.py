"""The appointment book in our own database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from voice_agent.errors import SchedulingError, SlotTakenError
from voice_agent.ports import Appointment, Patient, Slot
from voice_agent.services.scheduling.clinic_calendar import ClinicCalendar, blocks
from voice_agent.services.scheduling.database import lock_schema, open_engine, place_of
from voice_agent.services.scheduling.name_matching import best_matches, plain
from voice_agent.services.scheduling.schema import (
    SCHEMA_VERSION,
    AppointmentRow,
    HeldBlockRow,
    PatientRow,
    prepare,
)

_LONGEST_REASON = 500
_LOST_RACES = frozenset({"40001", "40P01"})
"""PostgreSQL's serialization failure and deadlock: two callers swapped slots at the same moment."""


class LocalScheduling:
    """`ports.Scheduling` on SQLite or PostgreSQL.

    Free slots follow from the clinic's calendar; only what is booked is stored. Connects at first use, so the
    server comes up without its database. Safe to call from any thread. See `schema.py` for what is personal.
    """

    def __init__(self, database_url: str, calendar: ClinicCalendar, now: Callable[[], datetime]) -> None:
        self._url = database_url
        self._calendar = calendar
        self._now = now
        self._opening = threading.Lock()
        self._engine: Engine | None = None

    def find_slots(self, after: datetime, before: datetime, limit: int = 3) -> list[Slot]:
        candidates = self._calendar.bookable(self._now(), after, before)
        found: list[Slot] = []
        with self._session() as session:
            held = self._held(session, max(after, self._now()), before)
            for slot in candidates:
                if len(found) == limit:
                    break
                if not any((slot.clinician, block) in held for block in blocks(slot.start, slot.minutes)):
                    found.append(slot)
        return found

    def _held(self, session: Session, after: datetime, before: datetime) -> set[tuple[str, datetime]]:
        """The blocks that are taken from `after` on until the last slot before `before` ends."""
        last = before + timedelta(minutes=self._calendar.slot_minutes)
        rows = session.execute(
            select(HeldBlockRow.clinician, HeldBlockRow.start)
            .where(HeldBlockRow.start >= after)
            .where(HeldBlockRow.start < last)
        )
        return {(clinician, start) for clinician, start in rows}

    def book(self, slot_id: str, patient: Patient, reason: str, *, idempotency_key: str) -> Appointment:
        def enter(session: Session) -> AppointmentRow:
            slot = self._open_slot(slot_id)
            row = self._row(slot, self._patient_row(session, patient), reason, idempotency_key)
            self._hold(session, row)
            return row

        return self._once(idempotency_key, slot_id, enter)

    def appointments_of(self, patient: Patient, *, after: datetime) -> list[Appointment]:
        with self._session() as session:
            born_then = session.scalars(select(PatientRow).where(PatientRow.date_of_birth == patient.date_of_birth))
            ids = best_matches(patient.name, [(row.name, row.id) for row in born_then])
            rows = session.scalars(
                select(AppointmentRow)
                .where(AppointmentRow.patient_id.in_(ids), AppointmentRow.status == "booked")
                .where(AppointmentRow.start >= after)
                .order_by(AppointmentRow.start)
            )
            return [self._appointment(row) for row in rows]

    def reschedule(self, appointment_id: str, slot_id: str, *, idempotency_key: str) -> Appointment:
        def move(session: Session) -> AppointmentRow:
            old = self._existing(session, appointment_id)
            if old.status != "booked":
                raise SchedulingError(f"Appointment {appointment_id} was cancelled; book a new one instead.")
            slot = self._open_slot(slot_id)
            self._release(session, old)
            row = self._row(slot, old.patient, old.reason, idempotency_key)
            row.replaces_id = old.id
            self._hold(session, row)
            return row

        return self._once(idempotency_key, slot_id, move)

    def cancel(self, appointment_id: str) -> Appointment:
        with self._session(writes=True) as session:
            row = self._existing(session, appointment_id)
            self._release(session, row)
            return self._appointment(row)

    def check(self) -> str | None:
        try:
            with self._session() as session:
                session.execute(select(1))
        except SchedulingError as error:
            return str(error)
        return None

    def close(self) -> None:
        """Give the connections back."""
        with self._opening:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _once(self, key: str, slot_id: str, change: Callable[[Session], AppointmentRow]) -> Appointment:
        """Do a change whose key was not used before; else what it did then. Raises SlotTakenError."""
        try:
            with self._session(writes=True) as session:
                return self._appointment(self._by_key(session, key) or change(session))
        except IntegrityError as error:
            # Two at once: either the slot is somebody else's now, or our own key won in another thread.
            with self._session() as session:
                if done := self._by_key(session, key):
                    return self._appointment(done)
            raise SlotTakenError(f"Slot {slot_id} is not free any more; offer another.") from error

    @contextmanager
    def _session(self, *, writes: bool = False) -> Iterator[Session]:
        """One transaction, committed at the end; any database failure but a broken constraint is a SchedulingError."""
        try:
            engine = self._ready()
            with Session(engine.execution_options(writes=writes), expire_on_commit=False) as session, session.begin():
                yield session
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            if getattr(getattr(error, "orig", None), "sqlstate", "") in _LOST_RACES:
                raise SlotTakenError("Somebody else changed the same slots at once; offer another.") from error
            raise SchedulingError(
                f"The appointment book at {place_of(self._url)} cannot be used ({_first_line(error)}); "
                "start the database or correct DATABASE_URL."
            ) from error

    def _ready(self) -> Engine:
        """The engine, with the tables in place. Raises SchedulingError when they are newer than this program."""
        with self._opening:
            if self._engine is not None:
                return self._engine
            engine = open_engine(self._url)
            with engine.execution_options(writes=True).begin() as connection:
                lock_schema(connection)
                version = prepare(connection)
            if version != SCHEMA_VERSION:
                engine.dispose()
                raise SchedulingError(
                    f"The appointment book at {place_of(self._url)} has tables of version {version}, this program "
                    f"knows version {SCHEMA_VERSION}: update voice-agent, or point DATABASE_URL elsewhere."
                )
            self._engine = engine
            return engine

    def _open_slot(self, slot_id: str) -> Slot:
        slot = self._calendar.slot(slot_id)
        if slot is None or slot.start < self._now():
            raise SlotTakenError(f"Slot {slot_id} is not free any more; offer another.")
        return slot

    def _by_key(self, session: Session, key: str) -> AppointmentRow | None:
        return session.scalar(select(AppointmentRow).where(AppointmentRow.idempotency_key == key))

    def _existing(self, session: Session, appointment_id: str) -> AppointmentRow:
        row = (
            session.get(AppointmentRow, int(appointment_id), with_for_update={"of": AppointmentRow})
            if appointment_id.isdecimal()
            else None
        )
        if row is None:
            raise SchedulingError(f"There is no appointment {appointment_id} in the book; look it up again.")
        return row

    def _patient_row(self, session: Session, patient: Patient) -> PatientRow:
        """The patient's row: an alike name is enough to find an appointment, never to book under; twins exist."""
        born_then = session.scalars(select(PatientRow).where(PatientRow.date_of_birth == patient.date_of_birth))
        for row in born_then:
            if plain(row.name) == plain(patient.name):
                row.phone = patient.phone or row.phone
                return row
        return PatientRow(name=patient.name, date_of_birth=patient.date_of_birth, phone=patient.phone)

    def _row(self, slot: Slot, patient: PatientRow, reason: str, key: str) -> AppointmentRow:
        return AppointmentRow(
            slot_id=slot.id,
            clinician=slot.clinician,
            start=slot.start,
            minutes=slot.minutes,
            patient=patient,
            reason=reason[:_LONGEST_REASON],
            status="booked",
            idempotency_key=key,
        )

    def _hold(self, session: Session, row: AppointmentRow) -> None:
        session.add(row)
        session.flush()
        held = [
            HeldBlockRow(clinician=row.clinician, start=start, appointment_id=row.id)
            for start in blocks(row.start, row.minutes)
        ]
        session.add_all(held)
        session.flush()

    def _release(self, session: Session, row: AppointmentRow) -> None:
        row.status = "cancelled"
        session.execute(delete(HeldBlockRow).where(HeldBlockRow.appointment_id == row.id))

    def _appointment(self, row: AppointmentRow) -> Appointment:
        start = row.start if row.start.tzinfo else row.start.replace(tzinfo=UTC)
        return Appointment(
            id=str(row.id),
            slot=Slot(row.slot_id, start.astimezone(self._calendar.zone), row.minutes, row.clinician),
            patient=Patient(row.patient.name, row.patient.date_of_birth, row.patient.phone),
            reason=row.reason,
            status=row.status,
        )


def _first_line(error: SQLAlchemyError) -> str:
    """What the driver said, without the statement: its parameters are personal."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
