"""A call as a file: every event, and what was done about it.

JSON lines: a header (what the session was given), then one line an event with its commands. Because the session is
a deterministic function of its events, a replay gives the same commands, byte for byte. A recording holds speech and
names: it is off by default, and meant for tests and for calls whose callers agreed.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from pydantic import TypeAdapter, ValidationError

from voice_agent.call import commands, events
from voice_agent.call.commands import Command
from voice_agent.call.events import Event
from voice_agent.call.handoff import CallSummary
from voice_agent.call.lines import Lines
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.errors import RecordsError
from voice_agent.strict_yaml import STRICT
from voice_agent.triage.red_flag_content import RedFlagContent
from voice_agent.triage.red_flags import RedFlagScreen

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """Whether calls are kept as files that can be replayed."""

    __pydantic_config__ = STRICT

    folder: Path | None = None
    """None keeps nothing. A recording holds what was said: only for tests, and for callers who agreed."""


_EVENTS: Final[dict[str, TypeAdapter[Any]]] = {kind.__name__: TypeAdapter(kind) for kind in events.Event.__args__}
_COMMANDS: Final[dict[str, TypeAdapter[Any]]] = {kind.__name__: TypeAdapter(kind) for kind in commands.Command.__args__}


@dataclass(frozen=True, slots=True)
class Header:
    """What the session was given before its first event."""

    settings: SessionSettings
    lines: Lines
    earlier: CallSummary | None = field(default=None, repr=False)
    red_flags_version: str = ""
    format: int = FORMAT


_HEADER: Final = TypeAdapter(Header)


class NoRecording:
    """Keeps nothing."""

    def happened(self, event: Event, commands: list[Command]) -> None:
        """Forget it."""


class FileRecording:
    """Writes one call's file as it happens."""

    def __init__(self, file: IO[str], header: Header) -> None:
        self._file = file
        self._file.write(_line(_HEADER.dump_python(header, mode="json")))

    def happened(self, event: Event, commands: list[Command]) -> None:
        """Keep the event and what was done about it."""
        self._file.write(_line(_entry(event, commands)))


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay went another way."""

    line: int
    event: str
    recorded: str = field(repr=False)
    replayed: str = field(repr=False)


def replay(path: Path, content: RedFlagContent) -> Iterator[Difference | tuple[Event, list[Command]]]:
    """Feed a recording's events to a new session; yields each step, and each difference. Raises RecordsError."""
    with _opened(path) as file:
        header = _header(path, file.readline())
        session = CallSession(header.settings, header.lines, RedFlagScreen(content), header.earlier)
        for number, recorded in enumerate(file, start=2):
            event = _event(path, number, recorded)
            done = session.handle(event)
            if (replayed := _line(_entry(event, done))) != recorded:
                yield Difference(number, type(event).__name__, recorded, replayed)
            yield event, done


def _opened(path: Path) -> IO[str]:
    try:
        return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    except OSError as error:
        raise RecordsError(f"{path}: cannot be read ({error.strerror})") from error


def _header(path: Path, line: str) -> Header:
    try:
        header: Header = _HEADER.validate_python(json.loads(line))
    except (ValueError, ValidationError) as error:
        raise RecordsError(f"{path}:1: is not the header of a recorded call") from error
    if header.format != FORMAT:
        raise RecordsError(f"{path}:1: is format {header.format}; this version reads format {FORMAT}")
    return header


def _event(path: Path, number: int, line: str) -> Event:
    try:
        document = json.loads(line)
        event: Event = _EVENTS[document["event"]].validate_python(document["with"])
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise RecordsError(f"{path}:{number}: is not an event of a recorded call") from error
    return event


def _entry(event: Event, done: list[Command]) -> dict[str, object]:
    name = type(event).__name__
    entry: dict[str, object] = {"event": name, "with": _EVENTS[name].dump_python(event, mode="json")}
    if done:
        entry["commands"] = [
            {type(each).__name__: _COMMANDS[type(each).__name__].dump_python(each, mode="json")} for each in done
        ]
    return entry


def _line(document: object) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"
