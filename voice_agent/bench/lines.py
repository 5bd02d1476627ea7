"""The line that is benched: a private one, or one that runs already."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests
import yaml

from voice_agent import config
from voice_agent.bench.callers import BenchError
from voice_agent.call.ladder import entry
from voice_agent.demo import clinic
from voice_agent.demo.loopback import free_port
from voice_agent.demo.processes import Processes
from voice_agent.demo.progress import Progress
from voice_agent.services import dialog_training
from voice_agent.simulator.twin import PortTakenError, Twin, TwinSettings

NEEDED: Final = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_URL", "PUBLIC_URL")
"""What a running server's environment must tell."""
READY_S: Final = 60.0
"""How long a running server may take to find that our twin is there; it looks every few seconds."""
POLL_S: Final = 0.5
TIMEOUT_S: Final = 5.0
SPARE_CALLS: Final = 2
"""Beyond those that are benched: a call that ends holds its place for a moment while the next one rings."""


@dataclass(frozen=True, slots=True)
class Line:
    """A clinic's line, open for calls."""

    url: str
    twin: Twin
    nurses: tuple[str, ...] = field(repr=False)
    nurse_line: str
    ports: Mapping[str, int]
    """`server`, `rasa`, `redis`: where each listens on this machine, as far as known."""
    nurse: tuple[str, str] | None = field(default=None, repr=False)
    """Name and password for the console; None: not known, and nobody looks at it."""


@contextmanager
def private_line(
    folder: Path, config_path: Path, most_calls: int, environ: Mapping[str, str], progress: Progress
) -> Iterator[Line]:
    """Start Redis, Rasa and the server with room for so many calls, nothing recorded; stop it all at the end.

    `environ` is handed on to the children. Raises StartError, ContentError, DialogError.
    """
    with progress.step("Looking after the dialog model"):
        model = dialog_training.train_if_stale(config.DEFAULT_DIALOGS)
    plan = clinic.plan({}, folder, _roomy(config_path, folder, most_calls))
    plan = replace(plan, port=free_port())  # beside whatever else runs here
    with Processes(folder) as processes, _twin(plan.url, plan.made_up, plan.settings) as twin:
        secrets = clinic.open_line(plan, processes, twin, model, environ, progress)
        ports = {"server": plan.port, "rasa": _port(secrets.rasa_url), "redis": _port(secrets.redis_url)}
        nurse = (clinic.USER, plan.made_up["CONSOLE_PASSWORD"])
        yield replace(_line(plan.url, twin, plan.settings, ports), nurse=nurse)


@contextmanager
def running_line(
    url: str, config_path: Path, environ: Mapping[str, str], progress: Progress, patience_s: float = READY_S
) -> Iterator[Line]:
    """Bench a server that runs at `url`, with the environment that it was started with. Raises BenchError.

    Until our twin is up that server misses Twilio, and takes no calls: it is given `patience_s` to notice.
    """
    if missing := [name for name in NEEDED if not environ.get(name)]:
        raise BenchError(f"The environment lacks {', '.join(missing)}: give this command the server's own environment.")
    where = urlsplit(environ["TWILIO_API_URL"])
    if where.hostname not in {"127.0.0.1", "localhost"} or where.port is None:
        raise BenchError(
            f"TWILIO_API_URL is {environ['TWILIO_API_URL']}, where no stand-in for Twilio can live: start the server "
            "with TWILIO_API_URL=http://127.0.0.1:8090 (any free port) and give this command the same environment."
        )
    url, public_url = url.rstrip("/"), environ["PUBLIC_URL"].rstrip("/")
    settings = config.load_settings(config_path)
    try:
        twin = _twin(url, environ, settings, public_url, where.port)
    except PortTakenError as error:
        raise BenchError(
            f"{error}: the bench needs that address for its own twin (`make run` keeps one there)."
        ) from error
    with twin:
        with progress.step(f"Waiting until {url} is ready"):
            _wait_until_ready(url, patience_s)
        addresses = {"server": url, "rasa": environ.get("RASA_URL", ""), "redis": environ.get("REDIS_URL", "")}
        yield _line(url, twin, settings, {name: _port(address) for name, address in addresses.items()})


def _wait_until_ready(url: str, patience_s: float) -> None:
    until = time.monotonic() + patience_s
    while problem := _problem(url):
        if time.monotonic() > until:
            raise BenchError(f"{url} takes no calls: {problem}")
        time.sleep(POLL_S)


def _problem(url: str) -> str | None:
    """None when it is ready; else what /readyz says is wrong."""
    try:
        answer = requests.get(f"{url}/readyz", timeout=TIMEOUT_S)
        checks = answer.json()["checks"]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        return f"/readyz gives no answer that could be read ({type(error).__name__}); is it voice-agent serve?"
    wrong = [f"{name}: {said}" for name, said in checks.items() if said != "ok"]
    return "; ".join(wrong) or None


def _line(url: str, twin: Twin, settings: config.Settings, ports: Mapping[str, int]) -> Line:
    nurses = tuple(entry(one).number for one in settings.nurse_desk.ladder)
    return Line(url, twin, nurses, settings.telephony.nurse_line, ports)


def _twin(url: str, known: Mapping[str, str], settings: config.Settings, public_url: str = "", port: int = 0) -> Twin:
    """A twin without ears or recordings: the bench has its own."""
    public = public_url or url
    return Twin(
        TwinSettings(
            account_sid=known["TWILIO_ACCOUNT_SID"],
            auth_token=known["TWILIO_AUTH_TOKEN"],
            voice_url=f"{public}/twilio/voice",
            status_url=f"{public}/twilio/status",
            number=settings.telephony.from_number,
            public_url=public,
            local_url=url,
            port=port,
        )
    )


def _roomy(config_path: Path, folder: Path, most_calls: int) -> Path:
    """The same settings, with places for all and without recordings."""
    config.load_settings(config_path)  # says what is wrong with it by its own name and line
    document = yaml.safe_load(config_path.read_text(encoding="utf-8")) or {}
    document["server"] = {**document.get("server", {}), "max_calls": most_calls + SPARE_CALLS}
    document["recording"] = {"folder": None}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def _port(url: str) -> int:
    return urlsplit(url).port or 0
