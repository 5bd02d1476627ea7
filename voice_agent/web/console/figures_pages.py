"""The figures page and its export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog
from flask import Blueprint, Response, g, render_template, request

from voice_agent.call.handoff import CallbackTask
from voice_agent.web.console import figures
from voice_agent.web.console.parts import Parts

log = structlog.get_logger(__name__)

PERIODS: Final = {1: "Today and yesterday", 7: "Last 7 days", 30: "Last 30 days", 90: "Last 90 days"}
USUAL: Final = 7
COLUMNS: Final = {
    "calls": "Calls",
    "containment": "Contained",
    "transfers": "To a nurse",
    "nurse_answer_time": "Nurse answers",
    "handling_time": "Handling time",
    "no_match_rate": "No-match",
    "no_input_rate": "No-input",
    "caller_rating": "Rating",
}
"""What the tables by day, hour and language show; the sheet has all."""


def add_figures(console: Blueprint, parts: Parts) -> None:
    """GET /console/figures, /console/figures.csv; `days` chooses the period."""

    def counted(days: int) -> tuple[figures.Report, datetime, datetime]:
        end = parts.now()
        start = (end.astimezone(parts.zone) - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
        late = _late(parts.store.callbacks(), start, end)
        facts = parts.facts.between(start, end + timedelta(seconds=1))
        return figures.report(facts, late, parts.settings.smallest_number, parts.zone), start, end

    @console.get("/figures")
    def figures_page() -> str:
        days = _days()
        report, start, end = counted(days)
        log.info("console_figures_viewed", user=g.user.name)
        return render_template(
            "console/figures.html",
            report=report,
            columns=COLUMNS,
            days=days,
            periods=PERIODS,
            start=start.astimezone(parts.zone).date().isoformat(),
            end=end.astimezone(parts.zone).date().isoformat(),
            smallest=parts.settings.smallest_number,
        )

    @console.get("/figures.csv")
    def figures_csv() -> Response:
        report, start, end = counted(_days())
        log.info("console_figures_exported", user=g.user.name)
        text = io.StringIO()
        sheet = csv.writer(text)
        sheet.writerow(["from", "to", "group", "key", "figure", "value"])
        dates = [moment.astimezone(parts.zone).date().isoformat() for moment in (start, end)]
        sheet.writerows([*dates, *row] for row in figures.as_rows(report))
        answer = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="figures-{dates[0]}-{dates[1]}.csv"'
        return answer


def _late(owed: Iterable[CallbackTask], start: datetime, end: datetime) -> int:
    """Call-backs of this time that are late at its end."""
    opened = (task for task in owed if task.due_at and datetime.fromisoformat(task.opened_at) >= start)
    return sum(datetime.fromisoformat(task.due_at) < end for task in opened)


def _days() -> int:
    days = request.args.get("days", default=USUAL, type=int)
    return days if days in PERIODS else USUAL
