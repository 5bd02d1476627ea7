"""Clock times, spans and audio times, as the pages show them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def moment(iso: str) -> datetime | None:
    """An ISO 8601 time; None for ''."""
    return datetime.fromisoformat(iso) if iso else None


def clock(at: datetime | None, now: datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """Clock time in the clinic's zone, as Americans write it: `2:03 PM`, on another day `Mar 1, 2:03 PM`."""
    if at is None:
        return ""
    local = at.astimezone(zone)
    hour = local.strftime("%I").lstrip("0")
    time = f"{hour}:{local.strftime('%M:%S %p' if seconds else '%M %p')}"
    return time if local.date() == now.astimezone(zone).date() else f"{local:%b} {local.day}, {time}"


def since(iso: str, now: datetime) -> str:
    """How long ago; '' when it is not known."""
    at = moment(iso)
    return "" if at is None else span(max(now - at, timedelta()))


def span(length: timedelta) -> str:
    """`41 s`, `2 min 05 s`, `1 h 02 min`, `3 d 4 h`."""
    seconds = int(length.total_seconds())
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02} s" if seconds >= 60 else f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def audio(at_ms: int | None) -> str:
    """Minutes and seconds into the call."""
    return "" if at_ms is None else f"{at_ms // 60_000}:{at_ms // 1000 % 60:02}"
