"""A `<Connect>` that somebody else carries: the call waits for it, obeys meanwhile, and goes on afterwards."""

from __future__ import annotations

import threading

from voice_agent.simulator.documents import Verb
from voice_agent.simulator.leg import HungUpError, Leg

CONNECT = '<Connect><Stream url="wss://elsewhere.example/media"/></Connect><Pause length="1"/><Hangup/>'


class Elsewhere:
    """Carries streams, as far as the call can tell."""

    def __init__(self) -> None:
        self.began, self.over = threading.Event(), threading.Event()
        self.urls: list[str] = []

    def connect(self, leg: Leg, verb: Verb, base: str) -> None:
        self.urls.append(verb.inside[0].attributes["url"])
        self.began.set()
        leg.pass_time(self.over)


def test_the_call_goes_on_when_the_stream_is_over(stage) -> None:
    elsewhere = Elsewhere()
    stage.twin.connect = elsewhere.connect
    stage.server.documents["/voice"] = stage.twiml(CONNECT)
    phone = stage.phone()
    leg = stage.twin.call(phone, "+15550109001")
    assert elsewhere.began.wait(3)
    assert not leg.join(0.5)
    before_ms = phone.now_ms
    elsewhere.over.set()
    assert leg.join(4)
    assert elsewhere.urls == ["wss://elsewhere.example/media"]
    assert before_ms == 0, "its sound did not pass this telephone"
    assert 900 <= phone.now_ms <= 1100, "nothing is caught up with: only the pause was heard"
    assert leg.ended_by == "agent"


def test_an_order_is_obeyed_meanwhile(stage) -> None:
    elsewhere = Elsewhere()
    stage.twin.connect = elsewhere.connect
    stage.server.documents["/voice"] = stage.twiml(CONNECT)
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert elsewhere.began.wait(3)
    leg.order(HungUpError("network"))
    assert leg.join(2)
    assert leg.ended_by == "network"
