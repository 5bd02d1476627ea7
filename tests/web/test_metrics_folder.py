"""The counters of all processes, in a folder that ends with the server."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from voice_agent.web.metrics_folder import VARIABLE, metrics_folder


def test_the_folder_is_private_and_gone_afterwards() -> None:
    environ: dict[str, str] = {}
    with metrics_folder(environ) as folder:
        assert environ == {VARIABLE: str(folder)}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "counter_1.db").touch()
    assert not folder.exists()
    assert environ == {}


def test_a_forked_process_leaves_it_alone() -> None:
    with metrics_folder({}) as folder:
        pid = os.fork()
        if pid == 0:
            try:
                with pytest.raises(SystemExit), metrics_folder({}):
                    sys.exit(0)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        assert folder.exists()


ALL_TOGETHER = """
import os, sys
from voice_agent.web.metrics_folder import metrics_folder
with metrics_folder(os.environ) as folder:
    from voice_agent.web.capacity import Capacity
    from voice_agent.web.metrics import Metrics
    from voice_agent.web.worker_board import WorkerBoard
    board = WorkerBoard(2)
    for number in range(2):
        row = board.row(board.claim())
        if (pid := os.fork()) == 0:
            row.open()
            capacity = Capacity(5, row=row)
            metrics = Metrics(capacity, folder)
            for _ in range(number + 1):
                metrics.calls_answered.labels("stream").inc()
                metrics.conversations.behind(10, 20)
                capacity.acquire()
            os._exit(0)
        os.waitpid(pid, 0)
    print(Metrics(Capacity(5, row=board.row(0)), folder).text().decode())
"""


def test_whoever_is_asked_answers_for_all_processes_also_dead_ones() -> None:
    told = subprocess.run([sys.executable, "-c", ALL_TOGETHER], capture_output=True, text=True, check=True).stdout
    lines = told.splitlines()
    assert 'voice_agent_calls_answered_total{answer="stream"} 3.0' in lines
    assert "voice_agent_loop_lateness_seconds_count 3.0" in lines
    assert "voice_agent_calls_live 3.0" in lines
    assert "voice_agent_late 0.0" in lines
    assert "pid=" not in told


def test_too_late_a_folder_is_noticed() -> None:
    program = """
from pathlib import Path
from voice_agent.web.capacity import Capacity
from voice_agent.web.metrics import Metrics
Metrics(Capacity(1), Path("."))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert told.returncode == 1
    assert "before the first import of prometheus_client" in told.stderr
