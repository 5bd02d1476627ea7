"""Invented callers for the console's pages."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from site_on_fakes import Site
from werkzeug.test import TestResponse

from voice_agent.call.handoff import Answer, CallSummary, Evidence, RedFlagRaised, TurnRecord
from voice_agent.call.transfer import (
    CallerJoined,
    CallerLeft,
    NurseAccepted,
    NurseAnswered,
    NurseJoined,
    NurseUnreached,
)
from voice_agent.ports import CallRecord
from voice_agent.triage.care_levels import CareLevel

PASSWORD = "correct horse battery"

CHEST_PAIN = CallSummary(
    "CAchest",
    "+15550142",
    "2026-03-02T13:58:50-05:00",
    reason="chest pain",
    care_level=CareLevel.EMERGENCY_911,
    red_flag=RedFlagRaised(
        "chest_pain",
        "Possible heart attack",
        CareLevel.EMERGENCY_911,
        (Evidence("chest feels tight", 21_400, 22_600), Evidence("left arm", 23_900, 24_500)),
        24_500,
        "2026-02-14",
    ),
    learned={"name": "Ann Example", "symptom": "chest pain", "date_of_birth": "May 4, 1961"},
    answers=(
        Answer("call.reason", "How can I help you today?", "I'd like to see someone about my chest", 13_100),
        Answer("chest.onset", "When did it start?", "about twenty minutes ago", 19_000),
    ),
    turns=(
        TurnRecord("agent", "Thank you for calling Maple Street Clinic. I am an automated assistant.", 400),
        TurnRecord("agent", "How can I help you today?", 8_200),
        TurnRecord("caller", "I'd like to see someone about my chest", 13_100, 0.94),
        TurnRecord("agent", "When did it start?", 14_000),
        TurnRecord("caller", "about twenty minutes ago", 19_000, 0.52),
        TurnRecord("agent", "Is there anything else that you feel?", 19_700, heard=False),
        TurnRecord("caller", "my chest feels tight and it goes down my left arm", 24_500, 0.91),
        TurnRecord(
            "agent", "This may be an emergency. I am calling a nurse for you now. If you are alone, dial 911.", 24_900
        ),
    ),
    actions=("safety_sentence_heard", "nurse_requested"),
    safety_heard=True,
)


def other(call_id: str, name: str, reason: str, level: CareLevel) -> CallSummary:
    return CallSummary(
        call_id, "+15550177", "2026-03-02T13:50:00-05:00", reason, level, learned={"name": name} if name else {}
    )


def fill(site: Site) -> dict[str, str]:
    """Put invented cases into the store."""
    tokens = {}
    served = site.desk.request(
        other("CAdone", "Bo Sample", "new medicine makes me dizzy", CareLevel.NURSE_NOW), CareLevel.NURSE_NOW
    )
    for event in (NurseAnswered(0), CallerJoined(), NurseAccepted(0), NurseJoined(0), CallerLeft()):
        site.desk.happened(served.token, event)
    site.clock.pass_time(minutes=7)
    gone = site.desk.request(
        other("CAgone", "Cleo Placeholder", "bad headache", CareLevel.NURSE_NOW), CareLevel.NURSE_NOW
    )
    site.desk.happened(gone.token, CallerLeft())
    site.clock.pass_time(minutes=3)
    fever = site.desk.request(
        other("CAfever", "", "fever for three days", CareLevel.NURSE_WITHIN_HOUR), CareLevel.NURSE_WITHIN_HOUR
    )
    site.clock.pass_time(seconds=50)
    chest = site.desk.request(CHEST_PAIN, CareLevel.EMERGENCY_911)
    site.store.save_call(CallRecord("CAchest", "conference", chest.token))
    site.desk.happened(chest.token, NurseUnreached(0, "no_answer"))
    site.desk.happened(chest.token, NurseAnswered(1))
    site.clock.pass_time(seconds=41)
    tokens.update(done=served.token, gone=gone.token, fever=fever.token, chest=chest.token)
    return tokens


def csrf_of(page: TestResponse) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.get_data(as_text=True))
    assert found
    return found[1]


def sign_in(client: FlaskClient, name: str = "kim", password: str = PASSWORD, **more: str) -> TestResponse:
    """Fetch the form and send it."""
    page = client.get("/console/sign-in")
    form = {"csrf": csrf_of(page), "name": name, "password": password} | more
    return client.post("/console/sign-in", data=form)
