"""`voice-agent users`, as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from voice_agent.__main__ import main

PASSWORD = "correct horse battery"


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'clinic.db'}"


def typed(database: str, *words: str) -> Result:
    return CliRunner().invoke(main, ["users", *words, "--database-url", database])


def test_a_nurse_is_added_with_her_phone_listed_and_removed(database: str) -> None:
    added = typed(database, "add", "kim", "--password", PASSWORD, "--phone", "+15550150")
    assert added.exit_code == 0, added.output
    assert "kim  nurse  +15550150" in typed(database, "list").output
    assert typed(database, "remove", "kim").exit_code == 0
    assert typed(database, "list").output == ""
    again = typed(database, "remove", "kim")
    assert again.exit_code == 1
    assert "no console user 'kim'" in again.output


def test_a_phone_is_changed_and_taken_away(database: str) -> None:
    typed(database, "add", "kim", "--password", PASSWORD)
    assert "no phone" in typed(database, "list").output
    assert "+15550151" in typed(database, "phone", "kim", "+15550151").output
    assert "+15550151" in typed(database, "list").output
    typed(database, "phone", "kim")
    assert "no phone" in typed(database, "list").output


def test_a_number_that_is_none_adds_nobody(database: str) -> None:
    answer = typed(database, "add", "kim", "--password", PASSWORD, "--phone", "555 0150")
    assert answer.exit_code == 1
    assert "+15551234567" in answer.output
    assert typed(database, "list").output == ""
