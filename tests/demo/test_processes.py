"""Children start, are waited for, and never stay behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from voice_agent.demo.processes import Processes, StartError, last_lines

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(grandchild.pid, flush=True)
time.sleep(600)
"""


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_for_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return gone(pid)


def test_a_child_that_ignores_sigterm_is_killed_with_its_own_children(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        child = processes.start(
            "Stubborn", [sys.executable, "-c", STUBBORN], environ=os.environ, log="stubborn.log", patience_s=0.5
        )
        child.wait_until(lambda: child.log.read_text().endswith("\n"), timeout_s=20)
        grandchild = int(child.log.read_text())
        assert not gone(grandchild)
    assert child.process.poll() == -signal.SIGKILL
    assert wait_for_gone(grandchild)


def test_the_children_stop_when_the_work_fails(tmp_path: Path) -> None:
    def work() -> None:
        with Processes(tmp_path) as processes:
            started.append(processes.start("Sleeper", ["sleep", "600"], environ=os.environ, log="sleeper.log"))
            raise RuntimeError("the work failed")

    started: list = []
    with pytest.raises(RuntimeError, match="the work failed"):
        work()
    assert started[0].process.poll() == -signal.SIGTERM


def test_the_last_started_stops_first(tmp_path: Path) -> None:
    says_when = "trap 'date +%s%N; exit 0' TERM; echo up; while :; do sleep 0.05; done"
    with Processes(tmp_path) as processes:
        children = [
            processes.start(name, ["bash", "-c", says_when], environ=os.environ, log=f"{name}.log")
            for name in ("first", "second")
        ]
        for child in children:
            child.wait_until(lambda child=child: "up" in child.log.read_text(), timeout_s=10)
    first, second = (int(child.log.read_text().split()[-1]) for child in children)
    assert second < first


def test_a_child_that_dies_says_why(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        child = processes.start("Rasa", ["sh", "-c", "echo no model here; exit 3"], environ=os.environ, log="rasa.log")
        with pytest.raises(StartError, match=r"(?s)Rasa stopped by itself \(exit status 3\).*rasa\.log.*no model here"):
            child.wait_until(lambda: False, timeout_s=10)
        with pytest.raises(StartError, match="Rasa stopped"):
            processes.check()


def test_a_child_that_is_never_ready_says_so(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        child = processes.start("Redis", ["sleep", "600"], environ=os.environ, log="redis.log")
        with pytest.raises(StartError, match="Redis was not ready within 0 s"):
            child.wait_until(lambda: False, timeout_s=0.3)


def test_a_program_that_is_not_there_is_an_error_for_people(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes, pytest.raises(StartError, match="no-such-program"):
        processes.start("Redis", ["no-such-program"], environ=os.environ, log="redis.log")


def test_what_a_child_reads_is_given_to_it(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        child = processes.start("Cat", ["cat"], environ=os.environ, log="cat.log", stdin="port 1\nbind 2")
        child.process.wait(10)
    assert child.log.read_text() == "port 1\nbind 2"


def test_when_we_are_killed_the_children_end(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, time; from voice_agent.demo.processes import Processes\n"
        f"processes = Processes(pathlib.Path({str(tmp_path)!r}))\n"
        "child = processes.start('Sleeper', ['sleep', '600'], environ=os.environ, log='sleeper.log')\n"
        "print(child.process.pid, flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        pid = int(ours.stdout.readline())
        time.sleep(0.2)
        ours.kill()
    assert wait_for_gone(pid)


def test_only_the_end_of_a_log_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "long.log"
    log.write_text("\n".join(f"line {number}" for number in range(100)))
    shown = last_lines(log, count=2)
    assert shown.endswith("    line 98\n    line 99")
    assert "line 97" not in shown
