"""Twilio's request signature, checked.

HMAC-SHA1 over the exact public URL and the sorted POST parameters, keyed with the account's auth token:
https://www.twilio.com/docs/usage/security#validating-requests. Behind a proxy the URL that we see is not the URL
that Twilio signed, so it is rebuilt from PUBLIC_URL and the request's path.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from twilio.request_validator import RequestValidator

_SOCKET_SCHEME = {"https": "wss", "http": "ws"}


def public_address(public_url: str, target: str) -> str:
    """The address that Twilio asked for: PUBLIC_URL's scheme and host, and the request target (path and query)."""
    return public_url.rstrip("/") + target


def socket_address(public_url: str, path: str) -> str:
    """The same for a media socket: `wss`, or `ws` where PUBLIC_URL is plain http (development, the twin)."""
    parts = urlsplit(public_address(public_url, path))
    return urlunsplit(parts._replace(scheme=_SOCKET_SCHEME.get(parts.scheme, parts.scheme)))


def valid(url: str, params: Mapping[str, str], signature: str, token: str) -> bool:
    """Whether `signature` (X-Twilio-Signature) is Twilio's for this request. An empty token or signature never is."""
    if not token or not signature or not signature.isascii():
        return False
    return bool(RequestValidator(token).validate(url, params, signature))


def valid_upgrade(public_url: str, target: str, signature: str, token: str) -> bool:
    """The same for a socket's upgrade request, which has no body.

    Twilio signs the `wss` address as `<Stream url>` has it; some of its edges have signed it with a slash at the end,
    or as `https`. Each form names this socket and no other, so any of them will do.
    """
    web, socket = public_address(public_url, target), socket_address(public_url, target)
    return any(valid(url, {}, signature, token) for url in (socket, socket + "/", web, web + "/"))
