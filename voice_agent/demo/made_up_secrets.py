"""Secrets for a demonstration, made once."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def demo_secrets(folder: Path) -> dict[str, str]:
    """Secrets by name, invented at the first start and kept in `<folder>/secrets.json`, readable by its owner only."""
    path = folder / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    fresh = {
        "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "CONSOLE_SECRET_KEY": secrets.token_urlsafe(32),
        "CONSOLE_PASSWORD": secrets.token_urlsafe(9),
        "REDIS_PASSWORD": secrets.token_urlsafe(24),
    }
    all_of_them = {name: kept.get(name, value) for name, value in fresh.items()}
    folder.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(all_of_them, file, indent=2)
    return all_of_them
