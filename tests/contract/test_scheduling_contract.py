"""What every appointment book must do: the fake, SQLite, and PostgreSQL where DATABASE_TEST_URL names one."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from voice_agent.errors import SchedulingError, SlotTakenError
from voice_agent.fakes.scheduling import FakeScheduling
from voice_agent.ports import Patient, Scheduling
from voice_agent.services.scheduling.clinic_calendar import ClinicCalendar
from voice_agent.services.scheduling.local import LocalScheduling

CALENDAR = ClinicCalendar(
    time_zone="America/New_York",
    opening_hours=dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ("09:00-12:00",)),
    slot_minutes=30,
    clinicians=("Doctor Lee",),
    horizon_days=30,
    closed_on=(date(2026, 11, 26),),
)
NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
"""Monday, eight in the morning in New York."""
MARIA = Patient("Maria Garcia", date(1952, 3, 3), "+15550100")
JOHN = Patient("John Smith", date(1970, 7, 4))
POSTGRESQL = os.environ.get("DATABASE_TEST_URL")


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["fake", "sqlite", *(["postgresql"] if POSTGRESQL else [])])
def book(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path) -> Iterator[Scheduling]:
    if request.param == "fake":
        yield FakeScheduling(CALENDAR, clock)
        return
    url = f"sqlite:///{tmp_path / 'book.db'}"
    if request.param == "postgresql":
        assert POSTGRESQL
        url = POSTGRESQL
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    local = LocalScheduling(url, CALENDAR, clock)
    yield local
    local.close()


def _first(book: Scheduling, count: int = 1) -> list[str]:
    return [slot.id for slot in book.find_slots(NOW, NOW + timedelta(7), limit=count)]


def test_it_works(book: Scheduling) -> None:
    assert book.check() is None


def test_slots_come_soonest_first_in_clinic_time_and_no_more_than_asked(book: Scheduling) -> None:
    slots = book.find_slots(NOW, NOW + timedelta(7), limit=3)
    assert [slot.start.isoformat() for slot in slots] == [
        "2026-11-23T09:00:00-05:00",
        "2026-11-23T09:30:00-05:00",
        "2026-11-23T10:00:00-05:00",
    ]
    assert {(slot.minutes, slot.clinician) for slot in slots} == {(30, "Doctor Lee")}


def test_the_window_includes_its_start_and_excludes_its_end(book: Scheduling) -> None:
    nine = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    assert [slot.start for slot in book.find_slots(nine, nine + timedelta(minutes=30), limit=9)] == [nine]


def test_nothing_past_is_offered_nor_booked(book: Scheduling, clock: Clock) -> None:
    early = _first(book)[0]
    clock.now = datetime(2026, 11, 23, 16, 45, tzinfo=UTC)
    assert [slot.start.day for slot in book.find_slots(NOW, NOW + timedelta(2), limit=1)] == [24]
    with pytest.raises(SlotTakenError):
        book.book(early, MARIA, "cough", idempotency_key="a")


def test_a_closed_day_and_days_beyond_the_horizon_are_not_offered(book: Scheduling) -> None:
    holiday = datetime(2026, 11, 26, 0, 0, tzinfo=CALENDAR.zone)
    assert book.find_slots(holiday, holiday + timedelta(1)) == []
    assert book.find_slots(NOW + timedelta(31), NOW + timedelta(60)) == []


def test_a_booked_slot_is_not_offered_again(book: Scheduling) -> None:
    slot = _first(book)[0]
    booked = book.book(slot, MARIA, "cough", idempotency_key="a")
    assert (booked.slot.id, booked.patient, booked.reason, booked.status) == (slot, MARIA, "cough", "booked")
    assert slot not in _first(book, 9)


def test_a_taken_slot_cannot_be_booked(book: Scheduling) -> None:
    slot = _first(book)[0]
    book.book(slot, MARIA, "cough", idempotency_key="a")
    with pytest.raises(SlotTakenError, match="offer another"):
        book.book(slot, JOHN, "knee", idempotency_key="b")
    assert book.appointments_of(JOHN, after=NOW) == []


def test_the_same_key_books_once(book: Scheduling) -> None:
    one, two = _first(book, 2)
    first = book.book(one, MARIA, "cough", idempotency_key="a")
    assert book.book(two, MARIA, "cough", idempotency_key="a") == first
    assert len(book.appointments_of(MARIA, after=NOW)) == 1


def test_an_unknown_slot_is_refused(book: Scheduling) -> None:
    for slot in ("nonsense", "20261123T1401Z-doctor-lee", "20261123T1400Z-nobody"):
        with pytest.raises(SlotTakenError):
            book.book(slot, MARIA, "cough", idempotency_key=slot)


@pytest.mark.parametrize("said", ["maria garcia", "Mariah Garsia", "maria elena garcia", "Maria García"])
def test_a_patient_is_found_by_a_name_spelled_otherwise(book: Scheduling, said: str) -> None:
    booked = book.book(_first(book)[0], MARIA, "cough", idempotency_key="a")
    assert book.appointments_of(Patient(said, MARIA.date_of_birth), after=NOW) == [booked]


def test_another_name_or_another_birthday_finds_nothing(book: Scheduling) -> None:
    book.book(_first(book)[0], MARIA, "cough", idempotency_key="a")
    for stranger in ("Martin Gonzales", "Garcia", "Maria Jones", ""):
        assert book.appointments_of(Patient(stranger, MARIA.date_of_birth), after=NOW) == []
    assert book.appointments_of(Patient(MARIA.name, date(1952, 3, 4)), after=NOW) == []


def test_twins_are_told_apart(book: Scheduling) -> None:
    one, two = _first(book, 2)
    mario = Patient("Mario Garcia", MARIA.date_of_birth)
    hers = book.book(one, MARIA, "cough", idempotency_key="a")
    his = book.book(two, mario, "knee", idempotency_key="b")
    assert book.appointments_of(MARIA, after=NOW) == [hers]
    assert book.appointments_of(mario, after=NOW) == [his]


def test_appointments_come_in_order_and_only_those_ahead(book: Scheduling) -> None:
    one, two = _first(book, 2)
    later = book.book(two, MARIA, "cough", idempotency_key="a")
    sooner = book.book(one, MARIA, "knee", idempotency_key="b")
    assert book.appointments_of(MARIA, after=NOW) == [sooner, later]
    assert book.appointments_of(MARIA, after=later.slot.start) == [later]


def test_rescheduling_takes_the_new_and_frees_the_old(book: Scheduling) -> None:
    one, two = _first(book, 2)
    old = book.book(one, MARIA, "cough", idempotency_key="a")
    new = book.reschedule(old.id, two, idempotency_key="b")
    assert (new.slot.id, new.patient, new.reason, new.status) == (two, MARIA, "cough", "booked")
    assert book.appointments_of(MARIA, after=NOW) == [new]
    assert _first(book, 2) == [one, CALENDAR_THIRD]
    assert book.reschedule(old.id, two, idempotency_key="b") == new


CALENDAR_THIRD = "20261123T1500Z-doctor-lee"


def test_rescheduling_to_a_taken_slot_changes_nothing(book: Scheduling) -> None:
    one, two = _first(book, 2)
    old = book.book(one, MARIA, "cough", idempotency_key="a")
    book.book(two, JOHN, "knee", idempotency_key="b")
    with pytest.raises(SlotTakenError):
        book.reschedule(old.id, two, idempotency_key="c")
    assert book.appointments_of(MARIA, after=NOW) == [old]
    assert one not in _first(book, 9)


def test_rescheduling_to_its_own_slot_keeps_it(book: Scheduling) -> None:
    slot = _first(book)[0]
    old = book.book(slot, MARIA, "cough", idempotency_key="a")
    new = book.reschedule(old.id, slot, idempotency_key="b")
    assert book.appointments_of(MARIA, after=NOW) == [new]
    assert slot not in _first(book, 9)


def test_cancelling_frees_the_slot_and_twice_is_no_error(book: Scheduling) -> None:
    slot = _first(book)[0]
    booked = book.book(slot, MARIA, "cough", idempotency_key="a")
    assert book.cancel(booked.id).status == "cancelled"
    assert book.cancel(booked.id).status == "cancelled"
    assert book.appointments_of(MARIA, after=NOW) == []
    book.book(slot, JOHN, "knee", idempotency_key="b")
    book.cancel(booked.id)
    assert slot not in _first(book, 9)


def test_what_does_not_exist_cannot_be_changed(book: Scheduling) -> None:
    slot = _first(book)[0]
    for unknown in ("77", "x"):
        with pytest.raises(SchedulingError, match="no appointment"):
            book.cancel(unknown)
        with pytest.raises(SchedulingError, match="no appointment"):
            book.reschedule(unknown, slot, idempotency_key="a")


def test_a_cancelled_appointment_cannot_be_rescheduled(book: Scheduling) -> None:
    one, two = _first(book, 2)
    booked = book.book(one, MARIA, "cough", idempotency_key="a")
    book.cancel(booked.id)
    with pytest.raises(SchedulingError, match="cancelled"):
        book.reschedule(booked.id, two, idempotency_key="b")


def test_many_callers_at_once_never_share_a_slot(book: Scheduling) -> None:
    """Sixteen threads ask for the same four slots together: four get one, twelve are told to choose another."""
    slots = _first(book, 4)
    together = threading.Barrier(16, timeout=30)

    def call(number: int) -> str | None:
        together.wait()
        try:
            patient = Patient(f"Caller {number}", date(1980, 1, 1))
            return book.book(slots[number % 4], patient, "", idempotency_key=str(number)).slot.id
        except SlotTakenError:
            return None

    with ThreadPoolExecutor(16) as pool:
        won = [slot for slot in pool.map(call, range(16)) if slot]
    assert sorted(won) == sorted(slots)


def test_one_key_from_many_threads_books_once(book: Scheduling) -> None:
    slot = _first(book)[0]
    together = threading.Barrier(8, timeout=30)

    def call(_number: int) -> str:
        together.wait()
        return book.book(slot, MARIA, "cough", idempotency_key="same").id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(call, range(8)))) == 1
