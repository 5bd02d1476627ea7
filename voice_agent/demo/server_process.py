"""Our server, as a clinic would run it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from voice_agent.demo.allocator import allocator
from voice_agent.demo.loopback import LOOPBACK, answers
from voice_agent.demo.processes import Child, Processes

STARTING_S = 60
GOODBYE_S = 15.0


def start_server(processes: Processes, environ: Mapping[str, str], config: Path, port: int) -> tuple[Child, str]:
    """The process, still starting, and its URL. `environ` holds the secrets."""
    child = processes.start(
        "The server",
        [
            *(sys.executable, "-m", "voice_agent", "serve"),
            *("--host", LOOPBACK, "--port", str(port), "--config", str(config)),
        ],
        environ={**environ, **allocator(environ)},
        log="server.log",
        patience_s=GOODBYE_S,
    )
    return child, f"http://{LOOPBACK}:{port}"


def wait_for_server(child: Child, url: str) -> None:
    """Return once it is ready for calls: all that it depends on answers. Raises StartError."""
    child.wait_until(lambda: answers(f"{url}/readyz"), STARTING_S)
