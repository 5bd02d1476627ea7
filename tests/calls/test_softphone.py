"""Staff call the agent from a browser: a real Chromium with a microphone that plays a file, and the whole line.

The microphone says nothing for a while, then asks when the clinic is open, in a voice that is not the agent's.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from console_browser import chromium
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from whole_line import Line

from voice_agent.audio import mulaw
from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.records.users import ConsoleUsers, Role
from voice_agent.simulator.speech import Voice

pytestmark = pytest.mark.timeout(1200)  # training, where it is due, and the line's start count as the test's
PASSWORD = "a long enough password"
SILENT_S = 14
"""The greeting is over by then."""
LASTS_S = 90


def record(path: Path) -> None:
    """What the microphone hears."""
    words = mulaw.decode(Voice("flite:slt").speak("what are your opening hours"))
    silence = b"\0\0" * SAMPLE_RATE_HZ
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((silence * SILENT_S + words).ljust(len(silence) * LASTS_S, b"\0"))


@pytest.fixture
def phone(line: Line, tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """A browser with that microphone, signed in, on the phone's page."""
    users = ConsoleUsers(line.plan.database_url)
    users.add_user("jo", PASSWORD, Role.OPERATIONS)
    users.close()
    record(tmp_path / "microphone.wav")
    with chromium(
        tmp_path / "profile",
        f"--use-file-for-fake-audio-capture={tmp_path / 'microphone.wav'}%noloop",
    ) as browser:
        browser.get(f"{line.plan.url}/console/phone")
        browser.find_element(By.ID, "name").send_keys("jo")
        browser.find_element(By.ID, "password").send_keys(PASSWORD, Keys.ENTER)
        wait(browser, lambda: browser.find_elements(By.ID, "call"))
        yield browser


def wait(browser: webdriver.Chrome, true: Callable[[], object], for_s: float = 60) -> None:
    """Generously: the machine may be busy."""
    WebDriverWait(browser, for_s).until(lambda _: true())


def said(browser: webdriver.Chrome) -> str:
    text: str = browser.execute_script("return document.getElementById('phone').innerText")
    return text


def loudness(browser: webdriver.Chrome) -> float:
    """Of what is being played, 0 to 1."""
    level: float = browser.execute_script("return document.getElementById('theirs').value")
    return level


def test_staff_talk_with_the_agent_from_a_browser(line: Line, phone: webdriver.Chrome) -> None:
    """The greeting is heard, the question is understood, the answer is heard; hanging up ends the call."""
    phone.find_element(By.ID, "call").click()
    wait(phone, lambda: "You are talking with the agent." in said(phone))
    wait(phone, lambda: loudness(phone) > 0.05)
    call_id = phone.execute_script("return document.getElementById('phone').dataset.call")

    def turns(speaker: str) -> list[str]:
        record = line.store.load_call(call_id)
        return [turn.text for turn in record.summary.turns if turn.speaker == speaker] if record else []

    wait(phone, lambda: "opening hours" in " ".join(turns("caller")))
    wait(phone, lambda: loudness(phone) > 0.05)
    phone.find_element(By.ID, "hang-up").click()
    wait(phone, lambda: "You hung up." in said(phone))
    # What was said since the last question is kept at the end of the call.
    wait(phone, lambda: "is open Monday to Friday" in " ".join(turns("agent")))
    wait(phone, lambda: call_id in line.server.log.read_text(encoding="utf-8"))
    logged = [json.loads(row) for row in line.server.log.read_text(encoding="utf-8").splitlines() if call_id in row]
    assert "call" in {row["event"] for row in logged}, "the one line that tells of a call that is over"
    assert not [row for row in phone.get_log("browser") if row["level"] == "SEVERE"]
