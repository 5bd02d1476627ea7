"""`make run`, whole: real Redis, Rasa and server, two calls, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from voice_agent import config

MARK = "VOICE_AGENT_TEST_RUN"
"""Every process of the demonstration inherits it, so that those left behind are found."""


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    environ = {name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "DATABASE_URL", "PORT"}}
    with subprocess.Popen(
        [sys.executable, "-m", "voice_agent.demo", "--folder", str(folder), *arguments],
        cwd=config.PROJECT,
        env={**environ, MARK: str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def left_behind(folder: Path) -> list[str]:
    """Command lines of processes that the demonstration in `folder` started and that still run."""
    mark = f"{MARK}={folder}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def wait_for(path: Path, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} did not come"
        time.sleep(0.1)


@pytest.mark.timeout(900)
def test_two_calls_and_the_end(tmp_path: Path) -> None:
    with demo(tmp_path, "--once") as process:
        shown, _ = process.communicate(timeout=880)
    assert process.returncode == 0, shown
    assert "The booking call: as it should be" in shown
    assert "The chest-pain call: as it should be" in shown
    assert "Situation" in shown
    assert left_behind(tmp_path) == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_while_starting_leaves_nothing_behind(tmp_path: Path, sign: signal.Signals) -> None:
    with demo(tmp_path) as process:
        wait_for(tmp_path / "server.log", timeout_s=500)
        process.send_signal(sign)
        shown, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert shown.endswith("Stopping all that was started.\n\nStopped.\n")
    assert left_behind(tmp_path) == []
