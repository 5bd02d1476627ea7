"""Say, Pause, Play, Gather, Redirect, Reject, and documents that Twilio would refuse."""

from __future__ import annotations

import time

import pytest

from voice_agent.simulator import sound


def test_words_pauses_and_redirects_in_order(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml("<Say>one</Say><Pause length='1'/><Redirect>next</Redirect>")
    stage.server.documents["/next"] = stage.twiml("<Say>two</Say>")
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(6)
    heard = [step for step in stage.twin.timeline.steps() if step.what == "heard"]
    assert [step.text for step in heard] == ["one", "two"]
    assert 1300 <= heard[1].at_ms - heard[0].at_ms <= 2500
    first = stage.server.got("/voice")[0]
    assert first["From"] == "+15550109001"
    assert first["To"] == stage.twin.settings.number
    assert first["CallStatus"] == "ringing"
    assert first["Direction"] == "inbound"
    assert stage.server.got("/next")[0]["CallStatus"] == "in-progress"
    assert (leg.status, leg.ended_by) == ("completed", "agent")
    assert leg.phone.received.count(0xFF) < len(leg.phone.received)


def test_play_reads_a_wav_file(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml("<Play loop='2'>/beep.wav</Play>")
    stage.server.documents["/beep.wav"] = sound.stereo_wav(sound.BEEP, sound.BEEP)
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(5)
    assert bytes(leg.phone.received).count(sound.BEEP[:160]) >= 2
    assert [one.signed for one in stage.server.arrived if one.path == "/beep.wav"] == [True]


GATHER = "<Gather numDigits='1' timeout='2' action='/keys'><Say>press one to accept</Say></Gather><Say>nothing</Say>"


def test_a_key_stops_the_words_and_posts_digits(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml(GATHER)
    stage.server.documents["/keys"] = stage.twiml("<Hangup/>")
    leg = stage.twin.call(stage.phone((300, lambda phone: phone.press("1"))), "+15550109001")
    assert leg.join(5)
    assert [params["Digits"] for params in stage.server.got("/keys")] == ["1"]
    assert stage.texts("heard") == []  # the words were cut off before they could be understood


def test_no_key_falls_through_after_the_timeout(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml(GATHER)
    began = time.monotonic()
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(9)
    assert time.monotonic() - began > 3
    assert stage.server.got("/keys") == []
    assert stage.texts("heard") == ["press one to accept", "nothing"]


def test_an_empty_gather_posts_when_asked_to(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml("<Gather timeout='1' action='/keys' actionOnEmptyResult='true'/>")
    stage.server.documents["/keys"] = stage.twiml("<Hangup/>")
    assert stage.twin.call(stage.phone(), "+15550109001").join(5)
    assert stage.server.got("/keys")[0]["Digits"] == ""


def test_hash_finishes_unless_it_is_a_digit(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml("<Gather timeout='3' action='/keys'/>")
    stage.server.documents["/keys"] = stage.twiml("<Gather timeout='1' finishOnKey='' action='/more'/>")
    stage.server.documents["/more"] = stage.twiml("<Hangup/>")
    phone = stage.phone((100, lambda phone: phone.press("42#")), (1500, lambda phone: phone.press("#7")))
    assert stage.twin.call(phone, "+15550109001").join(9)
    assert stage.server.got("/keys")[0]["Digits"] == "42"
    assert stage.server.got("/more")[0]["Digits"] == "#7"


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_reject_answers_nobody(stage, reason: str, status: str) -> None:
    stage.server.documents["/voice"] = stage.twiml(f"<Reject reason='{reason}'/>")
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(3)
    assert leg.status == status
    (told,) = stage.server.wait_for("/status")
    assert (told["CallStatus"], told["CallDuration"]) == (status, "0")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("<Response><Shout/></Response>", "12200"),
        ("<Response><Say/><Reject/></Response>", "12200"),
        (("<Response/>", 500), "11200"),
    ],
)
def test_a_bad_document_is_an_error_and_ends_the_call_with_regret(stage, document, code: str) -> None:
    stage.server.documents["/voice"] = document
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(9)
    assert stage.texts("error")[0].startswith(code)
    assert "application error" in stage.texts("heard")[-1]


def test_an_unreachable_server_is_error_11200(stage) -> None:
    stage.server.documents["/voice"] = stage.twiml("<Redirect>http://127.0.0.1:9/gone</Redirect>")
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(9)
    assert "ConnectionError" in stage.texts("error")[0]


def test_json_is_no_document(stage) -> None:
    stage.server.documents["/voice"] = b"RIFF"
    leg = stage.twin.call(stage.phone(), "+15550109001")
    assert leg.join(9)
    assert stage.texts("error")[0].startswith("12300")


def test_the_fallback_address_is_asked_once(stage, server, tmp_path) -> None:
    from dataclasses import replace

    from voice_agent.simulator.twin import Twin

    server.documents["/voice"] = ("", 500)
    server.documents["/fallback"] = stage.twiml("<Redirect>/voice</Redirect>")
    settings = replace(stage.twin.settings, fallback_url=server.url + "/fallback")
    with Twin(settings) as twin:
        assert twin.call(stage.phone(), "+15550109001").join(9)
    (asked,) = server.got("/fallback")
    assert (asked["ErrorCode"], asked["ErrorUrl"]) == ("11200", server.url + "/voice")
    assert len(server.got("/voice")) == 2
