"""Alive, ready, and how much.

`/healthz` says that the process answers; `/readyz` that every dependency does; `/metrics` is for Prometheus.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST

from voice_agent.web.capacity import Capacity
from voice_agent.web.metrics import Metrics
from voice_agent.web.readiness import Readiness


def health_blueprint(readiness: Readiness, metrics: Metrics, capacity: Capacity) -> Blueprint:
    """GET /healthz, /readyz, /metrics."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return jsonify(status="alive")

    @health.get("/readyz")
    def ready() -> tuple[Response, int]:
        """200 when everything works, else 503; each dependency with what is wrong and how to mend it.

        `extras` are what the line can do without, such as the second ear. A full or late server stays ready: its live
        calls need its webhooks, and a balancer would take these away.
        """
        answers = readiness.answers()
        if capacity.closed:
            answers["server"] = "draining: takes no new calls, and is about to stop"
        broken = any(problem is not None for problem in answers.values())
        checks = {name: problem or "ok" for name, problem in answers.items()}
        extras = {name: problem or "ok" for name, problem in readiness.extras().items()}
        answer = jsonify(status="not ready" if broken else "ready", checks=checks, extras=extras, load=_load(capacity))
        return answer, 503 if broken else 200

    @health.get("/metrics")
    def numbers() -> Response:
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    return health


def _load(capacity: Capacity) -> dict[str, object]:
    return {
        "calls": capacity.live,
        "lateness_p95_ms": round(capacity.p95_ms),
        "takes_calls": not (capacity.full or capacity.late),
        "workers": [
            {"pid": worker.pid, "state": worker.state.name.lower(), "calls": worker.calls}
            for worker in capacity.workers()
        ],
    }
