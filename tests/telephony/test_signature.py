"""Signatures: Twilio's own example, and everything that is almost right."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from voice_agent.telephony import signature

PUBLIC_URL = "https://phone.clinic.example"
TOKEN = "12345"


def signed(address: str, params: dict[str, str] | None = None) -> str:
    return str(RequestValidator(TOKEN).compute_signature(address, params or {}))


def test_twilios_documented_example() -> None:
    """https://www.twilio.com/docs/usage/security#test-the-validity-of-your-webhook-signature"""
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    address = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature.valid(address, params, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", TOKEN)
    assert signature.valid(address, MultiDict(params), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", TOKEN)
    assert not signature.valid(address, params | {"Digits": "1235"}, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", TOKEN)


@pytest.mark.parametrize("given", ["", "x", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "Ã©Ã©", "=" * 28])
def test_what_is_no_signature_is_none(given: str) -> None:
    assert not signature.valid(f"{PUBLIC_URL}/twilio/voice", {}, given, TOKEN)


def test_an_empty_token_never_validates() -> None:
    """A server without TWILIO_AUTH_TOKEN must not accept what everybody can sign."""
    address = f"{PUBLIC_URL}/twilio/voice"
    assert not signature.valid(address, {}, str(RequestValidator("").compute_signature(address, {})), "")


def test_a_port_in_the_address_may_be_left_out_or_not() -> None:
    """Twilio drops the port for https and keeps it for http; the validator tries both."""
    assert signature.valid("https://a.example:443/x", {}, signed("https://a.example/x"), TOKEN)
    assert signature.valid("http://127.0.0.1:8080/x", {}, signed("http://127.0.0.1:8080/x"), TOKEN)


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("https://phone.clinic.example", "wss://phone.clinic.example/twilio/media/t"),
        ("https://phone.clinic.example/", "wss://phone.clinic.example/twilio/media/t"),
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/twilio/media/t"),
    ],
)
def test_a_sockets_address(public_url: str, expected: str) -> None:
    assert signature.socket_address(public_url, "/twilio/media/t") == expected


@pytest.mark.parametrize("scheme", ["wss", "https"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_upgrade_is_valid_in_each_form_that_twilio_signs(scheme: str, slash: str) -> None:
    given = signed(f"{scheme}://phone.clinic.example/twilio/media/t{slash}")
    assert signature.valid_upgrade(PUBLIC_URL, "/twilio/media/t", given, TOKEN)
    assert not signature.valid_upgrade(PUBLIC_URL, "/twilio/media/other", given, TOKEN)
    assert not signature.valid_upgrade("https://elsewhere.example", "/twilio/media/t", given, TOKEN)
    assert not signature.valid_upgrade(PUBLIC_URL, "/twilio/media/t", given, "another token")


def test_an_upgrade_without_a_signature_is_not_valid() -> None:
    assert not signature.valid_upgrade(PUBLIC_URL, "/twilio/media/t", "", TOKEN)
