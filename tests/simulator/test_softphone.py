"""A telephone held in a browser: whose messages go where."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

import pytest

from voice_agent.errors import MediaStreamError
from voice_agent.simulator.phone import Where
from voice_agent.simulator.softphone import BrowserGoneError, Softphone
from voice_agent.simulator.sound import SILENCE
from voice_agent.simulator.timeline import Notebook, Timeline
from voice_agent.telephony import media_stream as wire

TONE = bytes([0x10]) * 160


class Page:
    """A page that is only listened to."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.gone = False

    def receive(self, timeout_s: float) -> None:
        return None

    def send(self, text: str) -> None:
        if self.gone:
            raise BrowserGoneError
        self.got.append(json.loads(text))

    def of(self, event: str) -> list[dict[str, Any]]:
        return [message for message in self.got if message["event"] == event]


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def phone(page: Page) -> Softphone:
    phone = Softphone(page, "AC1")
    phone.connect(Notebook(Timeline(), "CA1", "caller"))
    return phone


def own_stream(page: Page) -> str:
    return str(page.of("stream")[0]["streamSid"])


def test_the_page_is_told_for_which_stream_and_call_it_speaks(phone: Softphone, page: Page) -> None:
    (about,) = page.of("stream")
    assert (about["callSid"], about["accountSid"], about["customParameters"]) == ("CA1", "AC1", {})
    assert about["streamSid"].startswith("MZ")


def test_outside_the_media_stream_sound_goes_both_ways(phone: Softphone, page: Page) -> None:
    sid = own_stream(page)
    assert phone.arrived(wire.connected_message())
    assert phone.arrived(wire.start_message(sid, "CA1", account_id="AC1", parameters={}))
    assert phone.arrived(wire.media_message(sid, TONE, at_ms=0, chunk=1, sequence=2))
    assert phone.exchange(TONE) == TONE
    assert phone.exchange(SILENCE) == SILENCE
    (sound,) = page.of("media")
    assert wire.parse_outgoing(json.dumps(sound)) == wire.OutMedia(sid, TONE)


def test_a_clock_that_falls_behind_hears_the_newest_200_ms(phone: Softphone, page: Page) -> None:
    sid = own_stream(page)
    frames = deque(bytes([number]) * 160 for number in range(30))
    for number, frame in enumerate(frames):
        phone.arrived(wire.media_message(sid, frame, at_ms=20 * number, chunk=number + 1, sequence=number + 2))
    assert [phone.exchange(SILENCE) for _ in range(11)] == [*list(frames)[-10:], SILENCE]


def test_keys_are_pressed_in_order(phone: Softphone, page: Page) -> None:
    for digit in "1*#":
        phone.arrived(wire.dtmf_message(own_stream(page), digit, sequence=1))
    assert phone.keys_due()
    assert phone.pressed() == "1*#"
    assert not phone.keys_due()


def test_the_page_is_told_what_it_is_connected_to_once(phone: Softphone, page: Page) -> None:
    for where in (Where.ANNOUNCEMENT, Where.ANNOUNCEMENT, Where.HOLD):
        phone.where = where
    phone.told("Please hold.", at_ms=0, lasted_ms=900)
    assert [message["where"] for message in page.of("line")] == ["announcement", "hold"]
    assert page.of("told") == [{"event": "told", "words": "Please hold."}]


def test_sound_of_another_stream_is_nobodys(phone: Softphone, page: Page) -> None:
    phone.arrived(wire.media_message("MZother", TONE, at_ms=0, chunk=1, sequence=2))
    assert phone.exchange(SILENCE) == SILENCE


def test_hanging_up_is_said(phone: Softphone) -> None:
    assert not phone.arrived('{"event": "hangup"}')


@pytest.mark.parametrize("text", [b"\0", "x" * 5000, "no json", "[]", '{"event": "media", "media": {}}'])
def test_what_no_page_of_ours_says_is_refused(phone: Softphone, text: str | bytes) -> None:
    with pytest.raises(MediaStreamError):
        phone.arrived(text)


def test_a_page_that_is_gone_hangs_up(phone: Softphone, page: Page) -> None:
    page.gone = True
    phone.exchange(TONE)
    assert phone.hung_up
