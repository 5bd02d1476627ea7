"""SQLite or PostgreSQL, opened right."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from voice_agent.errors import SchedulingError

_BUSY_MS = 5000
_CONNECT_SECONDS = 5
_SCHEMA_LOCK = 0x70617469656E74
"""Key of the PostgreSQL advisory lock under which one process creates the tables."""


def open_engine(database_url: str) -> Engine:
    """An engine for the URL; connects only when it is used. Raises SchedulingError for a URL that cannot work."""
    try:
        url = make_url(database_url)
        if url.get_backend_name() == "sqlite":
            return _sqlite(url)
        if url.drivername in {"postgres", "postgresql"}:
            url = url.set(drivername="postgresql+psycopg")
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_SECONDS})
    except (ArgumentError, NoSuchModuleError) as error:
        raise SchedulingError(
            "DATABASE_URL is no database address: write sqlite:///path/to/file.db or postgresql://user:password@host/name."
        ) from error
    except ImportError as error:
        raise SchedulingError(
            "DATABASE_URL names PostgreSQL, but its driver is not installed: install voice-agent[postgresql]."
        ) from error


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise SchedulingError("DATABASE_URL must name a file for SQLite, such as sqlite:///var/appointments.db.")
    path = Path(url.database)

    def prepare_connection(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own BEGIN comes too late to order readers and writers: we begin transactions ourselves.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        connection.execute("PRAGMA foreign_keys=ON")

    def begin(connection: Connection) -> None:
        # A writer that begins as a reader cannot wait for another writer: it fails at once.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SchedulingError(
            f"The folder of the appointment book {path} cannot be created ({error.strerror}); correct DATABASE_URL."
        ) from error
    engine = create_engine(url, connect_args={"timeout": _BUSY_MS / 1000})
    event.listen(engine, "connect", prepare_connection)
    event.listen(engine, "begin", begin)
    return engine


def place_of(database_url: str) -> str:
    """Where the database is, for error texts: no user, no password."""
    try:
        url = make_url(database_url)
    except ArgumentError:
        return "DATABASE_URL"
    return url.database or "" if not url.host else f"{url.host}:{url.port or 5432}/{url.database or ''}"


def lock_schema(connection: Connection) -> None:
    """Let one process at a time create the tables; SQLite's BEGIN IMMEDIATE does that by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
