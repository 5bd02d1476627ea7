"""The console as two nurses have it: two real servers on one Redis, a real call, a real browser.

The line's own server has two processes; the second server is another one beside it, as behind a load balancer. Each
nurse has her own, so that all that one sees of the other went through Redis.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from axe_core import violations
from console_browser import chromium
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from whole_line import Line

from voice_agent.demo import clinic
from voice_agent.demo.loopback import free_port
from voice_agent.demo.server_process import start_server, wait_for_server
from voice_agent.records.users import ConsoleUsers, Role

pytestmark = pytest.mark.timeout(900)  # the line's start counts as the first test's
PASSWORD = "a long enough password"
PATIENCE_S = 60
TOLD_S = 1.0
"""From one nurse's click to the other nurse's screen. A page that is not told of a change asks after five seconds."""
CASE = re.compile(r"/console/cases/([\w-]+)")
PAGES = ("", "cases/{token}", "reviews", "figures", "practice", "practice/chest", "phone", "cases/none")


@dataclass
class Nurse:
    """One nurse's window."""

    name: str
    address: str
    browser: webdriver.Chrome

    def sign_in(self) -> None:
        self.browser.get(f"{self.address}/console/")
        self.browser.find_element(By.ID, "name").send_keys(self.name)
        self.browser.find_element(By.ID, "password").send_keys(PASSWORD, Keys.ENTER)
        self.wait_for("Waiting for a nurse")

    def open(self, page: str) -> None:
        self.browser.get(f"{self.address}/console/{page}")
        self.until(lambda: self.browser.find_elements(By.TAG_NAME, "h1") or self.sees("waiting now"))

    def until(self, true: Callable[[], object]) -> None:
        WebDriverWait(self.browser, PATIENCE_S, 0.05, [StaleElementReferenceException]).until(lambda _: true())

    def sees(self, words: str) -> bool:
        shown: str = self.browser.execute_script("return document.querySelector('main')?.innerText ?? ''")
        return words in shown

    def wait_for(self, words: str) -> None:
        self.until(lambda: self.sees(words))

    def look_out_for(self, words: str) -> None:
        """Note the moment at which the page first shows these words; `saw` tells it."""
        self.browser.execute_script(
            """const [words] = arguments; window.sawAt = 0;
            const main = document.querySelector("main");
            new MutationObserver(() => {
              if (!window.sawAt && main.innerText.includes(words)) window.sawAt = Date.now();
            }).observe(main, {subtree: true, childList: true});""",
            words,
        )

    def saw(self) -> float:
        """Unix time; waits for it."""
        self.until(lambda: self.browser.execute_script("return window.sawAt"))
        return float(self.browser.execute_script("return window.sawAt")) / 1000

    def shows(self, button: str) -> bool:
        there: bool = self.browser.execute_script("return !!document.getElementById(arguments[0])", button)
        return there

    def press(self, button: str) -> None:
        """In one go: the page may be renewed at any moment. Returns when the page that it leads to is there."""
        self.browser.execute_script("document.getElementById(arguments[0]).click()", button)
        self.until(lambda: not self.shows(button) and self.browser.find_elements(By.CLASS_NAME, "flash"))


def beside(line: Line, folder: Path) -> str:
    """A second server with the same Redis and database; its address."""
    document = yaml.safe_load(line.plan.config_path.read_text(encoding="utf-8"))
    document["server"]["workers"] = 1
    document["recording"]["folder"] = None
    document["recognizer"]["second_ear"] = "none"  # it takes no calls here
    document["meaning"]["second_opinion"] = "none"
    document["console"]["softphone"] = True
    path = folder / "second.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    told = clinic.environment(line.plan, line.twin, line.redis_url, line.rasa_url)
    server, url = start_server(line.processes, {**os.environ, **told}, path, free_port())
    wait_for_server(server, url)
    return url


@pytest.fixture(scope="module")
def nurses(line: Line, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Nurse, Nurse]]:
    """Ada before the line's server, Bea before the second one, each on the queue in a browser of her own."""
    folder = tmp_path_factory.mktemp("nurses")
    users = ConsoleUsers(line.plan.database_url)
    for name in ("ada", "bea"):
        users.add_user(name, PASSWORD, Role.NURSE)
    users.close()
    second = beside(line, folder)
    with chromium(folder / "ada") as hers, chromium(folder / "bea") as others:
        both = (Nurse("ada", line.plan.url, hers), Nurse("bea", second, others))
        for nurse in both:
            nurse.sign_in()
        yield both
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def token(line: Line, nurses: tuple[Nurse, Nurse]) -> Iterator[str]:
    """Of the case of a caller with chest pain, whom both saw coming."""
    for nurse in nurses:
        nurse.look_out_for("Emergency")
    call = threading.Thread(target=line.place, args=("chest_pain",))
    call.start()
    seen = [nurse.saw() for nurse in nurses]
    print("the second nurse saw the case after the first by:", round(seen[1] - seen[0], 3), "s")
    page = nurses[0].browser.page_source
    found = CASE.search(page)
    assert found, page[:2000]
    yield found[1]
    call.join()


