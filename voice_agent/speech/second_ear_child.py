"""Our end of `second_ear_process`."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Sequence
from typing import Any, Final

from voice_agent.call.hearings import SecondHearing
from voice_agent.call.replies import Listen
from voice_agent.call.word import Word

START_DEADLINE_S: Final = 60.0
"""For the process to start and to load its model: some seconds on an idle machine."""


class ChildFailedError(Exception):
    """The process could not hear; it has been ended, unless it said itself why."""


class SecondEarChild:
    """One process. Not safe from several threads."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""

    @property
    def runs(self) -> bool:
        """It was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, and wait until its model is loaded. Raises ChildFailedError."""
        self.stop()
        try:
            # A session of its own: Ctrl-C in the terminal must not deafen calls that are being drained.
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                self._command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ChildFailedError(f"The second ear could not be started: {error}") from error
        answer = self._answer(time.monotonic() + START_DEADLINE_S)
        if problem := answer.get("error"):
            self.stop()
            raise ChildFailedError(str(problem))

    def hear(self, sound: bytes, listen: Listen, first: str, deadline_s: float) -> SecondHearing:
        """One utterance, PCM16 mono 8 kHz; `first`: what the streaming ear heard. Raises ChildFailedError."""
        ends_at = time.monotonic() + deadline_s
        request = {"listen": str(listen), "first": first, "bytes": len(sound)}
        self._send(json.dumps(request).encode() + b"\n" + sound, ends_at)
        answer = self._answer(ends_at)
        if problem := answer.get("error"):
            raise ChildFailedError(str(problem))
        try:
            heard = answer["heard"]
            return SecondHearing(**{**heard, "words": tuple(Word(**word) for word in heard["words"])})
        except (KeyError, TypeError) as error:
            raise self._failed("The second ear spoke nonsense.") from error

    def kill(self) -> None:
        """End it, from any thread; whoever waits for it is told that it failed."""
        if process := self._process:
            process.kill()

    def stop(self) -> None:
        """End it, if it runs, and tidy up."""
        process, self._process, self._unread = self._process, None, b""
        if process is None:
            return
        process.kill()
        # `communicate` closes the pipes and reaps the process.
        process.communicate()

    def _send(self, message: bytes, ends_at: float) -> None:
        pipe = self._pipes()[0]
        os.set_blocking(pipe, False)
        left = memoryview(message)
        try:
            while left:
                _, writable, _ = select.select([], [pipe], [], max(0.0, ends_at - time.monotonic()))
                if not writable:
                    raise self._failed("The second ear takes no more sound.")
                left = left[os.write(pipe, left) :]
        except OSError as error:
            raise self._failed("The second ear has ended.") from error

    def _answer(self, ends_at: float) -> dict[str, Any]:
        pipe = self._pipes()[1]
        while b"\n" not in self._unread:
            readable, _, _ = select.select([pipe], [], [], max(0.0, ends_at - time.monotonic()))
            if not readable:
                raise self._failed("The second ear did not answer in time.")
            piece = os.read(pipe, 65536)
            if not piece:
                raise self._failed("The second ear has ended.")
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        try:
            answer: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise self._failed("The second ear spoke nonsense.") from error
        return answer

    def _pipes(self) -> tuple[int, int]:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ChildFailedError("The second ear is not running.")
        return process.stdin.fileno(), process.stdout.fileno()

    def _failed(self, problem: str) -> ChildFailedError:
        self.stop()
        return ChildFailedError(problem)
