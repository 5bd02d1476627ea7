"""A dialog manager of our own for whole calls: Rasa with what dialogs/ now says, and an empty appointment book."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from flask import Flask
from werkzeug.serving import make_server

from voice_agent import config
from voice_agent.actions.desk import Desk
from voice_agent.actions.server import ActionServer
from voice_agent.demo.loopback import LOOPBACK, free_port
from voice_agent.demo.processes import Processes
from voice_agent.demo.progress import Progress
from voice_agent.demo.rasa_process import start_rasa, wait_for_rasa
from voice_agent.ports import Dialog
from voice_agent.services import dialog_training
from voice_agent.services.dialog import DialogSettings, RasaDialog
from voice_agent.services.scheduling.local import LocalScheduling
from voice_agent.triage import faq
from voice_agent.web.actions import actions_blueprint

MONDAY: Final = datetime(2026, 11, 23, 7, 0)
"""The clinic's clock stands there, before it opens, so that a run can be repeated."""
PATIENT: Final = DialogSettings(timeout_s=30.0)
"""The machine is busy; nobody waits on the line."""


@contextmanager
def private_dialog(
    settings: config.Settings, content: config.DialogContent, folder: Path, environ: Mapping[str, str], say: Progress
) -> Iterator[Dialog]:
    """Start Rasa and the action endpoint, stop them at the end. Raises StartError, DialogError."""
    folder.mkdir(parents=True, exist_ok=True)
    book = folder / "appointments.db"
    book.unlink(missing_ok=True)
    now = MONDAY.replace(tzinfo=ZoneInfo(settings.calendar.time_zone))
    scheduling = LocalScheduling(f"sqlite:///{book}", settings.calendar, lambda: now)
    facts = settings.clinic.spoken_facts()
    answers = {answer.id: faq.filled(answer, facts) for answer in content.faq}
    desk = Desk(scheduling, content.protocols, answers, lambda: now)
    try:
        with say.step("Looking after the dialog model"):
            model = dialog_training.train_if_stale(config.DEFAULT_DIALOGS)
        with _actions(desk) as url, Processes(folder) as processes:
            rasa, rasa_url = start_rasa(processes, environ, config.PROJECT, model, url)
            with say.step("Starting Rasa"):
                wait_for_rasa(rasa, rasa_url)
            with closing(RasaDialog(rasa_url, PATIENT)) as dialog:
                yield dialog
    finally:
        scheduling.close()


@contextmanager
def _actions(desk: Desk) -> Iterator[str]:
    app = Flask("actions")
    app.register_blueprint(actions_blueprint(ActionServer(desk)))
    server = make_server(LOOPBACK, free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}/rasa/actions"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
