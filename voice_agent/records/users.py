"""Who may sign in to the console.

One table in DATABASE_URL. Passwords are kept as scrypt hashes; a session names the count that it was opened under,
so changing a password, signing out or removing a user ends every session at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from voice_agent.errors import RecordsError
from voice_agent.records.database import Database

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200
LONGEST_NAME: Final = 64
E164: Final = re.compile(r"\+[1-9]\d{6,14}")

_METADATA = MetaData()
_USERS = Table(
    "console_users",
    _METADATA,
    Column("name", String(LONGEST_NAME), primary_key=True),
    Column("password_hash", String(300), nullable=False),
    Column("role", String(20), nullable=False),
    Column("sessions", Integer, nullable=False, default=0),
)
_PHONES = Table(
    "console_phones",
    _METADATA,
    Column("name", String(LONGEST_NAME), primary_key=True),
    Column("number", String(16), nullable=False),
)
"""A table of its own: databases from before there were phones need no change."""


class Role(StrEnum):
    """What somebody may see."""

    NURSE = "nurse"
    """The queue and the cases."""
    OPERATIONS = "operations"
    """The queue without anything about the callers."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    name: str
    role: Role
    sessions: int
    """Sessions opened under another count are over."""


class ConsoleUsers:
    """The table of users. Raises RecordsError when the database cannot be reached."""

    def __init__(self, database_url: str) -> None:
        """Connects to nothing yet. Raises SettingsError when `database_url` is no address of a database."""
        self._database = Database(database_url, _METADATA)
        # What a password is compared with when nobody has the name: a wrong name takes as long as a wrong password.
        self._nobody = generate_password_hash("nobody has this name")

    def add_user(self, name: str, password: str, role: Role) -> None:
        """Add somebody. Raises RecordsError when the name is taken or the password too short."""
        if not name or len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
            raise RecordsError(f"a user name has 1 to {LONGEST_NAME} printable characters, without spaces around it")
        _check_password(password)
        try:
            with self._database.connected() as connection:
                connection.execute(
                    insert(_USERS).values(
                        name=name, password_hash=generate_password_hash(password), role=str(role), sessions=0
                    )
                )
        except IntegrityError as error:
            raise RecordsError(f"there is a console user {name!r} already; change the password instead") from error

    def change_password(self, name: str, password: str) -> None:
        """Set another password and end the user's sessions. Raises RecordsError when there is no such user."""
        _check_password(password)
        with self._database.connected() as connection:
            changed = connection.execute(
                update(_USERS)
                .where(_USERS.c.name == name)
                .values(password_hash=generate_password_hash(password), sessions=_USERS.c.sessions + 1)
            )
            if not changed.rowcount:
                raise RecordsError(f"there is no console user {name!r}")

    def remove_user(self, name: str) -> bool:
        """Remove somebody, whose sessions are over with that; False when there was none."""
        with self._database.connected() as connection:
            connection.execute(_PHONES.delete().where(_PHONES.c.name == name))
            return bool(connection.execute(_USERS.delete().where(_USERS.c.name == name)).rowcount)

    def set_phone(self, name: str, number: str | None) -> None:
        """The phone that rings when this user takes a call, E.164; None: none any more. Raises RecordsError."""
        if number is not None:
            check_phone(number)
        with self._database.connected() as connection:
            if connection.execute(select(_USERS.c.name).where(_USERS.c.name == name)).one_or_none() is None:
                raise RecordsError(f"there is no console user {name!r}")
            connection.execute(_PHONES.delete().where(_PHONES.c.name == name))
            if number is not None:
                connection.execute(insert(_PHONES).values(name=name, number=number))

    def phone(self, name: str) -> str | None:
        """The number that rings when this user takes a call; None when there is none."""
        with self._database.connected() as connection:
            row = connection.execute(select(_PHONES.c.number).where(_PHONES.c.name == name)).one_or_none()
        return str(row.number) if row else None

    def users(self) -> list[User]:
        """Everybody, by name."""
        with self._database.connected() as connection:
            rows = connection.execute(select(_USERS).order_by(_USERS.c.name)).all()
        return [User(row.name, Role(row.role), row.sessions) for row in rows]

    def load(self, name: str) -> User | None:
        """The user of this name."""
        with self._database.connected() as connection:
            row = connection.execute(select(_USERS).where(_USERS.c.name == name)).one_or_none()
        return User(row.name, Role(row.role), row.sessions) if row else None

    def verify(self, name: str, password: str) -> User | None:
        """The user, when name and password are right."""
        with self._database.connected() as connection:
            row = connection.execute(select(_USERS).where(_USERS.c.name == name[:LONGEST_NAME])).one_or_none()
        right = check_password_hash(row.password_hash if row else self._nobody, password[:LONGEST_PASSWORD])
        return User(row.name, Role(row.role), row.sessions) if row and right else None

    def end_sessions(self, name: str) -> None:
        """Every session of this user is over."""
        with self._database.connected() as connection:
            connection.execute(update(_USERS).where(_USERS.c.name == name).values(sessions=_USERS.c.sessions + 1))

    def close(self) -> None:
        """Close the connections."""
        self._database.close()


def check_phone(number: str) -> None:
    """Raises RecordsError for what is no number in E.164."""
    if not E164.fullmatch(number):
        raise RecordsError("a phone number is written as Twilio takes it: +15551234567")


def _check_password(password: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise RecordsError(
            f"a console password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; a few plain words will do"
        )
