"""Whether every dependency works, asked beforehand.

A caller must not wait while we ask Rasa and Redis how they are, so a thread asks every few seconds and the webhooks
read the last answer. An answer that has become old (a check that hangs) counts as a failure.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog

log = structlog.get_logger(__name__)

FIRST_ANSWER_S: Final = 2.0
"""How long the very first question may wait for the first answers."""
START_S: Final = 20.0
"""How long a process may wait for them before it takes calls: it loads its model meanwhile, and a check may hang."""
STALE_AFTER_S: Final = 30.0


class Readiness:
    """The last answers of `checks`, and of `extras`, which the line can do without.

    The thread starts with the first question, so each worker has its own.
    """

    def __init__(
        self,
        checks: Callable[[], Mapping[str, str | None]],
        *,
        extras: Callable[[], Mapping[str, str | None]] = dict,
        every_s: float = 5.0,
        stale_after_s: float = STALE_AFTER_S,
        tell: Callable[[bool], None] = lambda ready: None,
        siblings: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`tell` hears of each verdict; `siblings`: whether the server's other processes found everything working.

        A call may come to any of them, and all must say the same.
        """
        self._checks = checks
        self._extra_checks = extras
        self._every_s = every_s
        self._stale_after_s = stale_after_s
        self._tell = tell
        self._siblings = siblings
        self._clock = clock
        self._answers: dict[str, str | None] = {}
        self._extras: dict[str, str | None] = {}
        self._answered_at: float | None = None
        self._started = False
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to ask; return with the first answers, or once they take too long.

        Before calls are taken, else the first would go to the nurse line. That something is down is an answer as well.
        """
        self._begin()
        self._answered.wait(START_S)

    def answers(self) -> dict[str, str | None]:
        """Name of each dependency → None when it works, else what is wrong and how to mend it."""
        self._begin()
        self._answered.wait(FIRST_ANSWER_S)
        with self._lock:
            answers, answered_at = dict(self._answers), self._answered_at
        if answered_at is None:
            return {"server": "the first checks are still running; ask again in a few seconds"}
        age_s = self._clock() - answered_at
        if age_s > self._stale_after_s:
            answers["server"] = f"the last checks are {age_s:.0f} s old: one of them hangs; restart the server"
        elif not any(answers.values()) and not self._siblings():
            answers["server"] = "another worker process found something down a moment ago; see the log"
        return answers

    @property
    def ready(self) -> bool:
        """Whether everything works."""
        return all(problem is None for problem in self.answers().values())

    def extras(self) -> dict[str, str | None]:
        """The same of what the line can do without; these never make it not ready."""
        self.answers()
        with self._lock:
            return dict(self._extras)

    def refresh(self) -> None:
        """Ask now."""
        answers, extras = _asked(self._checks, "server"), _asked(self._extra_checks, "extras")
        with self._lock:
            known, now = {**self._answers, **self._extras}, {**answers, **extras}
            changed = {name: problem for name, problem in now.items() if known.get(name, "") != problem}
            self._answers, self._extras, self._answered_at = answers, extras, self._clock()
        self._tell(all(problem is None for problem in answers.values()))
        self._answered.set()
        for name, problem in changed.items():
            if problem:
                log.warning("dependency_down", dependency=name, problem=problem)
            else:
                log.info("dependency_up", dependency=name)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def _begin(self) -> None:
        with self._lock:
            if self._started:
                return
            self._started = True
        threading.Thread(target=self._run, name="readiness", daemon=True).start()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.refresh()
            self._stopped.wait(self._every_s)


def _asked(checks: Callable[[], Mapping[str, str | None]], name: str) -> dict[str, str | None]:
    """Their answers; a failure of theirs under `name`."""
    try:
        return dict(checks())
    except Exception as error:
        # A check must answer, not raise; one that does anyway is a failure of that dependency, not of this thread.
        log.exception("check_failed")
        return {name: f"a check failed unexpectedly ({type(error).__name__}); see the log"}
