"""What the demonstration shows and judges after its two calls."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from voice_agent.call.handoff import CallSummary, Evidence, RedFlagRaised, TurnRecord
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.demo.progress import Progress
from voice_agent.demo.two_calls import booked, handed_over, verdict
from voice_agent.fakes.scheduling import FakeScheduling
from voice_agent.fakes.store import InMemoryCallStore
from voice_agent.ports import Patient
from voice_agent.services.scheduling.clinic_calendar import ClinicCalendar
from voice_agent.triage.care_levels import CareLevel

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=ZoneInfo("America/New_York"))
MARIA = Patient("Maria Garcia", date(1980, 4, 12))
SUMMARY = CallSummary(
    "CA1",
    care_level=CareLevel.EMERGENCY_911,
    red_flag=RedFlagRaised(
        "heart_attack", "Heart attack", CareLevel.EMERGENCY_911, (Evidence("my chest hurts"),), 8400, "1"
    ),
    turns=(TurnRecord("caller", "My chest hurts.", 8400),),
    safety_heard=True,
)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def book() -> FakeScheduling:
    calendar = ClinicCalendar(opening_hours={"monday": ("08:00-12:00",)}, clinicians=("Doctor Lee",))
    return FakeScheduling(calendar, lambda: NOW)


def store_with(status: TransferStatus, summary: CallSummary | None) -> InMemoryCallStore:
    store = InMemoryCallStore()
    store.create_transfer(Transfer("token", "CA1", CareLevel.EMERGENCY_911, ("+15550100201",), status=status))
    if summary:
        store.save_summary("token", summary)
    return store


def test_a_booked_appointment_is_shown(book: FakeScheduling, said: list[str]) -> None:
    slot = book.find_slots(NOW, NOW + timedelta(days=1))[0]
    book.book(slot.id, MARIA, "a sore throat", idempotency_key="CA1")
    assert booked(book, MARIA, NOW, said.append) == []
    assert "Monday, November 23 at 08:00, Doctor Lee" in said[0]
    assert "Maria Garcia: a sore throat" in said[1]


def test_no_appointment_is_a_problem(book: FakeScheduling, said: list[str]) -> None:
    assert booked(book, MARIA, NOW, said.append) == ["there is no appointment for Maria Garcia in the appointment book"]


def test_a_book_that_does_not_answer_is_a_problem(book: FakeScheduling, said: list[str]) -> None:
    book.broken = True
    assert len(booked(book, MARIA, NOW, said.append)) == 1


@pytest.mark.parametrize("status", [TransferStatus.BRIDGED, TransferStatus.DONE])
def test_a_nurse_who_was_joined_is_shown_what_she_was_told(status: TransferStatus, said: list[str]) -> None:
    assert handed_over(store_with(status, SUMMARY), "CA1", said.append) == []
    shown = "\n".join(said)
    assert "Situation       Caller, name not given. Red flag: Heart attack." in shown
    assert "Red flag        Heart attack at 00:08.4: “my chest hurts”" in shown
    assert "00:08.4 caller   My chest hurts." in shown


def test_what_is_missing_of_a_hand_off_is_told(said: list[str]) -> None:
    assert handed_over(InMemoryCallStore(), "CA1", said.append) == ["no transfer to a nurse was started"]
    assert handed_over(store_with(TransferStatus.UNANSWERED, None), "CA1", said.append) == [
        "no nurse was joined with the caller: the transfer stands at unanswered",
        "there is no summary for the nurse",
    ]
    broken = InMemoryCallStore()
    broken.fail("Redis is down")
    assert handed_over(broken, "CA1", said.append) == ["Redis is down"]


def test_the_verdict_names_every_problem() -> None:
    out = io.StringIO()
    assert verdict("The booking call", [], Progress(out))
    assert not verdict("The chest-pain call", ["nobody came", "no summary"], Progress(out))
    assert out.getvalue().splitlines() == [
        "  The booking call: as it should be",
        "  NOT as it should be: nobody came",
        "  NOT as it should be: no summary",
        "  The chest-pain call: FAILED",
    ]
