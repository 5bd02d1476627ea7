"""Console users: hashes, never passwords; sessions that end when they should."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from voice_agent.errors import RecordsError, SettingsError
from voice_agent.records.users import ConsoleUsers, Role, User

PASSWORD = "correct horse battery"


@pytest.fixture
def users(tmp_path: Path) -> Iterator[ConsoleUsers]:
    users = ConsoleUsers(f"sqlite:///{tmp_path / 'clinic.db'}")
    yield users
    users.close()


def test_the_right_password_and_no_other(users: ConsoleUsers) -> None:
    users.add_user("kim", PASSWORD, Role.NURSE)
    assert users.verify("kim", PASSWORD) == User("kim", Role.NURSE, 0)
    for name, password in (
        ("kim", PASSWORD + "x"),
        ("kim", ""),
        ("Kim", PASSWORD),
        ("", PASSWORD),
        ("kim' --", PASSWORD),
    ):
        assert users.verify(name, password) is None


def test_the_database_holds_no_password(users: ConsoleUsers, tmp_path: Path) -> None:
    users.add_user("kim", PASSWORD, Role.NURSE)
    held = (tmp_path / "clinic.db").read_bytes()
    assert b"scrypt:" in held
    assert PASSWORD.encode() not in held


def test_users_outlive_the_process(users: ConsoleUsers, tmp_path: Path) -> None:
    users.add_user("lee", PASSWORD, Role.OPERATIONS)
    again = ConsoleUsers(f"sqlite:///{tmp_path / 'clinic.db'}")
    assert again.users() == [User("lee", Role.OPERATIONS, 0)]
    again.close()


def test_a_name_is_taken_once(users: ConsoleUsers) -> None:
    users.add_user("kim", PASSWORD, Role.NURSE)
    with pytest.raises(RecordsError, match="already"):
        users.add_user("kim", PASSWORD, Role.NURSE)


@pytest.mark.parametrize("name", ["", " kim", "kim\n", "k" * 65])
def test_a_name_that_is_none_is_refused(users: ConsoleUsers, name: str) -> None:
    with pytest.raises(RecordsError, match="user name"):
        users.add_user(name, PASSWORD, Role.NURSE)


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_that_is_too_short_or_long_is_refused_and_not_repeated(users: ConsoleUsers, password: str) -> None:
    with pytest.raises(RecordsError, match="12 to 200") as caught:
        users.add_user("kim", password, Role.NURSE)
    assert not password or password not in str(caught.value)


def test_another_password_ends_the_sessions(users: ConsoleUsers) -> None:
    users.add_user("kim", PASSWORD, Role.NURSE)
    users.change_password("kim", "another long one")
    assert users.load("kim") == User("kim", Role.NURSE, 1)
    assert users.verify("kim", PASSWORD) is None
    users.end_sessions("kim")
    assert users.load("kim") == User("kim", Role.NURSE, 2)
    with pytest.raises(RecordsError, match="no console user"):
        users.change_password("nobody", "another long one")


def test_a_removed_user_is_gone(users: ConsoleUsers) -> None:
    users.add_user("kim", PASSWORD, Role.NURSE)
    assert users.remove_user("kim")
    assert not users.remove_user("kim")
    assert users.load("kim") is None


def test_a_database_that_cannot_be_reached_is_said_without_its_password(tmp_path: Path) -> None:
    users = ConsoleUsers(f"sqlite:///{tmp_path / 'missing' / 'clinic.db'}")
    with pytest.raises(RecordsError, match="DATABASE_URL"):
        users.users()
    users.close()


def test_an_address_that_is_none_is_a_settings_error() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL") as caught:
        ConsoleUsers("not a database with hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_nurse_has_the_phone_that_was_set_last(users: ConsoleUsers) -> None:
    users.add_user("kim", PASSWORD, Role.NURSE)
    assert users.phone("kim") is None
    users.set_phone("kim", "+15550150")
    users.set_phone("kim", "+15550151")
    assert users.phone("kim") == "+15550151"
    users.set_phone("kim", None)
    assert users.phone("kim") is None


@pytest.mark.parametrize("number", ["5550150", "+1 555 0150", "+0555015000", "+15550150\n"])
def test_a_phone_that_is_no_number_is_refused(users: ConsoleUsers, number: str) -> None:
    users.add_user("kim", PASSWORD, Role.NURSE)
    with pytest.raises(RecordsError, match="phone number"):
        users.set_phone("kim", number)


def test_nobody_has_no_phone_and_a_new_user_of_the_name_does_not_inherit_one(users: ConsoleUsers) -> None:
    with pytest.raises(RecordsError, match="no console user"):
        users.set_phone("kim", "+15550150")
    users.add_user("kim", PASSWORD, Role.NURSE)
    users.set_phone("kim", "+15550150")
    users.remove_user("kim")
    users.add_user("kim", PASSWORD, Role.NURSE)
    assert users.phone("kim") is None
