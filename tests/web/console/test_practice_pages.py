"""Practice: plainly marked, and nothing of it comes near real cases."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from invented_cases import csrf_of
from site_on_fakes import Site

from voice_agent.call.case_work import CaseOutcome
from voice_agent.web.console.practice_cases import CASES, MARK, find
from voice_agent.web.console.practice_pages import SAID


def send(client: FlaskClient, path: str, **form: str) -> str:
    csrf = csrf_of(client.get("/console/practice"))
    answer = client.post(f"/console/practice/{path}", data={"csrf": csrf} | form)
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).get_data(as_text=True)


def test_a_case_is_taken_closed_and_compared(nurse: FlaskClient) -> None:
    page = nurse.get("/console/practice").get_data(as_text=True)
    assert all(case.summary.learned["name"] in page for case in CASES)
    assert "Invented callers" in page
    assert "You have this case" in send(nurse, "chest/claim")
    assert "You have" in nurse.get("/console/practice").get_data(as_text=True)
    closed = send(nurse, "chest/outcome", outcome="advised")
    assert "You: Advised by a nurse. Usual here: Sent to 911" in closed
    assert "To compare" in closed
    assert "To compare" not in send(nurse, "again") + nurse.get("/console/practice/chest").get_data(as_text=True)


@pytest.mark.parametrize("what", SAID)
def test_whatever_is_practised_is_kept_nowhere(site: Site, nurse: FlaskClient, what: str) -> None:
    form = {"outcome": "advised", "text": "a note", "verdict": "over_triaged", "phrase": "words", "again": "x"}
    position = site.cases.last_change()
    page = send(nurse, f"chest/{what}", **form)
    assert "Practice:" in page
    assert "An invented caller" in page
    assert site.cases.last_change() == position
    assert site.cases.reviews() == []
    assert site.store.recent_transfers() == []
    assert site.carrier.rung == []
    assert site.facts.between(site.clock.now().replace(year=2020), site.clock.now().replace(year=2030)) == []


def test_an_invented_case_is_no_real_one(nurse: FlaskClient) -> None:
    for case in CASES:
        assert nurse.get(f"/console/cases/{MARK}{case.id}").status_code == 404
    assert "Practice" not in nurse.get("/console/queue").get_data(as_text=True)


def test_practice_is_for_nurses(operations: FlaskClient) -> None:
    assert operations.get("/console/practice").status_code == 403
    assert operations.get("/console/practice/chest").status_code == 403


def test_what_is_not_there_says_so(nurse: FlaskClient) -> None:
    assert nurse.get("/console/practice/nobody").status_code == 404
    csrf = csrf_of(nurse.get("/console/practice"))
    assert nurse.post("/console/practice/chest/erase", data={"csrf": csrf}).status_code == 404
    assert nurse.post("/console/practice/chest/outcome", data={"csrf": csrf, "outcome": "cured"}).status_code == 400


def test_the_cases_teach_different_things() -> None:
    assert len({case.id for case in CASES}) == len(CASES)
    assert {case.usual for case in CASES} <= set(CaseOutcome)
    assert find("nobody") is None
    assert all(case.lesson for case in CASES)
