"""Conferences and dialled numbers: the nurse's way to the caller."""

from __future__ import annotations

import time

import pytest
from twilio.rest import Client

from voice_agent.simulator.conference import DEEPEST


@pytest.fixture
def client(stage) -> Client:
    client = Client(stage.twin.settings.account_sid, stage.twin.settings.auth_token)
    client.api.base_url = stage.twin.url
    return client


NURSE = "+15550100001"
EVENTS = "statusCallback='/conference' statusCallbackEvent='start end join leave'"


def stage_transfer(stage) -> None:
    """The caller waits in a conference that only the nurse may start."""
    documents, twiml = stage.server.documents, stage.twiml
    documents["/voice"] = twiml(
        "<Dial action='/after'><Conference startConferenceOnEnter='false' endConferenceOnExit='true' beep='false' "
        f"waitUrl='/hold' participantLabel='caller' {EVENTS}>case-1</Conference></Dial>"
    )
    documents["/hold"] = twiml("<Say>please wait</Say><Pause length='1'/><Redirect>/hold</Redirect>")
    documents["/after"] = twiml("<Hangup/>")
    documents["/whisper"] = twiml("<Gather numDigits='1' timeout='3' action='/accept'><Say>chest pain</Say></Gather>")
    documents["/accept"] = lambda params: twiml(
        f"<Dial><Conference endConferenceOnExit='true' beep='false' {EVENTS}>case-1</Conference></Dial>"
        if params.get("Digits") == "1"
        else "<Hangup/>"
    )


def ring(stage, client: Client, **more):
    return client.calls.create(
        to=NURSE,
        from_="+15550100000",
        url=stage.server.url + "/whisper",
        status_callback=stage.server.url + "/nurse-status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        **more,
    )


def wait_until(true, timeout_s: float = 6.0) -> None:
    until = time.monotonic() + timeout_s
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    assert true()


def test_a_nurse_accepts_and_talks_with_the_caller(stage, client) -> None:
    stage_transfer(stage)
    stage.twin.install(
        NURSE,
        lambda: stage.phone(
            (1500, lambda phone: phone.press("1")),
            (2600, lambda phone: phone.say("hello")),
            ring=stage.Ring(answers_after_s=0.3),
        ),
    )
    caller = stage.twin.call(stage.phone(), "+15550109001")
    wait_until(lambda: stage.texts("on_hold"))
    created = ring(stage, client)
    assert created.status in {"queued", "initiated"}
    nurse = stage.twin.leg(created.sid)
    wait_until(lambda: len(stage.texts("bridged", "")) == 2)
    time.sleep(1.5)
    assert stage.texts("bridged") == [f"nurse {NURSE}"]
    assert stage.texts("heard", "nurse") == ["chest pain"]
    said = bytes(nurse.phone.said)
    loud = said[len(said) - 12000 :]
    assert any(loud[i : i + 160] in caller.phone.received for i in range(4000, 8000, 160))
    caller.phone.hang_up()
    assert caller.join(2)
    assert nurse.join(2)
    stage.twin.webhooks.settle(2)
    events = [(p["StatusCallbackEvent"], p["SequenceNumber"]) for p in stage.server.got("/conference")]
    assert [name for name, _ in events] == [
        "participant-join", "participant-join", "conference-start",
        "participant-leave", "participant-leave", "conference-end",
    ]  # fmt: skip
    assert [int(number) for _, number in events] == [1, 2, 3, 4, 5, 6]
    joined = stage.server.got("/conference")[0]
    assert joined["CallSid"] == caller.sid
    assert joined["ParticipantLabel"] == "caller"
    assert joined["FriendlyName"] == "case-1"
    statuses = [(p["CallStatus"], p["SequenceNumber"]) for p in stage.server.wait_for("/nurse-status", 4)]
    assert statuses == [("initiated", "0"), ("ringing", "1"), ("in-progress", "2"), ("completed", "3")]
    assert caller.linked == {nurse.sid}
    assert all(one.signed for one in stage.server.arrived)


def test_the_hold_document_is_played_again_and_again(stage) -> None:
    stage_transfer(stage)
    caller = stage.twin.call(stage.phone((4500, lambda phone: phone.hang_up())), "+15550109001")
    assert caller.join(8)
    assert len(stage.texts("heard")) >= 2
    assert {p["FriendlyName"] for p in stage.server.got("/hold")} == {"case-1"}
    assert stage.server.got("/after") == []


def test_a_hold_document_without_redirect_is_asked_for_again(stage) -> None:
    stage_transfer(stage)
    stage.server.documents["/hold"] = stage.twiml("")
    caller = stage.twin.call(stage.phone((2600, lambda phone: phone.hang_up())), "+15550109001")
    assert caller.join(8)
    assert 2 <= len(stage.server.got("/hold")) <= 4


def test_a_broken_hold_document_is_an_error_and_then_silence(stage) -> None:
    stage_transfer(stage)
    stage.server.documents["/hold"] = stage.twiml("<Gather/>")
    caller = stage.twin.call(stage.phone((1000, lambda phone: phone.hang_up())), "+15550109001")
    assert caller.join(8)
    assert stage.texts("error")[0].startswith("13238")
    assert caller.ended_by == "caller"


