"""TwiML: the documents that Twilio gets."""

from __future__ import annotations

from xml.etree import ElementTree

from voice_agent.telephony import twiml
from voice_agent.telephony.lines import Lines

PUBLIC_URL = "https://phone.clinic.example"
ALLOWED_WHILE_WAITING = {"Say", "Play", "Pause", "Redirect"}


def parsed(document: str) -> ElementTree.Element:
    return ElementTree.fromstring(document)  # noqa: S314  (our own document)


def test_after_the_stream_twilio_asks_how_the_call_goes_on() -> None:
    connect, redirect = parsed(twiml.connect_stream("wss://phone.clinic.example/twilio/media/t", {"resumed": "false"}))
    assert connect.tag == "Connect"
    assert connect[0].attrib == {"url": "wss://phone.clinic.example/twilio/media/t"}
    assert connect[0][0].attrib == {"name": "resumed", "value": "false"}
    assert (redirect.tag, redirect.text, redirect.attrib) == ("Redirect", "/twilio/resume", {"method": "POST"})


def test_the_nurse_line_says_words_before_and_after_it_rings() -> None:
    document = parsed(twiml.nurse_line("+15550911", ["One moment."], ["In an emergency dial 911."]))
    assert [verb.tag for verb in document] == ["Say", "Dial", "Say", "Hangup"]
    assert document.findtext("Dial/Number") == "+15550911"
    assert document[1].attrib == {"timeout": "30"}


def test_without_a_nurse_line_the_words_are_still_said() -> None:
    document = parsed(twiml.nurse_line("", ["One moment."], ["In an emergency dial 911."]))
    assert [verb.tag for verb in document] == ["Say", "Say", "Hangup"]


def test_the_wait_uses_only_what_twilio_allows_there() -> None:
    document = parsed(twiml.hold("t", ["Please stay on the line."]))
    assert {verb.tag for verb in document} <= ALLOWED_WHILE_WAITING
    assert document[-1].text == "/twilio/hold/t"
    assert document.find("Pause") is not None


def test_caller_and_nurse_meet_in_one_conference() -> None:
    caller = parsed(twiml.join_conference("case-t", "t", ["Wait."], public_url=PUBLIC_URL)).find("Dial/Conference")
    nurse = parsed(twiml.nurse_joins("case-t", "t", 0, ["Here."], public_url=PUBLIC_URL)).find("Dial/Conference")
    assert caller is not None
    assert nurse is not None
    assert caller.text == nurse.text == "case-t"
    assert (caller.attrib["startConferenceOnEnter"], nurse.attrib["startConferenceOnEnter"]) == ("false", "true")
    for side in (caller, nurse):
        assert side.attrib["endConferenceOnExit"] == "true"
        assert side.attrib["beep"] == "false"
        assert side.attrib["jitterBufferSize"] == "small"
        assert side.attrib["statusCallback"] == "https://phone.clinic.example/twilio/conference/t"
        assert {"join", "leave"} <= set(side.attrib["statusCallbackEvent"].split())


def test_no_key_at_the_whisper_means_no() -> None:
    """After both rounds Twilio asks the accept address without Digits."""
    path = "/twilio/nurse/t/0/accept"
    document = parsed(twiml.whisper(["A caller."], "Chest pain.", ["Press 1."], accept_path=path))
    assert [verb.tag for verb in document] == ["Gather", "Gather", "Redirect"]
    assert [gather.attrib["action"] for gather in document[:2]] == [path, path]
    assert document[2].text == path
    assert [say.text for say in document[0]] == ["A caller.", "Chest pain.", "Press 1."]
    assert [say.text for say in document[1]] == ["Press 1."]


def test_what_is_said_is_text_and_never_markup() -> None:
    words = '<Dial>+15550000</Dial> & "more"'
    document = parsed(twiml.whisper([], words, [], accept_path="/p"))
    assert document[0][0].text == words
    assert document.find(".//Dial") is None


def test_every_line_is_spoken_in_short_sentences() -> None:
    """A caller in pain listens to these: nothing over fifteen words, no abbreviation, a full stop or question mark."""
    for name in Lines.__slots__:
        for sentence in getattr(Lines(), name):
            assert len(sentence.split()) <= 15, sentence
            assert sentence.endswith((".", "?")), sentence
