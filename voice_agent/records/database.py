"""One door to the database for all tables that records keep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, MetaData, create_engine
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from voice_agent.errors import RecordsError, SettingsError


class Database:
    """Connections to some tables, which are made at the first use."""

    def __init__(self, url: str, tables: MetaData) -> None:
        """Connects to nothing yet. Raises SettingsError when `url` is no address of a database."""
        try:
            self._engine = create_engine(url, pool_pre_ping=True)
        except (ArgumentError, ImportError) as error:
            raise SettingsError(
                "DATABASE_URL is not a database that we can use; write it as sqlite:///path or postgresql+psycopg://…"
            ) from error
        self._tables = tables
        self._are_there = False

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A transaction. Raises RecordsError when the database does not answer, and IntegrityError as it is."""
        try:
            if not self._are_there:
                self._tables.create_all(self._engine)
                self._are_there = True
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            where = self._engine.url.render_as_string(hide_password=True)
            raise RecordsError(
                f"the database at {where} does not answer ({type(error).__name__}); start it, or check DATABASE_URL"
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
