"""The warm transfer through the twin: real webhooks, real REST, real signatures, spoken TwiML.

The media socket is a stand-in that has just raised a red flag; everything after it is ours.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Blueprint
from flask_sock import Sock
from invented_cases import CHEST_PAIN
from redis_server import free_port
from simple_websocket import Server
from site_on_fakes import AUTH_TOKEN, NURSE_LINE, NURSES, Site, build_site, close_site
from werkzeug.serving import make_server

from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import CallRecord, CallStore
from voice_agent.simulator.leg import HungUpError, Leg
from voice_agent.simulator.phone import Phone, Ring
from voice_agent.simulator.timeline import What
from voice_agent.simulator.twin import Twin, TwinSettings
from voice_agent.telephony.carrier import TwilioCarrier, TwilioSettings
from voice_agent.triage.care_levels import CareLevel

CALLER = "+15550142"
ACCOUNT = "AC" + "0" * 32


class RedFlagAtOnce:
    """In place of the media socket: asks for a nurse, notes where the call goes on, and closes."""

    def __call__(self, store: CallStore, desk: NurseDesk) -> Blueprint:
        media = Blueprint("media", __name__, url_prefix="/twilio")
        sock = Sock()
        sock.bp = media

        @sock.route("/media/<token>", bp=media)
        def stream(socket: Server, token: str) -> None:
            claimed = store.take_stream_token(token)
            assert claimed is not None
            summary = replace(CHEST_PAIN, call_id=claimed[0], caller_number=claimed[1]["caller_number"])
            transfer = desk.request(summary, CareLevel.EMERGENCY_911)
            store.save_call(CallRecord(claimed[0], "conference", transfer.token, summary))

        return media


class Holder:
    """Who holds a telephone: waits for words, then acts."""

    def __init__(self, *acts: tuple[str, Callable[[Phone], None]]) -> None:
        self._acts = list(acts)

    def step(self, phone: Phone) -> None:
        if self._acts and self._acts[0][0] in " ".join(phone.heard).lower():
            self._acts.pop(0)[1](phone)


@dataclass
class Stage:
    """A running server, and a twin before it."""

    site: Site
    twin: Twin
    carrier: TwilioCarrier

    def nurse(self, number: str, *acts: tuple[str, Callable[[Phone], None]], ring: Ring | None = None) -> None:
        self.twin.install(number, lambda: self._phone(*acts, ring=ring or Ring(answers_after_s=0.3)))

    def caller(self, *acts: tuple[str, Callable[[Phone], None]]) -> None:
        self.twin.call(self._phone(*acts), CALLER)

    def caller_leg(self) -> Leg:
        return next(leg for leg in self.twin.legs() if leg.name == "caller")

    def wait_for(self, true: Callable[[], bool], what: str, timeout_s: float = 60) -> None:
        until = time.monotonic() + timeout_s
        while not true() and time.monotonic() < until:
            time.sleep(0.05)
        assert true(), f"not {what}; " + "; ".join(f"{step.what} {step.text}" for step in self.twin.timeline.steps())

    def status(self) -> TransferStatus | None:
        found: list[Transfer] = self.site.store.recent_transfers()
        return found[0].status if found else None

    def heard(self, who: str) -> str:
        """All that somebody heard so far, in small letters."""
        legs = [leg for leg in self.twin.legs() if leg.name.startswith(who)]
        return " ".join(" ".join(leg.phone.heard) for leg in legs).lower()

    def all_over(self) -> bool:
        return all(leg.over.is_set() for leg in self.twin.legs())

    def errors(self) -> list[str]:
        return [step.text for step in self.twin.timeline.steps() if step.what is What.ERROR]

    def _phone(self, *acts: tuple[str, Callable[[Phone], None]], ring: Ring | None = None) -> Phone:
        return Phone(Holder(*acts), voice=self.twin.voice, ears=None, ring=ring)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = TwinSettings(ACCOUNT, AUTH_TOKEN, f"{address}/twilio/voice", f"{address}/twilio/status")
    with Twin(settings) as twin:
        carrier = TwilioCarrier(TwilioSettings(ACCOUNT, AUTH_TOKEN, "+15550999", address, twin.url, ring_seconds=30))
        site = build_site(tmp_path, address, real_carrier=carrier, media=RedFlagAtOnce())
        server = make_server("127.0.0.1", port, site.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        site.readiness.refresh()
        yield Stage(site, twin, carrier)
        twin.close()
        server.shutdown()
        server.server_close()
        thread.join()
        close_site(site)


def test_the_second_nurse_is_briefed_accepts_and_talks(stage: Stage) -> None:
    """One is busy, the next presses 1; when the caller hangs up she hears so."""
    stage.nurse(NURSES[0], ring=Ring(refused="busy"))
    stage.nurse(NURSES[1], ("press 1", lambda phone: phone.press("1")))
    stage.caller()
    stage.wait_for(lambda: stage.status() is TransferStatus.BRIDGED, "bridged")
    assert "heart attack" in stage.heard("nurse")
    assert "left arm" in stage.heard("nurse")
    assert "heart attack" not in stage.heard("caller")
    assert "calling a nurse" in stage.heard("caller")
    assert "you said chest feels tight left arm" in stage.heard("caller")
    stage.caller_leg().order(HungUpError("caller"))
    stage.wait_for(stage.all_over, "over")
    stage.wait_for(lambda: stage.status() is TransferStatus.DONE, "done")
    assert "the caller has left the call" in stage.heard("nurse")
    assert stage.errors() == []
    assert stage.site.store.callbacks() == []


def test_a_nurse_who_is_lost_is_replaced_while_the_caller_is_told(stage: Stage) -> None:
    stage.nurse(NURSES[0], ("press 1", lambda phone: phone.press("1")))
    stage.nurse(NURSES[1], ("press 1", lambda phone: phone.press("1")))
    stage.caller()
    stage.wait_for(lambda: stage.status() is TransferStatus.BRIDGED, "bridged")
    nurse = next(leg for leg in stage.twin.legs() if leg.name == f"nurse {NURSES[0]}")
    nurse.order(HungUpError("caller"))
    stage.wait_for(lambda: "the line to the nurse was lost" in stage.heard("caller"), "told so")
    stage.wait_for(lambda: stage.status() is TransferStatus.BRIDGED, "bridged again")
    stage.caller_leg().order(HungUpError("caller"))
    stage.wait_for(stage.all_over, "over")
    assert stage.errors() == []


def test_the_star_key_leads_to_a_call_back(stage: Stage) -> None:
    stage.nurse(NURSES[0], ring=Ring(answers_after_s=None))
    stage.caller(("press the star key", lambda phone: phone.press("*")), ("press 2", lambda phone: phone.press("2")))
    stage.wait_for(lambda: stage.status() is TransferStatus.CALLBACK_CHOSEN, "chosen")
    stage.wait_for(stage.all_over, "over")
    assert "a nurse will call you back" in stage.heard("caller")
    assert len(stage.site.store.callbacks()) == 1
    assert stage.errors() == []


def test_when_nobody_accepts_the_caller_hears_the_emergency_script(stage: Stage) -> None:
    stage.nurse(NURSES[0], ring=Ring(refused="failed"))
    stage.nurse(NURSES[1], ("a caller for a nurse", lambda phone: phone.press("2")))
    stage.caller()
    stage.wait_for(lambda: bool(stage.twin.legs()) and stage.all_over(), "over")
    assert stage.status() is TransferStatus.UNANSWERED
    assert "please hang up now and dial 911" in stage.heard("caller")
    assert "a nurse will call you back" in stage.heard("caller")
    stage.wait_for(lambda: bool(stage.site.store.callbacks()), "a call-back is owed")
    assert [task.caller_number for task in stage.site.store.callbacks()] == [CALLER]
    assert stage.errors() == []


def test_a_caller_who_hangs_up_stops_the_ringing(stage: Stage) -> None:
    stage.nurse(NURSES[0], ring=Ring(answers_after_s=None))
    stage.caller(("calling a nurse", lambda phone: phone.hang_up()))
    stage.wait_for(lambda: stage.status() is TransferStatus.CALLER_GONE and stage.all_over(), "gone")
    stage.wait_for(lambda: len(stage.site.store.callbacks()) == 1, "a call-back is owed")
    assert stage.errors() == []


def test_when_the_store_dies_in_the_wait_the_nurse_line_is_rung(stage: Stage) -> None:
    stage.nurse(NURSES[0], ring=Ring(answers_after_s=None))
    stage.nurse(NURSE_LINE)
    stage.caller()
    stage.wait_for(lambda: "calling a nurse" in stage.heard("caller"), "joining")
    stage.site.store.fail()
    stage.wait_for(lambda: any(NURSE_LINE in leg.name for leg in stage.twin.legs()), "rung the nurse line")
    stage.wait_for(lambda: "connecting you to our nurse line" in stage.heard("caller"), "told so")
