"""CPU, memory, threads and file handles of running processes, from /proc (Linux).

A service is found by the port that it listens on; what its processes have started counts with them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
LISTENING: Final = "0A"
TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
PAGE_MB: Final = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass(frozen=True, slots=True)
class Usage:
    """What some processes use, together."""

    cpu_s: float
    """Processor time since they began."""
    memory_mb: float
    """Resident; a page that several processes share counts as a part for each (PSS), so that sums are true."""
    threads: int
    handles: int
    """Open files and sockets."""


def listening_on(port: int) -> frozenset[int]:
    """Processes that listen on a TCP port of this machine; empty when none does or they are not ours to see."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    return frozenset(pid for pid in _pids() if sockets & _links(pid)) if sockets else frozenset()


def with_children(pids: Iterable[int]) -> frozenset[int]:
    """These and all that descend from them."""
    parents = {pid: int(fields[1]) for pid in _pids() if (fields := _stat(pid))}
    family = set(pids)
    while fresh := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= fresh
    return frozenset(family)


def usage(pids: Iterable[int]) -> Usage:
    """Of those that still run."""
    cpu = memory = 0.0
    threads = handles = 0
    for pid in pids:
        if fields := _stat(pid):
            cpu += (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND
            threads += int(fields[17])
            memory += _memory_mb(pid, int(fields[21]))
            handles += len(_links(pid))
    return Usage(cpu, memory, threads, handles)


def _inodes(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(fields[9])
    return found


def _pids() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _links(pid: int) -> set[str]:
    """What its file descriptors lead to; sockets are names such as `socket:[123]`, and equal files count once each."""
    found = set()
    with suppress(OSError):
        for handle in (PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):
                target = str(handle.readlink())
                found.add(target if target.startswith("socket:") else f"{handle.name} {target}")
    return found


def _memory_mb(pid: int, resident_pages: int) -> float:
    """PSS; what is resident, where the kernel does not tell us more."""
    with suppress(OSError):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return resident_pages * PAGE_MB


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the command's name: state, parent, … (proc(5) counts from there as 3)."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return re.sub(r"^.*\) ", "", text, flags=re.DOTALL).split()
