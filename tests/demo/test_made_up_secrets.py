"""Demo secrets: invented once, for their owner only."""

from __future__ import annotations

from pathlib import Path

from cryptography.fernet import Fernet

from voice_agent.demo.made_up_secrets import demo_secrets


def test_secrets_stay_the_same_and_are_for_their_owner_only(tmp_path: Path) -> None:
    first = demo_secrets(tmp_path / ".run")
    assert demo_secrets(tmp_path / ".run") == first
    assert (tmp_path / ".run" / "secrets.json").stat().st_mode & 0o777 == 0o600
    Fernet(first["ENCRYPTION_KEYS"])


def test_two_machines_share_nothing(tmp_path: Path) -> None:
    here, there = demo_secrets(tmp_path / "here"), demo_secrets(tmp_path / "there")
    assert not set(here.values()) & set(there.values())
