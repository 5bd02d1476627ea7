"""Rasa, from its own environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from voice_agent.demo.loopback import LOOPBACK, answers, free_port
from voice_agent.demo.processes import Child, Processes, StartError

LOADING_S = 240
"""A model loads in some 40 s on two idle cores."""


def start_rasa(
    processes: Processes, environ: Mapping[str, str], project: Path, model: Path, actions_url: str, port: int = 0
) -> tuple[Child, str]:
    """The process, still loading its model, and its URL. Rasa is told of nothing but the action endpoint.

    `port` 0: a free one.
    """
    rasa = project / ".venv-rasa" / "bin" / "rasa"
    if not rasa.exists():
        raise StartError(f"Rasa is not installed: there is no {rasa}; `make run` installs it.")
    port = free_port(port)
    dialogs = project / "dialogs"
    child = processes.start(
        "Rasa",
        [
            *(str(rasa), "run", "--enable-api", "--interface", LOOPBACK, "--port", str(port)),
            *("--model", str(model)),
            *("--endpoints", str(dialogs / "endpoints.yml"), "--credentials", str(dialogs / "credentials.yml")),
        ],
        environ={**environ, "RASA_TELEMETRY_ENABLED": "false", "ACTION_ENDPOINT_URL": actions_url},
        log="rasa.log",
    )
    return child, f"http://{LOOPBACK}:{port}"


def wait_for_rasa(child: Child, url: str) -> None:
    """Return once the model answers. Raises StartError."""
    child.wait_until(lambda: answers(f"{url}/status"), LOADING_S)
