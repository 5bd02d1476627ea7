"""A clinic's line on this machine: all parts started, wired, ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from voice_agent import config
from voice_agent.demo.loopback import LOOPBACK, free_port
from voice_agent.demo.made_up_secrets import demo_secrets
from voice_agent.demo.processes import Processes, StartError
from voice_agent.demo.progress import Progress
from voice_agent.demo.rasa_process import start_rasa, wait_for_rasa
from voice_agent.demo.redis_process import start_redis
from voice_agent.demo.server_process import start_server, wait_for_server
from voice_agent.records.users import ConsoleUsers, Role
from voice_agent.simulator.twin import Twin, TwinSettings

USER = "nurse"
PORT = 8080


@dataclass(frozen=True)
class Plan:
    """Where everything will be."""

    folder: Path
    """Logs, secrets, the appointment book: `.run`."""
    config_path: Path
    settings: config.Settings
    port: int
    """The service's."""
    made_up: Mapping[str, str] = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    """None: a private one is started."""

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"


def plan(environ: Mapping[str, str], folder: Path, config_path: Path) -> Plan:
    """What is asked for in the environment, else free ports and a fresh appointment book. Raises StartError."""
    wanted = environ.get("PORT", "")
    port = free_port(int(wanted) if wanted.isdecimal() else PORT)
    if wanted and wanted != str(port):
        raise StartError(f"PORT={wanted} is taken or is no port; choose another, or leave it out.")
    database_url = environ.get("DATABASE_URL", "")
    if not database_url:
        book = folder / "appointments.db"
        book.unlink(missing_ok=True)  # each demonstration begins with an empty book, so that its calls find free times
        database_url = f"sqlite:///{book}"
    settings = config.load_settings(config_path)
    return Plan(
        folder=folder,
        config_path=_open_to_browsers(config_path, folder),
        settings=settings,
        port=port,
        made_up=demo_secrets(folder),
        database_url=database_url,
        redis_url=environ.get("REDIS_URL") or None,
    )


def _open_to_browsers(config_path: Path, folder: Path) -> Path:
    """A copy of the settings with the softphone on: who tries the line wants to talk to it."""
    document = yaml.safe_load(config_path.read_text(encoding="utf-8"))
    document["console"] = {**(document.get("console") or {}), "softphone": True}
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / "config.yaml"
    copy.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return copy


def twin_for(the: Plan) -> Twin:
    """The stand-in for Twilio: it knows our addresses, as Twilio would."""
    return Twin(
        TwinSettings(
            account_sid=the.made_up["TWILIO_ACCOUNT_SID"],
            auth_token=the.made_up["TWILIO_AUTH_TOKEN"],
            voice_url=f"{the.url}/twilio/voice",
            status_url=f"{the.url}/twilio/status",
            number=the.settings.telephony.from_number,
            model=config.PROJECT / "models" / "clinic-en-8k",
            recordings=the.folder / "recordings",
        )
    )


def environment(the: Plan, twin: Twin, redis_url: str, rasa_url: str) -> dict[str, str]:
    """What the server's environment holds: all its secrets, and nothing else."""
    return {
        "TWILIO_ACCOUNT_SID": the.made_up["TWILIO_ACCOUNT_SID"],
        "TWILIO_AUTH_TOKEN": the.made_up["TWILIO_AUTH_TOKEN"],
        "ENCRYPTION_KEYS": the.made_up["ENCRYPTION_KEYS"],
        "CONSOLE_SECRET_KEY": the.made_up["CONSOLE_SECRET_KEY"],
        "TWILIO_API_URL": twin.url,
        "PUBLIC_URL": the.url,
        "REDIS_URL": redis_url,
        "RASA_URL": rasa_url,
        "DATABASE_URL": the.database_url,
    }


def open_line(
    the: Plan, processes: Processes, twin: Twin, model: Path, environ: Mapping[str, str], progress: Progress
) -> config.Secrets:
    """Start Redis, Rasa and the server; return when the line is ready for calls. Raises StartError."""
    redis_url = the.redis_url
    if redis_url is None:
        with progress.step("Starting Redis"):
            _, redis_url = start_redis(processes, environ, the.made_up["REDIS_PASSWORD"])
    # Both load a model; side by side they take less time than one after the other.
    rasa, rasa_url = start_rasa(processes, environ, config.PROJECT, model, f"{the.url}/rasa/actions")
    told = environment(the, twin, redis_url, rasa_url)
    secrets = config.load_secrets(told)
    _let_in(the)
    server, _ = start_server(processes, {**environ, **told}, the.config_path, the.port)
    with progress.step("Starting Rasa"):
        wait_for_rasa(rasa, rasa_url)
    with progress.step("Starting the server"):
        wait_for_server(server, the.url)
    return secrets


def _let_in(the: Plan) -> None:
    """The demonstration's console user."""
    users = ConsoleUsers(the.database_url)
    try:
        if users.load(USER) is None:
            users.add_user(USER, the.made_up["CONSOLE_PASSWORD"], Role.NURSE)
        else:
            users.change_password(USER, the.made_up["CONSOLE_PASSWORD"])
    finally:
        users.close()
