"""A server of its own for the stories of a transfer, so that it can be killed.

Everything of a transfer is real: webhooks, Redis, the sweeper, REST to the twin, the ear that hears who waits. The
media socket raises a red flag at once. `python tests/transfer_server.py PORT REDIS_URL TWIN_URL KEY FOLDER GO`; it
begins when the file GO is there, so that another process can take its place within a moment.
"""

from __future__ import annotations

import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from flask import Blueprint
from flask_sock import Sock
from invented_cases import CHEST_PAIN
from simple_websocket import Server
from site_on_fakes import AUTH_TOKEN, NURSE_LINE, Working
from werkzeug.serving import make_server

from voice_agent.config import load_red_flags
from voice_agent.fakes.case_desk import InMemoryCaseDesk
from voice_agent.fakes.store import InMemoryCallStore
from voice_agent.nurse_desk import NurseDesk, NurseDeskSettings
from voice_agent.ports import CallRecord, CallStore, Services
from voice_agent.records.call_facts import CallFacts
from voice_agent.records.encryption import Cipher
from voice_agent.records.users import ConsoleUsers
from voice_agent.services.call_store import RedisCallStore
from voice_agent.speech.recognizer import RecognizerSettings, VoskRecognizers
from voice_agent.speech.voice_activity import SileroVoiceActivity
from voice_agent.telephony.carrier import TwilioCarrier, TwilioSettings
from voice_agent.telephony.lines import Lines
from voice_agent.transfer_care import Sweeper, TransferCare
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.web.app import create_app
from voice_agent.web.capacity import Capacity
from voice_agent.web.metrics import Metrics
from voice_agent.web.readiness import Readiness
from voice_agent.web.settings import ConsoleSettings, WebSettings
from voice_agent.web.wait_ear import WaitSettings, wait_blueprint

ACCOUNT = "AC" + "0" * 32
NURSES = ("+15550100", "+15550101", "+15550102")
RING_S = 20
ZONE = "America/New_York"


def red_flag_at_once(store: CallStore, desk: NurseDesk) -> Blueprint:
    """In place of the media socket: asks for a nurse, notes where the call goes on, and closes."""
    media = Blueprint("media", __name__, url_prefix="/twilio")
    sock = Sock()
    sock.bp = media

    @sock.route("/media/<token>", bp=media)
    def stream(socket: Server, token: str) -> None:
        claimed = store.take_stream_token(token)
        if claimed is None:
            return
        summary = replace(CHEST_PAIN, call_id=claimed[0], caller_number=claimed[1]["caller_number"])
        transfer = desk.request(summary, CareLevel.EMERGENCY_911)
        store.save_call(CallRecord(claimed[0], "conference", transfer.token, summary))

    return media


def main(port: int, redis_url: str, twin_url: str, key: str, folder: Path, go: Path) -> None:
    """Serve until killed."""
    while not go.exists():
        time.sleep(0.02)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    address = f"http://127.0.0.1:{port}"
    store = RedisCallStore(redis_url, Cipher([key]))
    carrier = TwilioCarrier(TwilioSettings(ACCOUNT, AUTH_TOKEN, "+15550999", address, twin_url, ring_seconds=RING_S))

    def now() -> datetime:
        return datetime.now(UTC)

    desk = NurseDesk(store, carrier, NurseDeskSettings(NURSES, ring_seconds=RING_S), now)
    care = TransferCare(desk, store, carrier, now)
    works = cast("Any", Working())
    services = Services(VoskRecognizers(RecognizerSettings()), SileroVoiceActivity, works, works, store, works, carrier)
    readiness = Readiness(services.checks, extras=services.extras, every_s=2)
    readiness.refresh()
    console = ConsoleSettings("cookie-secret", "Maple Street Clinic", ZONE)
    metrics = Metrics(Capacity(4))
    waits = wait_blueprint(
        services,
        desk,
        RedFlagScreen(load_red_flags()),
        WaitSettings(Lines().of_the_wait),
        metrics,
        ThreadPoolExecutor(2, "recognition"),
        now,
    )
    app = create_app(
        WebSettings(address, AUTH_TOKEN, NURSE_LINE, max_calls=4, console=console),
        services,
        desk,
        ConsoleUsers(f"sqlite:///{folder / 'users.db'}"),
        CallFacts(f"sqlite:///{folder / 'users.db'}", "a key"),
        InMemoryCaseDesk(InMemoryCallStore().changes),
        cast("Any", None),
        readiness=readiness,
        metrics=metrics,
        blueprints=[waits, red_flag_at_once(store, desk)],
        now=now,
        clock=time.monotonic,
    )
    Sweeper(care, store, 2.0).start()
    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], Path(sys.argv[5]), Path(sys.argv[6]))
