"""The console: who sees what, and what is written down about it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from invented_cases import PASSWORD, csrf_of, other, sign_in
from site_on_fakes import Site
from structlog.testing import capture_logs

from voice_agent.call.handoff import CallSummary, Evidence, RedFlagRaised, TurnRecord
from voice_agent.call.transfer import CallerJoined, NurseAccepted, NurseJoined
from voice_agent.records.users import Role
from voice_agent.triage.care_levels import CareLevel

PERSONAL = ("Ann Example", "chest feels tight", "left arm", "+15550142", "May 4, 1961", "Cleo Placeholder")


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_nobody_gets_in_without_signing_in(site: Site, busy: dict[str, str]) -> None:
    for path in ("/console/", "/console/cases/x", f"/console/cases/{busy['chest']}"):
        answer = site.client.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/console/sign-in")
        assert not any(word in answer.get_data(as_text=True) for word in PERSONAL)
    assert site.client.get("/console/queue").status_code == 401
    assert site.client.get(f"/console/cases/{busy['chest']}/status").status_code == 401


def test_after_signing_in_one_is_where_one_wanted_to_be(site: Site, busy: dict[str, str]) -> None:
    site.users.add_user("kim", PASSWORD, Role.NURSE)
    wanted = f"/console/cases/{busy['chest']}"
    assert sign_in(site.client, next=wanted).headers["Location"] == wanted


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/console/", "/console/\\evil", "/\r\nX: y"]
)
def test_signing_in_sends_nobody_elsewhere(site: Site, elsewhere: str) -> None:
    site.users.add_user("kim", PASSWORD, Role.NURSE)
    assert sign_in(site.client, next=elsewhere).headers["Location"] == "/console/"


def test_a_wrong_name_and_a_wrong_password_look_the_same(site: Site) -> None:
    site.users.add_user("kim", PASSWORD, Role.NURSE)
    wrong_password = sign_in(site.client, "kim", "not the password")
    wrong_name = sign_in(site.client, "nobody", "not the password")
    assert wrong_password.status_code == wrong_name.status_code == 401
    assert "Name or password is wrong." in wrong_name.get_data(as_text=True)
    assert wrong_password.get_data() == wrong_name.get_data()


def test_guessing_is_stopped_and_the_right_password_then_waits_too(site: Site) -> None:
    site.users.add_user("kim", PASSWORD, Role.NURSE)
    for _ in range(5):
        assert sign_in(site.client, "kim", "a wild guess here").status_code == 401
    assert sign_in(site.client).status_code == 429
    site.clock.pass_time(minutes=16)
    assert sign_in(site.client).status_code == 303


def test_a_form_without_its_token_is_refused(site: Site, nurse: FlaskClient, busy: dict[str, str]) -> None:
    for form in ({}, {"csrf": ""}, {"csrf": "guessed"}):
        assert nurse.post(f"/console/callbacks/{busy['gone']}/close", data=form).status_code == 400
        assert nurse.post("/console/sign-out", data=form).status_code == 400
        assert nurse.post("/console/sign-in", data={"name": "kim", "password": PASSWORD} | form).status_code == 400
    assert len(site.store.callbacks()) == 1


def test_the_token_of_before_signing_in_is_worth_nothing_after(site: Site) -> None:
    """Session fixation: what somebody planted in the browser does not become a signed-in session's."""
    site.users.add_user("kim", PASSWORD, Role.NURSE)
    before = csrf_of(site.client.get("/console/sign-in"))
    sign_in(site.client)
    assert csrf_of(site.client.get("/console/")) != before


def test_the_cookie_is_closed_to_scripts_other_sites_and_plain_http(site: Site) -> None:
    site.users.add_user("kim", PASSWORD, Role.NURSE)
    cookie = sign_in(site.client).headers["Set-Cookie"]
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/console"):
        assert part in cookie


def test_every_answer_carries_the_headers(site: Site, nurse: FlaskClient) -> None:
    for path in ("", "sign-in", "cases/none", "static/console.css", "nope"):
        with nurse.get(f"/console/{path}") as answer:
            headers = answer.headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"]
    assert nurse.get("/console/").headers["Cache-Control"] == "no-store"


def test_the_queue_shows_the_most_urgent_first(nurse: FlaskClient, busy: dict[str, str]) -> None:
    page = text(nurse, "/console/")
    assert page.index("Ann Example") < page.index("fever for three days") < page.index("Cleo Placeholder")
    for words in (
        "Possible heart attack",
        "Emergency",
        "Briefing nurse 2 of 2",
        "41 s",
        "2:10 PM",
        "Due in 10 min 29 s",
    ):
        assert words in page
    assert page.index("Finished") < page.index("Bo Sample")


def test_an_overdue_callback_says_so(site: Site, nurse: FlaskClient, busy: dict[str, str]) -> None:
    text(nurse, "/console/")
    site.clock.pass_time(minutes=12)
    assert "Overdue by 1 min 31 s" in text(nurse, "/console/")


def test_a_callback_that_was_made_is_closed_and_recorded(site: Site, nurse: FlaskClient, busy: dict[str, str]) -> None:
    page = nurse.get("/console/")
    with capture_logs() as logs:
        answer = nurse.post(f"/console/callbacks/{busy['gone']}/close", data={"csrf": csrf_of(page)})
    assert answer.status_code == 303
    assert site.store.callbacks() == []
    assert {"event": "console_callback_closed", "user": "kim", "transfer": busy["gone"]}.items() <= logs[-1].items()
    assert "Cleo Placeholder" in text(nurse, "/console/")