def test_both_are_told_of_a_caller_while_she_waits(nurses: tuple[Nurse, Nurse], token: str) -> None:
    for nurse in nurses:
        nurse.until(lambda nurse=nurse: nurse.browser.find_elements(By.ID, f"case-{token}"))
        alarm = nurse.browser.execute_script("return document.getElementById('alarm').innerText")
        assert "Emergency" in alarm or nurse.sees("Accepted") or nurse.sees("With a nurse")


def test_of_two_nurses_at_two_servers_one_has_the_case(line: Line, nurses: tuple[Nurse, Nurse], token: str) -> None:
    for nurse in nurses:
        nurse.open(f"cases/{token}")
    at = (time.time() + 2) * 1000
    for nurse in nurses:
        nurse.browser.execute_script(
            "window.setTimeout(() => document.getElementById('claim').click(), arguments[0] - Date.now())", at
        )
    said = []
    for nurse in nurses:
        nurse.until(lambda nurse=nurse: nurse.browser.find_elements(By.CLASS_NAME, "flash"))
        said.append(nurse.browser.find_element(By.CLASS_NAME, "flash").text)
    assert sum("You have this case." in words for words in said) == 1
    winner = nurses["You have this case." not in said[0]].name
    assert sum(f"{winner} has this case. Nothing was changed." in words for words in said) == 1


def test_each_is_told_of_what_the_other_does_at_the_other_server(nurses: tuple[Nurse, Nurse], token: str) -> None:
    """Told, not found out by asking: the page asks every five seconds only."""
    took = []
    for _ in range(3):
        for one, other in (nurses, nurses[::-1]):
            hand_over(one, token)
            other.open("")
            other.look_out_for(f"{one.name} has this case")
            one.open(f"cases/{token}")
            began = time.time()
            one.press("claim")
            took.append(other.saw() - began)
    print("seconds from one nurse's click to the other nurse's queue:", sorted(round(one, 3) for one in took))
    assert sorted(took)[len(took) // 2] < TOLD_S


def hand_over(nurse: Nurse, token: str) -> None:
    """Nobody has the case after this."""
    nurse.open(f"cases/{token}")
    for button in ("take-over", "release"):
        if nurse.shows(button):
            nurse.press(button)


def test_the_keyboard_alone_takes_a_case_and_gives_it_back(nurses: tuple[Nurse, Nurse], token: str) -> None:
    ada, bea = nurses
    hand_over(ada, token)
    ada.open(f"cases/{token}")
    for button, words in (("claim", "You have this case."), ("release", "The case is free for others.")):
        for _ in range(40):
            ActionChains(ada.browser).send_keys(Keys.TAB).perform()
            if ada.browser.execute_script("return document.activeElement.id") == button:
                break
        ActionChains(ada.browser).send_keys(Keys.ENTER).perform()
        ada.wait_for(words)
    bea.open(f"cases/{token}")
    assert bea.sees("Nobody has this case.")


def test_a_network_that_was_lost_shows_what_happened_meanwhile(nurses: tuple[Nurse, Nurse], token: str) -> None:
    ada, bea = nurses
    hand_over(ada, token)
    bea.open("")
    try:
        bea.browser.set_network_conditions(offline=True, latency=0, throughput=1)
        bea.until(lambda: "Connection lost" in bea.browser.find_element(By.ID, "lost").text)
        ada.open(f"cases/{token}")
        ada.press("claim")
        assert not bea.sees("ada has this case")
    finally:
        bea.browser.delete_network_conditions()
    bea.wait_for("ada has this case")
    bea.until(lambda: not bea.browser.find_element(By.ID, "lost").text)


def test_no_page_of_a_real_server_has_a_barrier(nurses: tuple[Nurse, Nurse], token: str) -> None:
    bea = nurses[1]
    for width in (360, 1024):
        bea.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        for page in PAGES:
            bea.open(page.format(token=token))
            assert violations(bea.browser) == [], (page, width)
            wide = bea.browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, (page, width, wide)
    bea.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_page_of_the_sign_in_has_no_barrier(nurses: tuple[Nurse, Nurse]) -> None:
    ada = nurses[0]
    ada.browser.delete_all_cookies()
    ada.browser.get(f"{ada.address}/console/sign-in")
    assert violations(ada.browser) == []
