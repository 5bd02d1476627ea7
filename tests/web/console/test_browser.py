"""The console in a real browser: keyboard, refreshing, and how it looks.

With SAVE_SCREENSHOTS=docs/images the pictures in the documentation are taken anew.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from invented_cases import PASSWORD, fill
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from site_on_fakes import Site, build_site, close_site
from werkzeug.serving import make_server

from voice_agent.call.transfer import NurseAccepted, NurseJoined
from voice_agent.records.users import Role

SWITCHES = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --disable-quic --no-first-run --disable-dev-shm-usage --hide-scrollbars"
)


@dataclass
class Desk:
    """A browser, signed in, before a running server with some cases."""

    browser: webdriver.Chrome
    site: Site
    tokens: dict[str, str]
    address: str

    def wait_for(self, words: str) -> None:
        """Until the page shows `words`; a page that is replaced while we look at it is looked at again."""
        wait = WebDriverWait(self.browser, 15, ignored_exceptions=[StaleElementReferenceException])
        wait.until(lambda browser: words in browser.find_element(By.TAG_NAME, "main").text)

    def texts(self, selector: str) -> list[str]:
        """What the elements say, read in one go: the queue is replaced every two seconds."""
        found: list[str] = self.browser.execute_script(
            "return Array.from(document.querySelectorAll(arguments[0]), element => element.innerText)", selector
        )
        return found

    def focused(self, of: str) -> str:
        """The text, or the id, of what the keyboard is at."""
        value: str = self.browser.execute_script("return document.activeElement[arguments[0]]", of)
        return value

    def picture(self, name: str) -> None:
        """Keep a picture of the whole page, when asked to."""
        if directory := os.environ.get("SAVE_SCREENSHOTS"):
            height = self.browser.execute_script("return document.documentElement.scrollHeight")
            frame = 800 - self.browser.execute_script("return window.innerHeight")
            self.browser.set_window_size(1180, height + frame)
            self.browser.save_screenshot(str(Path(directory) / name))
            self.browser.set_window_size(1180, 800)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for switch in SWITCHES.split():
        options.add_argument(switch)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    yield browser
    browser.quit()


@pytest.fixture
def desk(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Desk]:
    site = build_site(tmp_path, "http://127.0.0.1")
    site.users.add_user("kim", PASSWORD, Role.NURSE)
    tokens = fill(site)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    browser.set_window_size(1180, 800)
    browser.get(f"{address}/console/sign-in")
    browser.delete_all_cookies()
    browser.get(f"{address}/console/")
    browser.find_element(By.ID, "name").send_keys("kim")
    browser.find_element(By.ID, "password").send_keys(PASSWORD, Keys.ENTER)
    desk = Desk(browser, site, tokens, address)
    desk.wait_for("Waiting for a nurse")
    yield desk
    browser.get("about:blank")
    server.shutdown()
    server.server_close()
    thread.join()
    close_site(site)


def test_a_nurse_signs_in_sees_the_queue_and_opens_a_case(desk: Desk) -> None:
    desk.picture("console.png")
    badges = desk.texts("section:first-of-type tbody tr .badge")
    assert [badge.split("\n")[-1] for badge in badges] == ["Emergency", "Within the hour"]
    desk.browser.execute_script(f"document.getElementById('case-{desk.tokens['chest']}').click()")
    desk.wait_for("Red flag: Possible heart attack")
    words = desk.browser.find_element(By.TAG_NAME, "main").text
    for expected in (
        "chest feels tight",
        "Situation",
        "Recommendation",
        "When did it start?",
        "52% sure, please check",
    ):
        assert expected in words
    desk.picture("case.png")


def test_the_queue_refreshes_itself_and_keeps_the_keyboards_place(desk: Desk) -> None:
    link = f"case-{desk.tokens['chest']}"
    desk.browser.execute_script("document.getElementById(arguments[0]).focus()", link)
    desk.site.desk.happened(desk.tokens["chest"], NurseAccepted(1))
    desk.site.desk.happened(desk.tokens["chest"], NurseJoined(1))
    desk.wait_for("With a nurse")
    assert desk.focused("id") == link


def test_everything_can_be_reached_with_the_tab_key(desk: Desk) -> None:
    desk.browser.find_element(By.TAG_NAME, "body").click()
    reached = set()
    for _ in range(12):
        ActionChains(desk.browser).send_keys(Keys.TAB).perform()
        reached.add(" ".join(desk.focused("innerText").split()))
    assert {"Ann Example", "Mark as called : Cleo Placeholder", "Sign out"} <= reached


def test_a_lost_server_is_said_and_a_lost_session_leads_to_the_sign_in(desk: Desk) -> None:
    desk.site.store.fail()
    desk.wait_for("could not be refreshed")
    desk.site.store.mend()
    desk.site.users.end_sessions("kim")
    desk.wait_for("Sign in")


@pytest.mark.parametrize("page", ["", "cases/{chest}"])
def test_a_telephone_shows_everything_without_scrolling_sideways(desk: Desk, page: str) -> None:
    desk.browser.set_window_size(500, 900)  # the narrowest that Chromium's window goes
    desk.browser.get(f"{desk.address}/console/{page.format(**desk.tokens)}")
    width, visible = desk.browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width <= visible


def test_the_page_breaks_none_of_its_own_rules(desk: Desk) -> None:
    """No inline script or style, nothing from elsewhere, no error in the browser's log."""
    desk.browser.get(f"{desk.address}/console/cases/{desk.tokens['chest']}")
    desk.wait_for("Red flag")
    log = [entry["message"] for entry in desk.browser.get_log("browser") if desk.address in entry["message"]]
    assert log == []
