"""TwiML is read as strictly as Twilio reads it."""

from __future__ import annotations

import pytest
from twilio.twiml.voice_response import Connect, Dial, Gather, VoiceResponse

from voice_agent.simulator.documents import TwimlError, parse


def test_what_the_twilio_library_writes_is_read() -> None:
    response = VoiceResponse()
    connect = Connect()
    connect.stream(url="wss://a.example/m/1").parameter(name="a", value="b")
    response.append(connect)
    gather = Gather(input="dtmf", num_digits=1, timeout=8, action="/a", method="POST", finish_on_key="")
    gather.say("press 1")
    response.append(gather)
    dial = Dial(action="/r", method="POST", timeout=20)
    dial.conference(
        "case", start_conference_on_enter=False, end_conference_on_exit=True, beep="false", wait_url="/hold",
        wait_method="POST", jitter_buffer_size="small", participant_label="caller", status_callback="/c",
        status_callback_method="POST", status_callback_event="start end join leave",
    )  # fmt: skip
    response.append(dial)
    response.redirect("/resume", method="POST")
    document = parse(str(response), "http://a.example/voice")
    assert str(document) == "Connect(Stream), Gather(Say), Dial(Conference), Redirect"
    stream = document.verbs[0].inside[0]
    assert stream.attributes == {"url": "wss://a.example/m/1"}
    assert stream.inside[0].attributes == {"name": "a", "value": "b"}
    assert document.verbs[1].attributes["finishOnKey"] == ""
    assert document.verbs[3].text == "/resume"
    assert not document.verbs[2].inside[0].flag("startConferenceOnEnter", default=True)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 12100),
        ("hello", 12100),
        ("<Response><Say>", 12100),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Response/>', 12100),
        ("<Answer/>", 12102),
        ("<Response><Shout/></Response>", 12200),
        ("<Response><Stream/></Response>", 12200),
        ("<Response><Say><Say/></Say></Response>", 12200),
        ("<Response><Say loudness='9'>x</Say></Response>", 12200),
        ("<Response version='2'/>", 12200),
    ],
)
def test_twilio_would_refuse(text: str, number: int) -> None:
    with pytest.raises(TwimlError, match=f"^{number}: ") as caught:
        parse(text, "http://a.example/")
    assert caught.value.number == number


def test_attributes_have_their_types() -> None:
    pause = parse(
        "<Response><Pause length='x'/><Gather numDigits='0' actionOnEmptyResult='maybe'/></Response>", ""
    ).verbs
    for read in (
        lambda: pause[0].whole("length", 1),
        lambda: pause[1].whole("numDigits", 1, least=1),
        lambda: pause[1].flag("actionOnEmptyResult", default=False),
    ):
        with pytest.raises(TwimlError, match="12200"):
            read()
    assert pause[0].whole("loop", 3) == 3


def test_every_document_of_our_server_is_read() -> None:
    """The twin must be able to play what the server writes; it may know more, never less."""
    from voice_agent.telephony import twiml

    written = [
        twiml.connect_stream("wss://a.example/twilio/media/t", {"a": "b"}),
        twiml.nurse_line("+15550100911", ["one"], ["two"]),
        twiml.join_conference("case-1", "1", ["one"], public_url="https://a.example"),
        twiml.hold("1", ["one"]),
        twiml.whisper(["one"], "two", ["three"], accept_path="/accept"),
        twiml.nurse_joins("case-1", "1", 0, ["one"], public_url="https://a.example"),
        twiml.menu("1", ["one"]),
        twiml.year_of_birth("1", ["one"]),
        twiml.go_on(["one"]),
        twiml.still_human(["one"], accept_path="/accept"),
        twiml.nurse_waits("1", 0, ["one"]),
        twiml.goodbye(["one"]),
    ]
    read = [str(parse(text, "https://a.example/")) for text in written]
    assert read[0] == "Connect(Stream), Redirect"
    assert read[2] == "Say, Dial(Conference)"
    assert read[4] == "Gather(Say, Say, Say), Gather(Say), Redirect"