def test_rest_takes_the_caller_out_of_the_conference(stage, client) -> None:
    stage_transfer(stage)
    stage.server.documents["/comfort"] = stage.twiml("<Say>dial nine one one</Say>")
    caller = stage.twin.call(stage.phone(), "+15550109001")
    wait_until(lambda: stage.texts("on_hold"))
    client.calls(caller.sid).update(url=stage.server.url + "/comfort")
    assert caller.join(6)
    assert stage.texts("heard")[-1] == "dial nine one one"
    assert stage.texts("left") == ["case-1"]


@pytest.mark.parametrize(
    ("ring_as", "status"),
    [
        ({"answers_after_s": None}, "no-answer"),
        ({"answers_after_s": 30.0}, "no-answer"),
        ({"refused": "busy"}, "busy"),
        ({"refused": "failed"}, "failed"),
    ],
)
def test_a_nurse_who_does_not_come(stage, client, ring_as: dict, status: str) -> None:
    stage.twin.install(NURSE, lambda: stage.phone(ring=stage.Ring(**ring_as)))
    leg = stage.twin.leg(ring(stage, client, timeout=1).sid)
    assert leg.join(4)
    last = stage.server.wait_for("/nurse-status", 2 if "refused" in ring_as else 3)[-1]
    assert (last["CallStatus"], last["CallDuration"]) == (status, "0")
    assert stage.server.got("/whisper") == []


def test_a_number_that_nobody_has_fails(stage, client) -> None:
    leg = stage.twin.leg(ring(stage, client).sid)
    assert leg.join(3)
    assert leg.status == "failed"


def test_the_server_stops_a_telephone_that_still_rings(stage, client) -> None:
    stage.twin.install(NURSE, lambda: stage.phone(ring=stage.Ring(answers_after_s=None)))
    created = ring(stage, client)
    stage.server.wait_for("/nurse-status", 2)
    client.calls(created.sid).update(status="completed")
    assert stage.twin.leg(created.sid).join(2)
    assert stage.server.wait_for("/nurse-status", 3)[-1]["CallStatus"] == "canceled"


def test_a_dialled_number_is_bridged_and_the_action_told(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml(f"<Dial action='/after'><Number>{NURSE}</Number></Dial>")
    stage.server.documents["/after"] = stage.twiml("<Say>goodbye</Say>")
    stage.twin.install(
        NURSE, lambda: stage.phone((1500, lambda phone: phone.hang_up()), ring=stage.Ring(answers_after_s=0.3))
    )
    caller = stage.twin.call(stage.phone(), "+15550109001")
    assert caller.join(8)
    assert stage.texts("bridged") == [f"callee {NURSE}"]
    (after,) = stage.server.got("/after")
    assert after["DialCallStatus"] == "completed"
    assert int(after["DialCallDuration"]) >= 1
    assert stage.texts("heard") == ["goodbye"]
    (callee,) = [leg for leg in stage.twin.legs() if leg.direction == "outbound-dial"]
    assert callee.parent == caller.sid
    assert callee.caller == "+15550109001"


def test_a_dialled_number_that_does_not_answer(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml(f"<Dial timeout='1' action='/after'>{NURSE}</Dial>")
    stage.server.documents["/after"] = stage.twiml("<Hangup/>")
    stage.twin.install(NURSE, lambda: stage.phone(ring=stage.Ring(answers_after_s=None)))
    caller = stage.twin.call(stage.phone(), "+15550109001")
    assert caller.join(5)
    assert stage.server.got("/after")[0]["DialCallStatus"] == "no-answer"
    assert len(caller.phone.received) > 160 * 40


def test_a_caller_who_hangs_up_stops_the_dialled_telephone(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml(f"<Dial><Number>{NURSE}</Number></Dial>")
    stage.twin.install(NURSE, lambda: stage.phone(ring=stage.Ring(answers_after_s=None)))
    caller = stage.twin.call(stage.phone((500, lambda phone: phone.hang_up())), "+15550109001")
    assert caller.join(3)
    (callee,) = [leg for leg in stage.twin.legs() if leg is not caller]
    assert callee.join(2)
    assert callee.status == "canceled"


def test_a_whisper_before_a_dialled_bridge(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml(f"<Dial><Number url='/whisper'>{NURSE}</Number></Dial>")
    stage.server.documents["/whisper"] = stage.twiml("<Say>a caller for you</Say>")
    stage.twin.install(NURSE, lambda: stage.phone(ring=stage.Ring(answers_after_s=0.1)))
    caller = stage.twin.call(stage.phone(), "+15550109001")
    wait_until(lambda: stage.texts("bridged"))
    assert stage.texts("heard", "callee") == ["a caller for you"]
    assert stage.texts("heard", "caller") == []
    caller.phone.hang_up()
    assert caller.join(3)


def test_a_conference_mixes_three_and_mutes_one(stage) -> None:
    room = "<Dial><Conference beep='true' {more}>open</Conference></Dial>"
    stage.server.documents["/voice"] = lambda params: stage.twiml(
        room.format(more="muted='true'" if params["From"].endswith("3") else "")
    )
    legs = [stage.twin.call(stage.phone(), f"+1555010900{number}") for number in (1, 2, 3)]
    wait_until(lambda: len(stage.texts("bridged")) == 3)
    time.sleep(0.5)
    (shared,) = {leg.sid for leg in legs} & legs[0].linked & legs[1].linked
    assert shared == legs[2].sid
    for leg in legs:
        leg.phone.hang_up()
        assert leg.join(2)
    assert DEEPEST * 20 <= 200
