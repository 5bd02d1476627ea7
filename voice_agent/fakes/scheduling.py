"""The appointment book in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from voice_agent.errors import SchedulingError, SlotTakenError
from voice_agent.ports import Appointment, Patient, Slot
from voice_agent.services.scheduling.clinic_calendar import ClinicCalendar, blocks
from voice_agent.services.scheduling.name_matching import best_matches

UNREACHABLE = "The appointment book cannot be reached (the fake is set to fail); set broken to False."


class FakeScheduling:
    """`ports.Scheduling` in memory; `broken` makes every call fail as an unreachable database does."""

    def __init__(self, calendar: ClinicCalendar, now: Callable[[], datetime]) -> None:
        self._calendar = calendar
        self._now = now
        self._lock = threading.RLock()
        self._appointments: dict[str, Appointment] = {}
        self._keys: dict[str, str] = {}
        self.broken = False

    @property
    def appointments(self) -> list[Appointment]:
        """Everything ever booked, in order."""
        return list(self._appointments.values())

    def find_slots(self, after: datetime, before: datetime, limit: int = 3) -> list[Slot]:
        with self._lock:
            self._must_work()
            free = (slot for slot in self._calendar.bookable(self._now(), after, before) if self._is_free(slot))
            return [slot for slot, _ in zip(free, range(limit), strict=False)]

    def book(self, slot_id: str, patient: Patient, reason: str, *, idempotency_key: str) -> Appointment:
        with self._lock:
            self._must_work()
            if done := self._keys.get(idempotency_key):
                return self._appointments[done]
            return self._add(self._free_slot(slot_id), patient, reason, idempotency_key)

    def appointments_of(self, patient: Patient, *, after: datetime) -> list[Appointment]:
        with self._lock:
            self._must_work()
            same_day = [a for a in self.appointments if a.patient.date_of_birth == patient.date_of_birth]
            found = best_matches(patient.name, [(appointment.patient.name, appointment) for appointment in same_day])
            coming = [a for a in found if a.status == "booked" and a.slot.start >= after]
            return sorted(coming, key=lambda appointment: appointment.slot.start)

    def reschedule(self, appointment_id: str, slot_id: str, *, idempotency_key: str) -> Appointment:
        with self._lock:
            self._must_work()
            if done := self._keys.get(idempotency_key):
                return self._appointments[done]
            old = self._booked(appointment_id)
            if old.status != "booked":
                raise SchedulingError(f"Appointment {appointment_id} was cancelled; book a new one instead.")
            self._appointments[old.id] = replace(old, status="cancelled")
            try:
                return self._add(self._free_slot(slot_id), old.patient, old.reason, idempotency_key)
            except SchedulingError:
                self._appointments[old.id] = old
                raise

    def cancel(self, appointment_id: str) -> Appointment:
        with self._lock:
            self._must_work()
            cancelled = replace(self._booked(appointment_id), status="cancelled")
            self._appointments[appointment_id] = cancelled
            return cancelled

    def check(self) -> str | None:
        return UNREACHABLE if self.broken else None

    def _must_work(self) -> None:
        if self.broken:
            raise SchedulingError(UNREACHABLE)

    def _booked(self, appointment_id: str) -> Appointment:
        if appointment_id not in self._appointments:
            raise SchedulingError(f"There is no appointment {appointment_id} in the book; look it up again.")
        return self._appointments[appointment_id]

    def _add(self, slot: Slot, patient: Patient, reason: str, key: str) -> Appointment:
        appointment = Appointment(str(len(self._appointments) + 1), slot, patient, reason)
        self._appointments[appointment.id] = appointment
        self._keys[key] = appointment.id
        return appointment

    def _free_slot(self, slot_id: str) -> Slot:
        slot = self._calendar.slot(slot_id)
        if slot is None or slot.start < self._now() or not self._is_free(slot):
            raise SlotTakenError(f"Slot {slot_id} is not free any more; offer another.")
        return slot

    def _is_free(self, slot: Slot) -> bool:
        wanted = set(blocks(slot.start, slot.minutes))
        return not any(
            appointment.status == "booked"
            and appointment.slot.clinician == slot.clinician
            and wanted & set(blocks(appointment.slot.start, appointment.slot.minutes))
            for appointment in self._appointments.values()
        )
