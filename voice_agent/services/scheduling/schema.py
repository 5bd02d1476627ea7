"""The tables of our own appointment book.

Personal: patients.name, patients.date_of_birth, patients.phone, appointments.reason. They are stored in the clear;
protect the database's disk and its backups until encryption at rest is added.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Connection, DateTime, Dialect, ForeignKey, String, insert, inspect, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION: Final = 1


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC; SQLite has no zones of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All our tables."""


class SchemaVersionRow(Base):
    """One row: the version of the tables beside it."""

    __tablename__ = "schema_version"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class PatientRow(Base):
    """Somebody with an appointment."""

    __tablename__ = "patients"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    date_of_birth: Mapped[date] = mapped_column(index=True)
    phone: Mapped[str] = mapped_column(String(40), default="")


class AppointmentRow(Base):
    """One appointment, booked or cancelled."""

    __tablename__ = "appointments"
    id: Mapped[int] = mapped_column(primary_key=True)
    slot_id: Mapped[str] = mapped_column(String(200))
    clinician: Mapped[str] = mapped_column(String(200))
    start: Mapped[datetime] = mapped_column(Instant, index=True)
    minutes: Mapped[int]
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    status: Mapped[str] = mapped_column(String(20))
    idempotency_key: Mapped[str] = mapped_column(String(200), unique=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"), default=None)
    patient: Mapped[PatientRow] = relationship(lazy="joined")


class HeldBlockRow(Base):
    """Five minutes of a clinician that a booked appointment holds.

    The primary key is what makes double booking impossible: two appointments that overlap share a block, however
    long they are, and the database takes only one.
    """

    __tablename__ = "held_blocks"
    clinician: Mapped[str] = mapped_column(String(200), primary_key=True)
    start: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), index=True)


def prepare(connection: Connection) -> int:
    """Create the tables where there are none; the version of those that are there."""
    if not inspect(connection).has_table(SchemaVersionRow.__tablename__):
        Base.metadata.create_all(connection)
        connection.execute(insert(SchemaVersionRow).values(version=SCHEMA_VERSION))
    return connection.execute(select(SchemaVersionRow.version)).scalar_one()
