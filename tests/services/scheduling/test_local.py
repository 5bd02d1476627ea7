"""What only a real database can get wrong."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from voice_agent.errors import SchedulingError, SlotTakenError
from voice_agent.ports import Patient
from voice_agent.services.scheduling.clinic_calendar import ClinicCalendar
from voice_agent.services.scheduling.local import LocalScheduling

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
HOURS = {"monday": ("09:00-12:00",), "tuesday": ("09:00-12:00",)}
CALENDAR = ClinicCalendar(opening_hours=HOURS, slot_minutes=30, clinicians=("Doctor Lee",))
MARIA = Patient("Maria Garcia", date(1952, 3, 3))


def _book(path: Path, calendar: ClinicCalendar = CALENDAR) -> LocalScheduling:
    return LocalScheduling(f"sqlite:///{path}", calendar, lambda: NOW)


def test_the_book_outlives_the_program_and_is_shared(tmp_path: Path) -> None:
    path = tmp_path / "new-folder" / "book.db"
    first, second = _book(path), _book(path)
    slot = first.find_slots(NOW, NOW + timedelta(1))[0]
    booked = first.book(slot.id, MARIA, "cough", idempotency_key="a")
    first.close()
    assert second.appointments_of(MARIA, after=NOW) == [booked]
    with pytest.raises(SlotTakenError):
        second.book(slot.id, Patient("John Smith", date(1970, 1, 1)), "", idempotency_key="b")
    second.close()


def test_a_change_of_slot_length_cannot_overlap_what_is_booked(tmp_path: Path) -> None:
    old = _book(tmp_path / "book.db")
    old.book(old.find_slots(NOW, NOW + timedelta(1))[0].id, MARIA, "", idempotency_key="a")
    old.close()
    new = _book(tmp_path / "book.db", ClinicCalendar(opening_hours=HOURS, slot_minutes=20, clinicians=("Doctor Lee",)))
    # 09:00 to 09:30 is held, so of the slots at 09:00, 09:20 and 09:40 only the last is free.
    assert new.find_slots(NOW, NOW + timedelta(1))[0].start.strftime("%H:%M") == "09:40"
    with pytest.raises(SlotTakenError):
        new.book("20261123T1420Z-doctor-lee", MARIA, "", idempotency_key="b")
    new.close()


def test_it_writes_ahead_so_that_readers_do_not_wait(tmp_path: Path) -> None:
    book = _book(tmp_path / "book.db")
    assert book.check() is None
    book.close()
    with sqlite3.connect(tmp_path / "book.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_newer_tables_are_refused_with_a_way_out(tmp_path: Path) -> None:
    book = _book(tmp_path / "book.db")
    book.check()
    book.close()
    with sqlite3.connect(tmp_path / "book.db") as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    newer = _book(tmp_path / "book.db")
    with pytest.raises(SchedulingError, match=r"version 99.*update voice-agent"):
        newer.find_slots(NOW, NOW + timedelta(1))
    assert "version 99" in (newer.check() or "")
    newer.close()


def test_an_unreachable_database_is_said_in_one_sentence_without_the_password(tmp_path: Path) -> None:
    book = LocalScheduling("postgresql://clinic:secret@127.0.0.1:1/book", CALENDAR, lambda: NOW)
    problem = book.check() or ""
    assert "127.0.0.1:1/book" in problem
    assert "DATABASE_URL" in problem
    assert "secret" not in problem
    assert "\n" not in problem
    with pytest.raises(SchedulingError):
        book.find_slots(NOW, NOW + timedelta(1))


def test_it_recovers_when_the_database_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    path.mkdir()
    book = _book(path)
    assert str(path) in (book.check() or "")
    path.rmdir()
    assert book.check() is None
    book.close()


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "oracle9://x/y"])
def test_an_impossible_url_says_what_to_write(url: str) -> None:
    assert "DATABASE_URL" in (LocalScheduling(url, CALENDAR, lambda: NOW).check() or "")


def test_an_error_never_carries_the_callers_words(tmp_path: Path) -> None:
    book = _book(tmp_path / "book.db")
    book.check()
    with sqlite3.connect(tmp_path / "book.db") as connection:
        connection.execute("DROP TABLE held_blocks")
    connection.close()
    with pytest.raises(SchedulingError) as caught:
        book.book("20261123T1400Z-doctor-lee", MARIA, "private reason", idempotency_key="a")
    assert "Garcia" not in str(caught.value)
    assert "private" not in str(caught.value)
    book.close()