def test_a_case_shows_all_that_is_known(nurse: FlaskClient, busy: dict[str, str]) -> None:
    page = text(nurse, f"/console/cases/{busy['chest']}")
    for words in (
        *PERSONAL[:5],
        *("Situation", "Background", "Assessment", "Recommendation"),
        *("Red flag: Possible heart attack", "2026-02-14", "at 0:21", "0:24 into the call"),
        *("When did it start?", "about twenty minutes ago", "52% sure, please check", "94% sure"),
        *("not heard to the end", "heard the safety advice to its end", "Nurse 1 did not answer"),
    ):
        assert words in page, words


def test_a_case_shows_what_only_one_ear_heard(site: Site, nurse: FlaskClient) -> None:
    heard = TurnRecord(
        "caller", "my guest hurts", 13_100, 0.91, first_ear="my guest hurts", second_ear="my chest hurts"
    )
    flag = RedFlagRaised(
        "chest_pain", "Possible heart attack", CareLevel.EMERGENCY_911, (Evidence("chest hurts"),), 13_500, "1"
    )
    summary = CallSummary("CA1", reason="chest pain", red_flag=flag, turns=(heard,))
    transfer = site.request(CareLevel.EMERGENCY_911, summary)
    page = text(nurse, f"/console/cases/{transfer.token}")
    assert "91% sure; may have been “my chest hurts”" in page


def test_what_callers_say_is_text_and_never_markup(site: Site, nurse: FlaskClient) -> None:
    summary = other("CAx", "<script>alert(1)</script>", "<img src=x>", CareLevel.NURSE_NOW)
    token = site.desk.request(summary, CareLevel.NURSE_NOW).token
    for path in ("/console/", f"/console/cases/{token}"):
        page = text(nurse, path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_every_case_view_is_recorded_without_what_was_seen(nurse: FlaskClient, busy: dict[str, str]) -> None:
    with capture_logs() as logs:
        text(nurse, f"/console/cases/{busy['chest']}")
        text(nurse, "/console/")
    assert {"event": "console_case_viewed", "user": "kim", "transfer": busy["chest"]}.items() <= logs[0].items()
    assert not any(word in str(logs) for word in PERSONAL)


def test_operations_see_the_queue_and_nobody_in_it(operations: FlaskClient, busy: dict[str, str]) -> None:
    for path in ("/console/", "/console/queue"):
        page = text(operations, path)
        assert "Emergency" in page
        assert "Briefing nurse 2 of 2" in page
        assert not any(word in page for word in (*PERSONAL, "heart attack", "+1555", "cases/"))
    for path in ("", "/status"):
        answer = operations.get(f"/console/cases/{busy['chest']}{path}")
        assert answer.status_code == 403
        assert not any(word in answer.get_data(as_text=True) for word in PERSONAL)
    token = csrf_of(operations.get("/console/"))
    assert operations.post(f"/console/callbacks/{busy['gone']}/close", data={"csrf": token}).status_code == 403


def test_the_part_that_refreshes_moves_with_the_call(site: Site, nurse: FlaskClient, busy: dict[str, str]) -> None:
    site.desk.happened(busy["chest"], NurseAccepted(1))
    site.desk.happened(busy["chest"], NurseJoined(1))
    site.desk.happened(busy["chest"], CallerJoined())
    assert "With a nurse" in text(nurse, "/console/queue")
    assert "With a nurse" in text(nurse, f"/console/cases/{busy['chest']}/status")
    assert "<html" not in text(nurse, "/console/queue")


def test_a_session_ends_when_nobody_uses_it_though_the_page_refreshes(site: Site, nurse: FlaskClient) -> None:
    for _ in range(16):
        assert nurse.get("/console/queue").status_code == 200
        site.clock.pass_time(seconds=55)
    site.clock.pass_time(seconds=55)
    assert nurse.get("/console/queue").status_code == 401


def test_use_keeps_a_session_but_not_for_ever(site: Site, nurse: FlaskClient) -> None:
    for _ in range(12 * 6):
        assert nurse.get("/console/").status_code == 200
        site.clock.pass_time(minutes=10)
    site.clock.pass_time(minutes=1)
    assert nurse.get("/console/").status_code == 303


def test_after_signing_out_a_copied_cookie_opens_nothing(site: Site, nurse: FlaskClient) -> None:
    cookie = nurse.get_cookie("voice_agent_console", path="/console")
    assert cookie is not None
    nurse.post("/console/sign-out", data={"csrf": csrf_of(nurse.get("/console/"))})
    assert nurse.get("/console/").status_code == 303
    nurse.set_cookie("voice_agent_console", cookie.value, path="/console")
    assert nurse.get("/console/").status_code == 303


def test_a_removed_user_is_out_at_once(site: Site, nurse: FlaskClient) -> None:
    site.users.remove_user("kim")
    assert nurse.get("/console/").status_code == 303


def test_a_case_that_does_not_exist_says_so(nurse: FlaskClient) -> None:
    answer = nurse.get("/console/cases/unknown")
    assert answer.status_code == 404
    assert "is kept has run out" in answer.get_data(as_text=True)


def test_with_the_store_down_the_page_says_what_and_the_sign_in_still_works(site: Site, nurse: FlaskClient) -> None:
    site.store.fail("Redis at redis://127.0.0.1:6379/0 does not answer; start it, or check REDIS_URL")
    for path in ("/console/", "/console/queue", "/console/cases/x"):
        answer = nurse.get(path)
        assert answer.status_code == 503
        assert "check REDIS_URL" in answer.get_data(as_text=True)
    assert nurse.get("/console/sign-in").status_code == 200
