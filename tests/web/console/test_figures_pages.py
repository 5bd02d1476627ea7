"""The figures page counts real calls of the site, and shows no caller."""

from __future__ import annotations

import csv
import io

from flask.testing import FlaskClient
from invented_cases import csrf_of, other
from site_on_fakes import Site

from voice_agent.call.call_figures import CallFigures
from voice_agent.call.handoff import CallSummary, Disposition
from voice_agent.call.transfer import CallerLeft
from voice_agent.triage.care_levels import CareLevel


def ring(site: Site, calls: int) -> None:
    for number in range(calls):
        call, caller = f"CA{number}", f"+1555010{number}"
        site.facts.rang(call, site.clock.now(), "stream")
        summary = CallSummary(call, caller, site.clock.now().isoformat(), disposition=Disposition.SELF_SERVED)
        site.facts.ended(summary, CallFigures(audio_ms=60_000), site.clock.now(), caller=caller)


def test_operations_see_figures_with_their_definitions(site: Site, operations: FlaskClient) -> None:
    ring(site, 6)
    page = operations.get("/console/figures").get_data(as_text=True)
    for words in ("Containment (true)", "100.0%", "did not ring again within 7 days", "60.0 s", "From 2026-02-23"):
        assert words in page
    assert "+1555" not in page


def test_the_sheet_can_be_read_by_a_spreadsheet(site: Site, operations: FlaskClient) -> None:
    ring(site, 6)
    answer = operations.get("/console/figures.csv?days=30")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    period = {"from": "2026-01-31", "to": "2026-03-02"}
    assert period | {"group": "all", "key": "", "figure": "calls", "value": "6"} in rows
    assert 'filename="figures-2026-01-31-2026-03-02.csv"' in answer.headers["Content-Disposition"]


def test_call_backs_that_are_late_count_in_the_time_in_which_they_were_opened(
    site: Site, operations: FlaskClient
) -> None:
    """Nobody called back for ten days: a failure of the last thirty, not of the last seven."""
    site.clock.pass_time(days=-10)
    for number in range(12):
        asked = site.desk.request(other(f"CA{number}", "", "a sore throat", CareLevel.NURSE_NOW), CareLevel.NURSE_NOW)
        site.desk.happened(asked.token, CallerLeft())
    site.clock.pass_time(days=10)

    def of(days: int) -> str:
        sheet = operations.get(f"/console/figures.csv?days={days}").get_data(as_text=True)
        rows = {row["figure"]: row["value"] for row in csv.DictReader(io.StringIO(sheet)) if row["group"] == "all"}
        return rows["callbacks_in_time"]

    assert (of(7), of(30)) == ("–", "0.0%")


def test_a_period_that_is_none_is_the_usual_one(site: Site, operations: FlaskClient) -> None:
    for days in ("5", "x", "-1", "99999999"):
        assert "From 2026-02-23" in operations.get(f"/console/figures?days={days}").get_data(as_text=True)


def test_what_nurses_do_is_counted(site: Site, nurse: FlaskClient, busy: dict[str, str]) -> None:
    csrf = csrf_of(nurse.get("/console/"))
    nurse.post(f"/console/callbacks/{busy['gone']}/close", data={"csrf": csrf})
    nurse.post(f"/console/cases/{busy['chest']}/asked", data={"csrf": csrf, "again": ["name"]})
    start = site.clock.now().replace(hour=0)
    facts = site.facts.between(start, site.clock.now())
    assert sum(fact.callback_done_at is not None for fact in facts) == 1
    assert [(fact.asked_again, fact.held) for fact in facts if fact.held] == [(1, 5)]
    assert [fact.nurse_answer_s for fact in facts if fact.nurse_answer_s is not None] == [0]


def test_the_case_shows_earlier_calls_from_the_same_number(
    site: Site, nurse: FlaskClient, busy: dict[str, str]
) -> None:
    summary = CallSummary("CAbefore", "+15550142", "2026-03-01T13:00:00-05:00", disposition=Disposition.ABANDONED)
    site.facts.ended(summary, CallFigures(), site.clock.now(), caller="+15550142")
    page = nurse.get(f"/console/cases/{busy['chest']}").get_data(as_text=True)
    assert "Mar 1, 1:00 PM</span>: Abandoned" in page
