"""Sealing of what we keep.

Fernet (AES-128-CBC with HMAC-SHA256) through `cryptography`. What is sealed carries the name under which it is kept,
and is opened only under that name: a record that somebody moves to another key does not open.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from voice_agent.errors import EncryptionError, SettingsError

KEY_BYTES: Final = 32
NAME_LENGTH_BYTES: Final = 2
HOW_TO_MAKE_A_KEY: Final = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


class Cipher:
    """Seals under the first key, opens under any: put a new key in front to rotate, drop the old one when all that
    it sealed has expired. Raises SettingsError for a key that is none (and never repeats it)."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise SettingsError(f"no encryption key is set; make one with: {HOW_TO_MAKE_A_KEY}")
        self._first_key = _key_bytes(keys[0], 1, len(keys))
        self._fernet = MultiFernet([_fernet(key, place, len(keys)) for place, key in enumerate(keys, start=1)])

    def seal(self, name: str, content: bytes) -> bytes:
        """`content` sealed, to be opened under `name` only."""
        return self._fernet.encrypt(_labelled(name) + content)

    def open(self, name: str, sealed: bytes) -> bytes:
        """What `seal(name, …)` was given. Raises EncryptionError."""
        try:
            labelled = self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise EncryptionError(
                "a record was sealed with a key that is not among ours, or was damaged; "
                "keep the old encryption key behind the new one until what it sealed has expired"
            ) from error
        label = _labelled(name)
        if not hmac.compare_digest(labelled[: len(label)], label):
            raise EncryptionError("a record stands under another name than the one that it was sealed for")
        return labelled[len(label) :]

    def derived_key(self, purpose: str) -> str:
        """A secret of its own for another purpose (the console's session cookies), as 64 hex digits.

        It changes when the first key does.
        """
        return (
            HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(self._first_key).hex()
        )


def _labelled(name: str) -> bytes:
    encoded = name.encode()
    return len(encoded).to_bytes(NAME_LENGTH_BYTES, "big") + encoded


def _key_bytes(key: str, place: int, of: int) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(key)
    except (binascii.Error, ValueError) as error:
        raise _no_key(place, of) from error
    if len(raw) != KEY_BYTES:
        raise _no_key(place, of)
    return raw


def _fernet(key: str, place: int, of: int) -> Fernet:
    _key_bytes(key, place, of)
    return Fernet(key)


def _no_key(place: int, of: int) -> SettingsError:
    return SettingsError(
        f"encryption key {place} of {of} is not 32 bytes in URL-safe base64; make one with: {HOW_TO_MAKE_A_KEY}"
    )
