"""A real browser before the console: Debian's Chromium, and a site on fakes that runs.

With SAVE_SCREENSHOTS=docs/images the pictures in the documentation are taken anew.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from invented_cases import PASSWORD, fill
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from site_on_fakes import Site, build_site, close_site
from switchboard import Switchboard
from werkzeug.serving import make_server

from voice_agent.records.users import Role

SWITCHES = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --disable-quic --no-first-run --disable-dev-shm-usage --hide-scrollbars "
    "--use-fake-ui-for-media-stream --use-fake-device-for-media-stream --autoplay-policy=no-user-gesture-required"
)


@dataclass
class Desk:
    """A browser, signed in, before a running server with some cases."""

    browser: webdriver.Chrome
    site: Site
    tokens: dict[str, str]
    address: str
    switchboard: Switchboard

    def wait_for(self, words: str) -> None:
        """Until the page shows `words`; a page that is replaced while we look at it is looked at again."""
        wait = WebDriverWait(self.browser, 15, ignored_exceptions=[StaleElementReferenceException])
        wait.until(lambda browser: words in browser.find_element(By.TAG_NAME, "main").text)

    def sign_in(self, name: str, host: str = "127.0.0.1") -> None:
        """Anew, on the queue. Another host name has cookies of its own: a second nurse in the same browser."""
        self.address = f"http://{host}:{self.address.rpartition(':')[2]}"
        self.browser.get(f"{self.address}/console/sign-in")
        self.browser.delete_all_cookies()
        self.browser.execute_script("sessionStorage.clear(); localStorage.clear()")
        self.browser.get(f"{self.address}/console/")
        self.browser.find_element(By.ID, "name").send_keys(name)
        self.browser.find_element(By.ID, "password").send_keys(PASSWORD, Keys.ENTER)
        self.wait_for("Waiting for a nurse")

    def open(self, page: str) -> None:
        """A page below /console/; names of cases in braces."""
        self.browser.get(f"{self.address}/console/{page.format(**self.tokens)}")
        # On a busy machine Chromium has said that a page is loaded before its style was applied.
        self.wait_until(lambda: self.browser.execute_script("return document.styleSheets.length"))

    def wait_until(self, true: Callable[[], object]) -> None:
        """Generously: the machine may be busy."""
        WebDriverWait(self.browser, 20, ignored_exceptions=[StaleElementReferenceException]).until(lambda _: true())

    def says(self, element: str) -> str:
        """The text of the element with this id; '' when there is none."""
        text: str = self.browser.execute_script(
            "return document.getElementById(arguments[0])?.innerText ?? ''", element
        )
        return text

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

    def picture(self, name: str, width: int = 1180) -> None:
        """Keep a picture of the whole page, when asked to."""
        if directory := os.environ.get("SAVE_SCREENSHOTS"):
            self.browser.set_window_size(width, 800)
            height = self.browser.execute_script("return document.documentElement.scrollHeight")
            frame = 800 - self.browser.execute_script("return window.innerHeight")
            self.browser.set_window_size(width, height + frame)
            self.browser.save_screenshot(str(Path(directory) / name))
            self.browser.set_window_size(1180, 800)


@contextmanager
def chromium(profile: Path, *more: str) -> Iterator[webdriver.Chrome]:
    """A browser of its own, with `more` switches."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for switch in (*SWITCHES.split(), *more, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    try:
        yield browser
    finally:
        browser.quit()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def desk(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Desk]:
    switchboard = Switchboard()
    site = build_site(tmp_path, "http://127.0.0.1", softphone=switchboard)
    site.users.add_user("kim", PASSWORD, Role.NURSE)
    site.users.set_phone("kim", "+15550150")
    site.users.add_user("lee", PASSWORD, Role.NURSE)
    tokens = fill(site)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    desk = Desk(browser, site, tokens, f"http://127.0.0.1:{server.server_port}", switchboard)
    browser.set_window_size(1180, 800)
    desk.sign_in("kim")
    yield desk
    browser.get("about:blank")
    site.capacity.close()  # what is held open lets go
    server.shutdown()
    server.server_close()
    thread.join()
    close_site(site)
