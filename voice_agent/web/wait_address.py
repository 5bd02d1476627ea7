"""Where the voice of a caller who waits for a nurse is sent: a socket with a one-use token."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import structlog

from voice_agent.call.transfer import Transfer
from voice_agent.errors import CallStoreError
from voice_agent.ports import CallStore
from voice_agent.telephony import signature

log = structlog.get_logger(__name__)

PATH = "/twilio/media/wait/"
CASE, HEARD = "case", "heard"
"""What stands behind the token."""


class Heard(StrEnum):
    """In what the caller is heard."""

    WAIT = "wait"
    MENU = "menu"
    """Out of the wait, after the star key."""
    ANSWER = "answer"
    """Out of the wait, and asked whether to be called back."""


def ear(store: CallStore, public_url: str, transfer: Transfer, heard: Heard) -> str | None:
    """The address, good for one socket; None when the store is down: the keys are left."""
    try:
        token = store.mint_stream_token(transfer.call_id, {CASE: transfer.token, HEARD: heard})
    except CallStoreError as error:
        log.error("wait_not_heard", transfer=transfer.token, problem=str(error))
        return None
    return signature.socket_address(public_url, f"{PATH}{token}")


def whom(facts: Mapping[str, str]) -> tuple[str, Heard] | None:
    """Token of the case, and in what its caller is heard; None when the token was minted for something else."""
    return (facts[CASE], Heard(facts[HEARD])) if CASE in facts and HEARD in facts else None
