"""The queue and the call-backs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, Response, flash, g, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from voice_agent.web.console import views
from voice_agent.web.console.parts import Parts, is_nurse, nurses_only

log = structlog.get_logger(__name__)


def add_queue(console: Blueprint, parts: Parts) -> None:
    """GET /console/, /console/queue, /console/alarms; POST /console/callbacks/<token>/…."""

    def shown() -> views.Queue:
        return views.queue(parts.desk(g.user), parts.now(), parts.zone)

    @console.get("/")
    def queue() -> str:
        log.info("console_queue_viewed", user=g.user.name)
        return render_template("console/queue.html", queue=shown())

    @console.get("/queue")
    def queue_fragment() -> str:
        return render_template("console/_queue.html", queue=shown())

    @console.get("/alarms")
    def alarms() -> Response:
        return jsonify([_alarm(alarm) for alarm in views.alarms(parts.desk(g.user))])

    @console.post("/callbacks/<token>/close")
    def close_callback(token: str) -> AnyResponse:
        nurse = nurses_only()
        parts.cases.tried(token, nurse, reached=True)
        owed = next((task for task in parts.store.callbacks() if task.token == token), None)
        closed = parts.store.close_callback(token)
        if closed and owed and owed.due_at:
            parts.facts.called_back(owed.call_id, datetime.fromisoformat(owed.due_at), parts.now())
        log.info("console_callback_closed", user=nurse, transfer=token, closed=closed)
        flash("The call-back is made." if closed else "That call-back had been closed already.", "done")
        return redirect(url_for("console.queue"), 303)

    @console.post("/callbacks/<token>/missed")
    def missed_callback(token: str) -> AnyResponse:
        nurse = nurses_only()
        parts.cases.tried(token, nurse, reached=False)
        log.info("console_callback_missed", user=nurse, transfer=token)
        flash("Noted: not reached. The call-back stays on the list.", "done")
        return redirect(url_for("console.queue"), 303)


def _alarm(alarm: views.Alarm) -> dict[str, Any]:
    nurse = is_nurse(g.user)
    page = url_for("console.case", token=alarm.token) if nurse else url_for("console.queue")
    return {"token": alarm.token, "words": alarm.words, "page": page}
