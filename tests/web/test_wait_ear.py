"""The socket on which a caller who waits is heard, and the webhooks that it leads to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import websocket
from redis_server import free_port
from site_on_fakes import AUTH_TOKEN, CALLER, Site, build_site, close_site, said, twiml
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from voice_agent.audio import mulaw
from voice_agent.call.brief_document import SAYS_WRONG
from voice_agent.call.events import Transcribed
from voice_agent.call.handoff import CallSummary
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.fakes.speech import FakeSecondEars
from voice_agent.telephony import media_stream as wire
from voice_agent.triage.care_levels import CareLevel

LOUD, QUIET = mulaw.encode(b"\x00\x20" * 160), mulaw.encode(bytes(320))


@dataclass
class Stand:
    """A server with a real socket; who waits there says what the script says."""

    site: Site

    def waits(self, level: CareLevel = CareLevel.EMERGENCY_911) -> Transfer:
        summary = CallSummary("CA1", CALLER, started_at="2026-03-02T18:59:00+00:00", reason="asks for a person")
        return self.site.request(level, summary)

    def ear(self, path: str = "/twilio/resume", **form: str) -> str:
        """Address of the socket in the document that a webhook answers."""
        stream = twiml(self.site.twilio(path, **form)).find("Start/Stream")
        assert stream is not None
        return stream.attrib["url"]

    def speaks(self, address: str, *, holds: Callable[[], bool] = lambda: False) -> bool:
        """Open the socket, say something, and be quiet; whether the server closed it."""
        socket = self._connected(address)
        socket.send(wire.connected_message())
        socket.send(wire.start_message("MZ1", "CA1", account_id="AC1", parameters={}))
        for number in range(100):
            frame = LOUD if 10 <= number < 30 else QUIET
            socket.send(wire.media_message("MZ1", frame, at_ms=20 * number, chunk=number + 1, sequence=number + 2))
            time.sleep(0.005)
        wait_for(lambda: self.site.carrier.redirected or holds())
        return _closes(socket, 1.5)

    def is_refused(self, address: str) -> bool:
        """Whether the server closes the socket at once."""
        return _closes(self._connected(address), 0.5)

    def _connected(self, address: str) -> websocket.WebSocket:
        signature = RequestValidator(AUTH_TOKEN).compute_signature(address, {})
        return websocket.create_connection(address, header={"X-Twilio-Signature": signature}, timeout=5)


def _closes(socket: websocket.WebSocket, within_s: float) -> bool:
    """Whether the server closes it; afterwards it is closed in any case."""
    raw = socket.sock
    socket.settimeout(within_s)
    try:
        return not socket.recv()
    except websocket.WebSocketTimeoutException:
        return False
    except (OSError, websocket.WebSocketException):
        return True
    finally:
        raw.close()


def wait_for(true: Callable[[], object], timeout_s: float = 3) -> None:
    until = time.monotonic() + timeout_s
    while not true() and time.monotonic() < until:
        time.sleep(0.01)


@pytest.fixture
def words() -> str:
    """What is said."""
    return "could you call me back"


@pytest.fixture
def second() -> str | None:
    """What the second ear makes of it; None: there is none."""
    return None


@pytest.fixture
def stand(tmp_path: Path, words: str, second: str | None) -> Iterator[Stand]:
    script = [Transcribed(words, at_ms=500)]
    again = FakeSecondEars([SecondHearing(second)]) if second else None
    port = free_port()
    site = build_site(tmp_path, f"http://127.0.0.1:{port}", said_waiting=script, second_ears=again)
    server = make_server("127.0.0.1", port, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Stand(site)
    server.shutdown()
    thread.join()
    server.server_close()
    close_site(site)


def test_who_asks_for_it_is_asked_and_called_back(stand: Stand) -> None:
    """The whole way: heard in the wait, asked, heard again, and a call-back that is promised."""
    site, transfer = stand.site, stand.waits()
    wait = stand.ear()
    site.twilio(f"/twilio/hold/{transfer.token}")
    stand.speaks(wait)
    ((call_id, path),) = site.carrier.redirected
    assert (call_id, path) == ("CA1", f"/twilio/wished/{transfer.token}/call_back")
    site.carrier.redirected.clear()
    question = site.twilio(path)
    assert "Shall a nurse call you back" in said(question)
    assert status_of(stand, transfer) is TransferStatus.RINGING, "it goes on ringing meanwhile"
    stream = twiml(question).find("Start/Stream")
    assert stream is not None
    stand.speaks(stream.attrib["url"])
    ((_, answer),) = site.carrier.redirected
    assert answer == f"/twilio/wished/{transfer.token}/yes"
    promised = site.twilio(answer)
    assert "I have asked a nurse to call you" in said(promised)
    assert "call you back at this number by" in said(promised)
    assert status_of(stand, transfer) is TransferStatus.CALLBACK_CHOSEN
    assert [task.token for task in site.store.callbacks()] == [transfer.token]


@pytest.mark.parametrize("second", ["all me back"])
def test_either_ear_is_enough_and_its_words_are_kept(stand: Stand) -> None:
    transfer = stand.waits()
    stand.speaks(stand.ear())
    assert [path for _, path in stand.site.carrier.redirected] == [f"/twilio/wished/{transfer.token}/call_back"]
    turn = summary_of(stand, transfer).turns[-1]
    assert (turn.text, turn.first_ear, turn.second_ear) == ("could you call me back",) * 2 + ("all me back",)


@pytest.mark.parametrize("words", ["no that's not right"])
def test_who_says_so_has_it_noted_and_waits_on(stand: Stand) -> None:
    transfer = stand.waits()
    stand.speaks(stand.ear())
    ((_, path),) = stand.site.carrier.redirected
    answer = stand.site.twilio(path)
    assert "I will tell the nurse that this is not right" in said(answer)
    assert twiml(answer).find("Dial/Conference") is not None
    assert SAYS_WRONG in summary_of(stand, transfer).actions


@pytest.mark.parametrize("words", ["my chest hurts and i can't breathe"])
def test_who_gets_worse_is_more_urgent_from_then_on(stand: Stand) -> None:
    transfer = stand.waits(CareLevel.CLINIC_SOON)
    assert "911" not in said(stand.site.twilio(f"/twilio/hold/{transfer.token}"))
    stand.speaks(stand.ear(), holds=lambda: level_of(stand, transfer) is CareLevel.EMERGENCY_911)
    assert level_of(stand, transfer) is CareLevel.EMERGENCY_911
    summary = summary_of(stand, transfer)
    assert summary.red_flag is not None
    assert summary.care_level is CareLevel.EMERGENCY_911
    assert summary.turns[-1].text == "my chest hurts and i can't breathe"
    assert 60_000 <= summary.turns[-1].at_ms <= 61_000, "a minute into the call"
    assert stand.site.carrier.redirected == [], "nothing takes the caller out of the wait"
    assert "911" in said(stand.site.twilio(f"/twilio/hold/{transfer.token}"))


@pytest.mark.parametrize("words", ["still calling a nurse for you"])
def test_our_own_voice_is_not_the_caller(stand: Stand) -> None:
    transfer = stand.waits()
    stand.speaks(stand.ear(), holds=lambda: True)
    time.sleep(0.5)
    assert summary_of(stand, transfer).turns == ()


def test_nobody_is_heard_once_a_nurse_has_the_case(stand: Stand) -> None:
    transfer = stand.waits()
    wait = stand.ear()
    site = stand.site
    site.twilio(f"/twilio/nurse/{transfer.token}/0/answer", CallSid="CAnurse0")
    site.twilio(f"/twilio/nurse/{transfer.token}/0/accept", CallSid="CAnurse0", Digits="1")
    assert stand.speaks(wait, holds=lambda: True), "we close the socket"
    assert site.carrier.redirected == []
    assert summary_of(stand, transfer).turns == ()
    assert twiml(site.twilio("/twilio/resume")).find("Start") is None


def test_the_socket_closes_when_the_caller_leaves_the_wait(stand: Stand) -> None:
    transfer = stand.waits()
    wait = stand.ear()
    stand.site.twilio(f"/twilio/hold/{transfer.token}")

    def leaves() -> bool:
        stand.site.twilio("/twilio/resume", DialCallStatus="answered")  # the star key
        return True

    stand.site.carrier.fail()
    assert stand.speaks(wait, holds=leaves)


def test_a_carrier_that_does_not_answer_leaves_the_wait_as_it_is(stand: Stand) -> None:
    transfer = stand.waits()
    stand.site.carrier.fail()
    stand.speaks(stand.ear(), holds=lambda: bool(summary_of(stand, transfer).turns))
    assert status_of(stand, transfer) is TransferStatus.RINGING
    assert summary_of(stand, transfer).turns[-1].text == "could you call me back"


def test_a_token_opens_one_socket_and_none_that_is_for_a_call(stand: Stand) -> None:
    stand.waits()
    wait = stand.ear()
    assert not stand.is_refused(wait)
    assert stand.is_refused(wait)
    call = stand.site.store.mint_stream_token("CA1", {"caller_number": CALLER})
    assert stand.is_refused(wait.rpartition("/")[0] + f"/{call}")


def test_where_it_is_switched_off_nobody_is_heard(stand: Stand) -> None:
    transfer = stand.waits()
    desk = stand.site.desk
    desk._settings = replace(desk._settings, listen_while_waiting=False)
    assert twiml(stand.site.twilio("/twilio/resume")).find("Start") is None
    assert twiml(stand.site.twilio(f"/twilio/wished/{transfer.token}/call_back")).find("Start") is None


def test_a_wish_that_we_do_not_know_is_refused(stand: Stand) -> None:
    transfer = stand.waits()
    assert stand.site.twilio(f"/twilio/wished/{transfer.token}/anything").status_code == 404


def test_a_caller_without_a_number_is_told_and_waits_on(stand: Stand) -> None:
    transfer = stand.waits()
    answer = stand.site.twilio(f"/twilio/wished/{transfer.token}/yes", From="anonymous")
    assert "I cannot see your number" in said(answer)
    assert twiml(answer).find("Dial/Conference") is not None


def status_of(stand: Stand, transfer: Transfer) -> TransferStatus:
    found = stand.site.store.load_transfer(transfer.token)
    assert found is not None
    return found.status


def level_of(stand: Stand, transfer: Transfer) -> CareLevel:
    found = stand.site.store.load_transfer(transfer.token)
    assert found is not None
    return found.care_level


def summary_of(stand: Stand, transfer: Transfer) -> CallSummary:
    found = stand.site.store.load_summary(transfer.token)
    assert found is not None
    return found
