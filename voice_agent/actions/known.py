"""What is known of the patient and the visit, read from the slots and as it is spoken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time

from voice_agent.actions.offers import from_row
from voice_agent.actions.turn import Turn
from voice_agent.ports import Appointment, Patient
from voice_agent.understanding.dates import DayRange, spoken_birth_date, spoken_date
from voice_agent.understanding.times import TimeRange, spoken_time


def known_patient(turn: Turn) -> Patient | None:
    """Who calls, once name and date of birth are known."""
    name, born = turn.text("person_name"), turn.text("birth_date")
    return Patient(name, date.fromisoformat(born)) if name and born else None


def known_days(turn: Turn) -> DayRange:
    """The wanted days; the slot must be filled."""
    first, last = turn.text("wanted_days").split("/")
    return DayRange(date.fromisoformat(first), date.fromisoformat(last))


def known_times(turn: Turn) -> TimeRange:
    """The wanted times; the slot must be filled."""
    first, last = turn.text("wanted_times").split("/")
    return TimeRange(time.fromisoformat(first), time.fromisoformat(last))


def appointment_row(appointment: Appointment) -> dict[str, object]:
    """An appointment as Rasa's tracker keeps it."""
    slot = appointment.slot
    return {
        "id": appointment.id,
        "start": slot.start.isoformat(),
        "minutes": slot.minutes,
        "clinician": slot.clinician,
        "reason": appointment.reason,
    }


def spoken_parts(row: Mapping[str, object]) -> dict[str, str]:
    """What stands in the braces of a response about a time or an appointment."""
    slot = from_row(row)
    return {
        "day": spoken_date(slot.start.date()),
        "time": spoken_time(slot.start.time()),
        "clinician": slot.clinician,
    }


def spoken_birth(turn: Turn) -> str:
    """The date of birth as it is read back."""
    return spoken_birth_date(date.fromisoformat(turn.text("birth_date")))
