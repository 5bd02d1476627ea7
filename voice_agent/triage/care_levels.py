"""How soon, and by whom, a caller should be seen."""

from __future__ import annotations

from enum import StrEnum


class CareLevel(StrEnum):
    """Where the caller should go and how soon: what nurses call the triage disposition. Most urgent first."""

    EMERGENCY_911 = "911"
    """Hang up and call 911, or let us connect you; the nurse comes in at once."""
    NURSE_NOW = "nurse_now"
    """Warm transfer within seconds; 911 when no nurse can be reached."""
    NURSE_WITHIN_HOUR = "nurse_within_hour"
    """A nurse speaks with the caller within the hour; ringing now, else a call-back."""
    CLINIC_SOON = "clinic_soon"
    """Seen in the clinic today or tomorrow."""
    SELF_CARE = "self_care"
    """Approved self-care advice with a safety net."""

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return list(CareLevel).index(self)
