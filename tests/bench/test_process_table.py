"""CPU, memory and handles from /proc, looked up for processes of our own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from voice_agent.bench import process_table

PROGRAM = """
import socket, subprocess, sys, threading
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
threading.Thread(target=threading.Event().wait, daemon=True).start()
listening = socket.create_server(("127.0.0.1", 0))
kept = open(sys.argv[1])
print(listening.getsockname()[1], child.pid, flush=True)
input()
child.communicate()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, int, int]]:
    """Its port, its pid, its child's."""
    file = tmp_path / "kept"
    file.touch()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port, child = (int(word) for word in process.stdout.readline().split())
        yield port, process.pid, child
        process.communicate("\n")


def test_a_service_is_found_by_its_port(server: tuple[int, int, int]) -> None:
    port, pid, _ = server
    assert process_table.listening_on(port) == {pid}


def test_nobody_listens_on_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert process_table.listening_on(port) == {os.getpid()}
    assert process_table.listening_on(port) == frozenset()


def test_what_it_started_counts_with_it(server: tuple[int, int, int]) -> None:
    _, pid, child = server
    assert process_table.with_children({pid}) == {pid, child}


def test_what_processes_use(server: tuple[int, int, int]) -> None:
    _, pid, child = server
    alone, both = process_table.usage({pid}), process_table.usage({pid, child})
    assert alone.threads == 2
    assert alone.memory_mb > 3
    assert alone.handles >= 5  # standard input, output, error, the socket, the file, the child's pipe
    assert both.memory_mb > alone.memory_mb
    assert both.threads == 3


SHARING = """
import os
kept = bytearray(os.urandom(1 << 20)) * 64
children = []
for _ in range(3):
    ready, says = os.pipe()
    if (pid := os.fork()) == 0:
        os.write(says, b"!")
        os.read(0, 1)
        os._exit(0)
    os.read(ready, 1)
    children.append(pid)
print(os.getpid(), *children, flush=True)
input()
"""


def test_memory_that_processes_share_counts_once() -> None:
    with subprocess.Popen([sys.executable, "-c", SHARING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        family = {int(pid) for pid in process.stdout.readline().split()}
        together = process_table.usage(family).memory_mb
        process.stdin.write(b"....\n")
        process.stdin.close()
    assert len(family) == 4
    assert 64 < together < 2 * 64


def test_processor_time_goes_on() -> None:
    before = process_table.usage({os.getpid()}).cpu_s
    while process_table.usage({os.getpid()}).cpu_s == before:
        sum(range(100_000))


def test_a_process_that_is_gone_uses_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    assert process_table.usage({gone.pid}) == process_table.Usage(0.0, 0.0, 0, 0)
