"""Child processes, started and surely stopped.

Each child leads a process group of its own, so that Ctrl-C reaches only us and we end the children in order:
SIGTERM to the group, some patience, SIGKILL. Should we be killed ourselves, the kernel tells the children (setpriv).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from voice_agent.errors import VoiceAgentError

POLL_S: Final = 0.2


class StartError(VoiceAgentError):
    """A part of the demonstration did not start, or stopped by itself."""

    code = "start"


@dataclass(frozen=True)
class Child:
    """One process that we started."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    patience_s: float
    """How long it may take to end after SIGTERM."""

    def died(self) -> StartError | None:
        """None while it runs; else what to tell, with the end of its log."""
        status = self.process.poll()
        if status is None:
            return None
        return StartError(f"{self.name} stopped by itself (exit status {status}).\n{last_lines(self.log)}")

    def wait_until(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Return as soon as `ready()` is true. Raises StartError when the child dies, or after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if problem := self.died():
                raise problem
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready within {timeout_s:.0f} s.\n{last_lines(self.log)}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """End it and everything that it started; returns when it is gone."""
        for sign, patience_s in ((signal.SIGTERM, self.patience_s), (signal.SIGKILL, 5.0)):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_s)
                break
        with suppress(ProcessLookupError):  # what it left behind in its group
            os.killpg(self.process.pid, signal.SIGKILL)


class Processes:
    """The children of this program; leaving the `with` block stops them, last started first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        log: str,
        stdin: str = "",
        patience_s: float = 10.0,
    ) -> Child:
        """Start `command`; all that it prints goes to `<folder>/<log>`. `stdin` is given to it whole."""
        if shutil.which(command[0]) is None:
            raise StartError(f"{name} could not be started: there is no {command[0]} here; `make run` installs it.")
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / log
        with path.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                [*_ends_with_us(), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                start_new_session=True,
            )
        child = Child(name, process, path, patience_s)
        self._children.append(child)
        if process.stdin:
            with suppress(BrokenPipeError), process.stdin as pipe:
                pipe.write(stdin.encode())
        return child

    def check(self) -> None:
        """Raises StartError when one of the children has died."""
        for child in self._children:
            if problem := child.died():
                raise problem

    def stop(self) -> None:
        """Stop all, last started first."""
        while self._children:
            self._children.pop().stop()


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, for a person."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    lines = text.rstrip().splitlines()[-count:]
    return "\n".join([f"The last lines of {log}:", *(f"    {line}" for line in lines or ["(nothing)"])])


def _ends_with_us() -> list[str]:
    """A prefix that makes the kernel end the child when this program is killed; empty where there is none."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
