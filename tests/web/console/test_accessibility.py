"""No barriers: axe-core finds none on any page, in light and dark, on a screen and on a telephone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from axe_core import violations
from console_browser import Desk
from invented_cases import CHEST_PAIN
from selenium.webdriver.common.by import By

from voice_agent.call.call_figures import CallFigures
from voice_agent.call.case_work import CaseWork, Note, ReviewItem, Verdict
from voice_agent.call.handoff import CallSummary, Disposition, TurnRecord
from voice_agent.call.measurements import Counted
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.records.call_facts import CallFacts
from voice_agent.triage.care_levels import CareLevel

PAGES = {
    "console": "",
    "case": "cases/{chest}",
    "closed-case": "cases/{done}",
    "review-list": "reviews",
    "figures": "figures",
    "practice": "practice",
    "practice-case": "practice/unsure",
    "softphone": "phone",
    "not-here": "cases/none",
}
SAID = (TurnRecord("caller", "i need an appointment", 4000), TurnRecord("caller", "on monday", 9000)) * 2
PICTURES = {"console", "case", "figures", "practice", "softphone"}
WHYS = (
    ("Asked for a person", CareLevel.NURSE_WITHIN_HOUR, None),
    (CHEST_PAIN.reason, CareLevel.EMERGENCY_911, CHEST_PAIN.red_flag),
    ("fever for three days", CareLevel.NURSE_NOW, None),
)
AT = "2026-03-02T14:10:00-05:00"


def furnish(desk: Desk) -> None:
    """Something in every part of every page."""
    cases, facts, clock = desk.site.cases, desk.site.facts, desk.site.clock
    note = Note("lee", AT, "Daughter is with her. Door is open.")
    cases.replace_work(CaseWork(desk.tokens["chest"], "lee", AT, (note,), version=1), expected_version=0)
    cases.add_review(
        ReviewItem("r1", desk.tokens["chest"], "lee", AT, Verdict.OVER_TRIAGED, "chest_pain", "a chest of tea", "a box")
    )
    for number in range(400):
        ring(facts, number, clock.now() - timedelta(hours=1 + number % 8, days=number % 5))
    caller, began_at = CHEST_PAIN.caller_number, "2026-03-01T10:00:00-05:00"
    before = CallSummary("CAb", caller, began_at, disposition=Disposition.ABANDONED)
    facts.ended(before, CallFigures(), clock.now(), caller=caller)


def ring(facts: CallFacts, number: int, began: datetime) -> None:
    """One of many calls; every fourth goes to a nurse."""
    to_nurse = number % 4 == 0
    ended = Disposition.NURSE_TRANSFERRED if to_nurse else Disposition.SELF_SERVED
    why, level, flag = WHYS[number // 4 % len(WHYS)] if to_nurse else ("", None, None)
    rating = None if to_nurse or number % 2 else 3 + number % 5 // 2
    summary = CallSummary(
        f"CA{number}", "", began.isoformat(), why, level, flag, turns=SAID, disposition=ended, rating=rating
    )
    counts = Counter({Counted.NO_MATCH: int(number % 3 == 0), Counted.NO_INPUT: int(number % 5 == 0)})
    facts.rang(summary.call_id, began, "stream" if number % 20 else "at_capacity")
    facts.ended(summary, CallFigures(audio_ms=70_000 + 500 * (number % 90), counts=counts), began, caller="")
    if to_nurse:
        transfer = Transfer("t", summary.call_id, CareLevel.NURSE_NOW, ("+1",), began.isoformat())
        accepted = replace(transfer, status=TransferStatus.ACCEPTED)
        facts.transfer_moved(accepted, began + timedelta(seconds=9 + number % 20))
        facts.transfer_moved(replace(transfer, status=TransferStatus.DONE), began + timedelta(seconds=200))
        facts.asked_again(summary.call_id, int(number % 8 == 0), 6, began)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_barrier(desk: Desk, theme: str) -> None:
    furnish(desk)
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    desk.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        for name, page in PAGES.items():
            for width in (1180, 500):
                desk.browser.set_window_size(width, 900)
                desk.open(page)
                desk.wait_until(lambda: desk.browser.find_elements(By.TAG_NAME, "h1"))
                assert violations(desk.browser) == [], (name, width)
            if theme == "light" and name in PICTURES:
                desk.picture(f"{name}-phone.png", width=500)
                desk.picture(f"{name}.png")
    finally:
        desk.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_sign_in_page_has_no_barrier(desk: Desk) -> None:
    desk.browser.delete_all_cookies()
    desk.open("sign-in")
    assert violations(desk.browser) == []


def test_with_an_alarm_and_without_a_connection_there_is_no_barrier(desk: Desk) -> None:
    desk.wait_until(lambda: desk.says("alarm"))
    desk.site.store.fail()
    desk.wait_until(lambda: desk.says("lost"))
    found = violations(desk.browser)
    desk.site.store.mend()
    assert found == []


def test_axe_would_find_a_barrier(desk: Desk) -> None:
    desk.browser.execute_script("document.querySelector('main').innerHTML += '<img src=\"x\"><input>'")
    assert {found.split(":")[0] for found in violations(desk.browser)} >= {"image-alt", "label"}


def test_everything_that_is_pressed_is_large_enough(desk: Desk) -> None:
    """WCAG 2.2, 2.5.8: 24 pixels each way, links within text aside."""
    furnish(desk)
    for page in ("", "cases/{chest}", "practice/chest", "figures"):
        desk.open(page)
        small = desk.browser.execute_script(
            """return Array.from(document.querySelectorAll("button, select, input:not([type=hidden]), nav a, a.button"))
                 .filter(element => element.offsetParent)
                 .map(element => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
                 .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
        )
        assert small == [], page
