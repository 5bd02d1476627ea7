"""How soon a new case stands on a nurse's screen, while the line is busy.

    PYTHONPATH=tests .venv/bin/python tests/calls/measure_console.py [CALLS]

Opens the whole line with 20 open cases, has CALLS (20) simulated callers ring it, and opens 30 more cases, one every
two seconds. Each is timed from the moment before it is written to Redis until Chromium, which holds the queue open, has
it in its page. The callers' own red flags change the queue at the same time; how many live is told as they ring.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console_browser import chromium
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from whole_line import Line, open_line

from voice_agent.bench.command import Options, on_line
from voice_agent.bench.lines import Line as BenchedLine
from voice_agent.bench.statistics import quantile
from voice_agent.call.handoff import CallbackTask, CallSummary
from voice_agent.call.ladder import entry
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.demo.progress import Progress
from voice_agent.records.users import ConsoleUsers, Role
from voice_agent.triage.care_levels import CareLevel

OPEN_CASES = 20
SAMPLES = 30
EVERY_S = 2.0
PASSWORD = "a long enough password"


def open_case(line: Line, token: str) -> None:
    """A caller who hung up and is owed a call, as the nurse desk leaves her."""
    now = datetime.now(UTC)
    at, due = now.isoformat(), (now + timedelta(minutes=15)).isoformat()
    number = "+15550109999"
    summary = CallSummary(f"CA{token}", number, at, "a sore throat", CareLevel.NURSE_NOW, learned={"name": token})
    line.store.save_summary(token, summary)
    line.store.create_transfer(
        Transfer(token, summary.call_id, CareLevel.NURSE_NOW, ("+15550100201",), at, TransferStatus.CALLER_GONE)
    )
    line.store.open_callback(CallbackTask(token, summary.call_id, number, CareLevel.NURSE_NOW, summary.reason, at, due))


def seconds_to_page(line: Line, browser: webdriver.Chrome, token: str) -> float:
    """Open a case and wait for it."""
    browser.execute_script(
        """const [id] = arguments; window.sawAt = 0;
        window.watcher?.disconnect();
        window.watcher = new MutationObserver(() => {
          if (!window.sawAt && document.getElementById(id)) window.sawAt = Date.now();
        });
        window.watcher.observe(document.querySelector("main"), {subtree: true, childList: true});""",
        f"case-{token}",
    )
    began = time.time()
    open_case(line, token)
    WebDriverWait(browser, 60, 0.2).until(lambda _: browser.execute_script("return window.sawAt"))
    return float(browser.execute_script("return window.sawAt")) / 1000 - began


@contextmanager
def queue_page(line: Line, folder: Path) -> Iterator[webdriver.Chrome]:
    """A nurse's browser, on the queue."""
    users = ConsoleUsers(line.plan.database_url)
    users.add_user("ada", PASSWORD, Role.NURSE)
    users.close()
    with chromium(folder / "profile") as browser:
        browser.get(f"{line.plan.url}/console/")
        browser.find_element(By.ID, "name").send_keys("ada")
        browser.find_element(By.ID, "password").send_keys(PASSWORD, Keys.ENTER)
        WebDriverWait(browser, 60).until(lambda _: browser.find_elements(By.CLASS_NAME, "tally"))
        yield browser


@contextmanager
def callers(line: Line, calls: int, folder: Path) -> Iterator[None]:
    """So many callers at once, until the block is left or their time is over."""
    if not calls:
        yield
        return
    nurses = tuple(entry(one).number for one in line.plan.settings.nurse_desk.ladder)
    benched = BenchedLine(line.plan.url, line.twin, nurses, line.plan.settings.telephony.nurse_line, {})
    options = Options(calls=calls, seconds=SAMPLES * EVERY_S + 30, warm_up=False, folder=folder)
    done = threading.Event()

    def ring() -> None:
        try:
            on_line(benched, options, Progress(sys.stderr))
        finally:
            done.set()

    thread = threading.Thread(target=ring)
    thread.start()
    line.server.wait_until(lambda: done.is_set() or sum(line.workers().values()) >= calls, 180)
    yield
    thread.join()


def main(calls: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="line-") as name, open_line(Path(name)) as line:
        for number in range(OPEN_CASES):
            open_case(line, f"open{number}")
        with queue_page(line, Path(name)) as browser, callers(line, calls, Path(name) / "bench"):
            took = []
            for number in range(SAMPLES):
                took.append(seconds_to_page(line, browser, f"new{number}"))
                time.sleep(EVERY_S)
    load = os.getloadavg()[0]
    figures = ", ".join(f"p{share} {quantile(took, share / 100):.2f} s" for share in (50, 95))
    print(f"{len(took)} cases, {calls} callers, load {load:.1f}, {os.cpu_count()} cores:")
    print(f"{figures}, longest {max(took):.2f} s; within 1 s: {sum(one <= 1 for one in took)} of {len(took)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
