"""`python -m voice_agent.demo [--once]`: what `make run` does after installing."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from voice_agent import config
from voice_agent.demo import clinic, two_calls
from voice_agent.demo.processes import Processes
from voice_agent.demo.progress import Progress
from voice_agent.errors import VoiceAgentError
from voice_agent.ports import CallStore, Patient
from voice_agent.records.encryption import Cipher
from voice_agent.services import dialog_training
from voice_agent.services.call_store import RedisCallStore
from voice_agent.services.scheduling.local import LocalScheduling
from voice_agent.simulator.twin import Twin

FOLDER: Final = config.PROJECT / ".run"
SCENARIOS: Final = config.PROJECT / "tests" / "calls" / "scenarios"
CALLER: Final = Patient("Mary Johnson", date(1952, 3, 3))
"""Who books in booking.yaml."""


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> int:
    """Exit status 0: both calls ended as they should (`--once`), or served until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="make run", description="The clinic's line on this machine, with two calls.")
    parser.add_argument("--once", action="store_true", help="end after the calls")
    parser.add_argument("--config", type=Path, default=config.DEFAULT_CONFIG)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for logs, secrets and the appointment book")
    options = parser.parse_args(arguments)
    # A shell starts a background job deaf to Ctrl-C: `make run` promises to hear it.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _stop)
    progress = Progress()
    try:
        return _run(clinic.plan(os.environ, options.folder, options.config), options.once, progress)
    except VoiceAgentError as error:
        progress.say(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        progress.say("\nStopped.")
        return 130


def _run(the: clinic.Plan, once: bool, progress: Progress) -> int:
    model = dialog_training.model_path(config.DEFAULT_DIALOGS)
    if dialog_training.is_stale(config.DEFAULT_DIALOGS):
        with progress.step("Training the dialog model"):
            dialog_training.train(config.DEFAULT_DIALOGS)
    # The innermost stops first: the calls, then the server, Rasa and Redis. Nothing may cut that short.
    with Processes(the.folder) as processes:
        try:
            with clinic.twin_for(the) as twin:
                secrets = clinic.open_line(the, processes, twin, model, os.environ, progress)
                good = _place_both(twin, secrets, the, progress)
                if not once:
                    _serve(the, processes, progress)
                return 0 if good or not once else 1
        finally:
            for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(sign, signal.SIG_IGN)
            progress.say("\nStopping all that was started.")


def _place_both(twin: Twin, secrets: config.Secrets, the: clinic.Plan, progress: Progress) -> bool:
    now = datetime.now(UTC)
    store: CallStore = RedisCallStore(secrets.redis_url, Cipher(secrets.encryption_keys), the.settings.store)
    scheduling = LocalScheduling(secrets.database_url, the.settings.calendar, lambda: datetime.now(UTC))
    try:
        first = two_calls.place_call("A caller books an appointment", SCENARIOS / "booking.yaml", twin, progress)
        problems = [*first.failures, *two_calls.booked(scheduling, CALLER, now, progress.say)]
        good = two_calls.verdict("The booking call", problems, progress)
        second = two_calls.place_call(
            "A caller says that her chest hurts", SCENARIOS / "chest_pain.yaml", twin, progress
        )
        problems = [*second.failures, *two_calls.handed_over(store, second.call_id, progress.say)]
        return two_calls.verdict("The chest-pain call", problems, progress) and good
    finally:
        scheduling.close()


def _serve(the: clinic.Plan, processes: Processes, progress: Progress) -> None:
    """Until Ctrl-C, which is how this is meant to end. Raises StartError when a part stops by itself."""
    progress.say(f"\nThe line is open. The service: {the.url}")
    progress.say(f"The console: {the.url}/console/   user: {clinic.USER}   password: {the.made_up['CONSOLE_PASSWORD']}")
    progress.say(f"Talk with the agent yourself, through this computer's microphone: {the.url}/console/phone")
    progress.say(f"Logs and recordings: {the.folder}")
    progress.say("Ctrl-C stops everything.")
    try:
        while True:
            processes.check()
            time.sleep(1)
    except KeyboardInterrupt:
        return


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
