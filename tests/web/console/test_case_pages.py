"""What a nurse does about a case: one has it, the second is told, and everything is kept."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from invented_cases import PASSWORD, csrf_of, sign_in
from site_on_fakes import NURSES, Site
from structlog.testing import capture_logs

from voice_agent.call.case_work import CaseWork
from voice_agent.call.transfer import NurseAccepted
from voice_agent.records.users import Role


@pytest.fixture
def lee(site: Site, nurse: FlaskClient) -> FlaskClient:
    """Another nurse, at another computer."""
    site.users.add_user("lee", PASSWORD, Role.NURSE)
    client = site.app.test_client()
    sign_in(client, "lee")
    return client


def send(client: FlaskClient, token: str, what: str, **form: str | list[str]) -> str:
    """Send a form of the case page; the page that it leads to."""
    csrf = csrf_of(client.get("/console/"))
    answer = client.post(f"/console/cases/{token}/{what}", data={"csrf": csrf} | form)
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).get_data(as_text=True)


def test_two_nurses_cannot_both_have_a_case(
    site: Site, nurse: FlaskClient, lee: FlaskClient, busy: dict[str, str]
) -> None:
    token = busy["chest"]
    assert "You have this case." in send(nurse, token, "claim")
    second = send(lee, token, "claim")
    assert "kim has this case. Nothing was changed." in second
    assert "Take over from kim" in second
    assert site.cases.load_work(token).nurse == "kim"
    assert "kim has" in lee.get("/console/").get_data(as_text=True)
    assert "You have" in nurse.get("/console/").get_data(as_text=True)


def test_a_case_is_released_and_taken_over(nurse: FlaskClient, lee: FlaskClient, busy: dict[str, str]) -> None:
    token = busy["chest"]
    send(nurse, token, "claim")
    assert "kim has this case. Nothing" in send(lee, token, "release")
    assert "You have this case now." in send(lee, token, "take-over", **{"from": "kim"})
    assert "lee has this case. Nothing" in send(nurse, token, "take-over", **{"from": "kim"})
    assert "free for others" in send(lee, token, "release")
    assert "Nobody has this case any more" in send(nurse, token, "take-over", **{"from": "lee"})


def test_notes_and_outcome_are_kept_with_who_and_when(nurse: FlaskClient, busy: dict[str, str]) -> None:
    page = send(nurse, busy["done"], "note", text="spoke with <her> daughter")
    assert "spoke with &lt;her&gt; daughter" in page
    assert "kim, 2:11 PM" in page
    page = send(nurse, busy["done"], "outcome", outcome="appointment_made")
    assert "Appointment made (kim, 2:11 PM)" in page


def test_nobody_closes_anothers_case(nurse: FlaskClient, lee: FlaskClient, busy: dict[str, str]) -> None:
    send(nurse, busy["done"], "claim")
    assert "kim has this case. Nothing was changed." in send(lee, busy["done"], "outcome", outcome="advised")


def test_what_had_to_be_asked_again_is_marked_and_counted(site: Site, nurse: FlaskClient, busy: dict[str, str]) -> None:
    page = send(nurse, busy["chest"], "asked", again=["chest.onset", "name", "made up"])
    again = site.cases.load_work(busy["chest"]).asked_again
    assert again is not None
    assert (again.items, again.held) == (("chest.onset", "name"), 5)
    assert 'value="chest.onset" checked' in page
    assert "Marked by kim" in page


def test_a_disagreement_comes_to_the_review_list_and_out_as_yaml(nurse: FlaskClient, busy: dict[str, str]) -> None:
    page = send(nurse, busy["chest"], "disagree", verdict="over_triaged", phrase='chest "of" tea', comment="furniture")
    assert "On the review list:" in page
    listed = nurse.get("/console/reviews").get_data(as_text=True)
    assert "chest &#34;of&#34; tea" in listed
    assert "furniture" in listed
    assert "Over-triaged" in listed


@pytest.mark.parametrize(
    ("what", "form"),
    [("outcome", {"outcome": "cured"}), ("outcome", {}), ("disagree", {"verdict": "wrong", "phrase": "x"})],
)
def test_a_choice_that_is_not_on_the_list_is_refused(
    nurse: FlaskClient, busy: dict[str, str], what: str, form: dict[str, str]
) -> None:
    csrf = csrf_of(nurse.get("/console/"))
    assert nurse.post(f"/console/cases/{busy['chest']}/{what}", data={"csrf": csrf} | form).status_code == 400


def test_a_disagreement_needs_the_words(site: Site, nurse: FlaskClient, busy: dict[str, str]) -> None:
    page = send(nurse, busy["chest"], "disagree", verdict="over_triaged", phrase="  ")
    assert "Please give the caller" in page
    assert site.cases.reviews() == []


def test_a_nurses_own_phone_rings_when_she_takes_the_call(site: Site, nurse: FlaskClient, busy: dict[str, str]) -> None:
    assert "no phone" in send(nurse, busy["fever"], "ring")
    site.users.set_phone("kim", "+15550150")
    page = send(nurse, busy["fever"], "ring")
    assert "Your phone rings. Press 1" in page
    assert site.carrier.rung[-1].number == "+15550150"
    assert site.cases.load_work(busy["fever"]).nurse == "kim"


def test_a_call_that_another_nurse_has_is_not_rung(site: Site, nurse: FlaskClient, busy: dict[str, str]) -> None:
    site.users.set_phone("kim", "+15550150")
    assert "Ring my phone" in nurse.get(f"/console/cases/{busy['chest']}").get_data(as_text=True)
    site.desk.happened(busy["chest"], NurseAccepted(1))
    rung = len(site.carrier.rung)
    assert "Too late" in send(nurse, busy["chest"], "ring")
    assert len(site.carrier.rung) == rung
    assert "Ring my phone" not in nurse.get(f"/console/cases/{busy['chest']}").get_data(as_text=True)


def test_who_does_not_have_the_case_does_not_ring(
    site: Site, nurse: FlaskClient, lee: FlaskClient, busy: dict[str, str]
) -> None:
    site.users.set_phone("lee", "+15550151")
    send(nurse, busy["fever"], "claim")
    assert "kim has this case" in send(lee, busy["fever"], "ring")
    assert site.carrier.rung[-1].number in NURSES


@pytest.mark.parametrize("what", ["claim", "take-over", "release", "ring", "note", "outcome", "asked", "disagree"])
def test_operations_do_nothing_about_cases(
    site: Site, operations: FlaskClient, busy: dict[str, str], what: str
) -> None:
    csrf = csrf_of(operations.get("/console/"))
    form = {"csrf": csrf, "outcome": "advised", "verdict": "over_triaged", "phrase": "x", "text": "x"}
    assert operations.post(f"/console/cases/{busy['chest']}/{what}", data=form).status_code == 403
    assert site.cases.load_work(busy["chest"]) == CaseWork(busy["chest"])


def test_nothing_is_kept_under_a_name_that_is_no_case(site: Site, nurse: FlaskClient) -> None:
    csrf = csrf_of(nurse.get("/console/"))
    assert nurse.post("/console/cases/made-up/claim", data={"csrf": csrf}).status_code == 404
    assert site.cases.load_work("made-up").version == 0


def test_a_callback_that_reached_nobody_stays_and_says_so(site: Site, nurse: FlaskClient, busy: dict[str, str]) -> None:
    for _ in range(2):
        csrf = csrf_of(nurse.get("/console/"))
        nurse.post(f"/console/callbacks/{busy['gone']}/missed", data={"csrf": csrf})
    page = nurse.get("/console/").get_data(as_text=True)
    assert "Not reached 2 times, last at 2:11 PM" in page
    assert len(site.store.callbacks()) == 1


def test_what_was_written_stands_in_no_log(nurse: FlaskClient, busy: dict[str, str]) -> None:
    with capture_logs() as logs:
        send(nurse, busy["chest"], "note", text="spoke with her daughter")
        send(nurse, busy["chest"], "disagree", verdict="over_triaged", phrase="chest of tea")
    assert {"event": "case_changed", "user": "kim", "what": "noted", "transfer": busy["chest"]}.items() <= logs[
        1
    ].items()
    assert not any(word in str(logs) for word in ("daughter", "tea"))
