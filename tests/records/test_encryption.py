"""Sealing: only under the right key, only under the right name."""

import pytest
from cryptography.fernet import Fernet

from voice_agent.errors import EncryptionError, SettingsError
from voice_agent.records.encryption import Cipher

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_is_sealed_opens_under_its_name() -> None:
    cipher = Cipher([NEW])
    sealed = cipher.seal("summary:abc", b"my chest hurts")
    assert b"chest" not in sealed
    assert cipher.open("summary:abc", sealed) == b"my chest hurts"


def test_a_record_moved_to_another_name_does_not_open() -> None:
    """Whoever can write to Redis cannot show one caller's summary as another's."""
    cipher = Cipher([NEW])
    sealed = cipher.seal("summary:abc", b"my chest hurts")
    for other in ("summary:abd", "summary:ab", "summary:abcd", ""):
        with pytest.raises(EncryptionError, match="another name"):
            cipher.open(other, sealed)


def test_the_old_key_still_opens_and_the_new_one_seals() -> None:
    sealed = Cipher([OLD]).seal("a", b"x")
    rotated = Cipher([NEW, OLD])
    assert rotated.open("a", sealed) == b"x"
    assert Cipher([NEW]).open("a", rotated.seal("a", b"y")) == b"y"


def test_a_dropped_key_opens_no_more_and_the_error_says_what_to_do() -> None:
    sealed = Cipher([OLD]).seal("a", b"x")
    with pytest.raises(EncryptionError, match="keep the old encryption key behind the new one"):
        Cipher([NEW]).open("a", sealed)


def test_a_damaged_record_does_not_open() -> None:
    sealed = bytearray(Cipher([NEW]).seal("a", b"x"))
    sealed[20] ^= 1
    with pytest.raises(EncryptionError, match="damaged"):
        Cipher([NEW]).open("a", bytes(sealed))


@pytest.mark.parametrize("wrong", ["hunter2", "", "=" * 44, NEW[:-4], "ключ" * 11])
def test_a_wrong_key_is_named_by_its_place_and_never_repeated(wrong: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Cipher([NEW, wrong])
    assert "encryption key 2 of 2" in str(caught.value)
    assert not wrong or wrong not in str(caught.value)


def test_no_key_at_all_says_how_to_make_one() -> None:
    with pytest.raises(SettingsError, match="generate_key"):
        Cipher([])


def test_derived_keys_differ_by_purpose_and_by_key() -> None:
    assert Cipher([NEW, OLD]).derived_key("console") == Cipher([NEW]).derived_key("console")
    assert len({Cipher([k]).derived_key(p) for k in (NEW, OLD) for p in ("console", "other")}) == 4
