"""Open pages are told of changes, a bounded number of them, for a bounded time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from invented_cases import other
from site_on_fakes import Site
from werkzeug.test import TestResponse

from voice_agent.call.case_work import CaseWork
from voice_agent.errors import CallStoreError
from voice_agent.fakes.case_desk import InMemoryCaseDesk
from voice_agent.triage.care_levels import CareLevel
from voice_agent.web.console import live


def kinds(events: Iterator[str]) -> Iterator[str]:
    for event in events:
        yield next(line for line in event.splitlines() if line.startswith("event: "))[len("event: ") :]


def opened(client: FlaskClient, **headers: str) -> TestResponse:
    return client.get("/console/events", headers=headers)


def test_a_page_is_told_of_changes_and_of_where_it_stands(site: Site, nurse: FlaskClient) -> None:
    with opened(nurse) as answer:
        assert answer.mimetype == "text/event-stream"
        assert answer.headers["X-Accel-Buffering"] == "no"
        events = answer.iter_encoded()
        first = next(events).decode()
        assert f"id: {site.cases.last_change()}" in first
        assert "event: changed" in first
        site.desk.request(other("CAx", "Ann Example", "chest pain", CareLevel.NURSE_NOW), CareLevel.NURSE_NOW)
        told = next(events).decode()
        assert f"id: {site.cases.last_change()}" in told
        assert "Ann" not in told


def test_a_page_that_was_away_is_told_at_once_that_it_missed_something(site: Site, nurse: FlaskClient) -> None:
    seen = site.cases.last_change()
    site.cases.replace_work(CaseWork("t1", "kim", version=1), expected_version=0)
    with opened(nurse, **{"Last-Event-ID": seen}) as answer:
        events = answer.iter_encoded()
        assert f"id: {seen}" in next(events).decode()
        assert f"id: {site.cases.last_change()}" in next(events).decode()


def test_nobody_listens_without_signing_in(site: Site) -> None:
    assert opened(site.client).status_code == 401


def test_the_places_are_bounded_and_come_back(nurse: FlaskClient) -> None:
    lines = [opened(nurse) for _ in range(8)]
    assert [line.status_code for line in lines] == [200] * 8
    assert opened(nurse).status_code == 503
    lines[0].close()
    lines[0].close()
    with opened(nurse) as answer:
        assert answer.status_code == 200
        assert opened(nurse).status_code == 503, "closing twice gives one place back"
    for line in lines[1:]:
        line.close()


def test_without_places_no_page_is_told() -> None:
    assert not live.Places(0).take()


def test_a_line_beats_while_nothing_happens_and_ends_in_time() -> None:
    seconds = itertools.count(0, live.LIFETIME_S / 2)
    events = live.told(QuietDesk(), "0-0", lambda: False, lambda: next(seconds))
    assert list(kinds(events)) == ["changed", "beat", "again"]


def test_a_server_that_drains_lets_go() -> None:
    events = live.told(InMemoryCaseDesk(), "0-0", lambda: True, lambda: 0.0)
    assert list(kinds(events)) == ["changed", "again"]


class QuietDesk(InMemoryCaseDesk):
    """Nothing ever changes, and the wait is over at once."""

    def wait_for_change(self, after: str, wait_s: float) -> str | None:
        return None


class BrokenDesk(InMemoryCaseDesk):
    """Cannot be asked for changes."""

    def wait_for_change(self, after: str, wait_s: float) -> str | None:
        raise CallStoreError("Redis does not answer")


def test_a_store_that_fails_ends_the_line() -> None:
    assert list(kinds(live.told(BrokenDesk(), "0-0", lambda: False, lambda: 0.0))) == ["changed"]


@pytest.mark.parametrize("path", ["alarms", "events"])
def test_what_the_script_asks_keeps_nobody_signed_in(site: Site, nurse: FlaskClient, path: str) -> None:
    for _ in range(16):
        nurse.get(f"/console/{path}").close()
        site.clock.pass_time(minutes=1)
    assert nurse.get(f"/console/{path}").status_code == 401
