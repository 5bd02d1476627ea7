"""The telephone's page in a real browser: its sound, its half of Twilio's protocol, keys, and what goes wrong."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from console_browser import Desk
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from switchboard import STREAM, Switchboard

from voice_agent.audio import mulaw
from voice_agent.telephony import media_stream as wire

STATIC = "/console/static/phone-sound.js"


@pytest.fixture
def page(desk: Desk) -> Desk:
    desk.open("phone")
    desk.wait_until(lambda: desk.browser.find_element(By.ID, "call").is_enabled())
    return desk


def run(desk: Desk, code: str, *arguments: object) -> Any:
    """`code` with the sound module as `sound` and `given`; what it returns."""
    return desk.browser.execute_async_script(
        "const done = arguments[arguments.length - 1], given = [...arguments].slice(1, -1);"
        f"import(arguments[0]).then((sound) => done((() => {{ {code} }})()), (error) => done(String(error)))",
        STATIC,
        *arguments,
    )


def click(desk: Desk, element: str) -> None:
    desk.browser.find_element(By.ID, element).click()


def test_mu_law_is_ours_to_the_bit(page: Desk) -> None:
    """All samples, all codes."""
    samples = np.arange(-32768, 32768, dtype="<i2")
    ours = np.frombuffer(mulaw.encode(samples.tobytes()), dtype=np.uint8).tolist()
    code = "return Array.from({length: 65536}, (_, at) => sound.encoded((at - 32768) / 32768))"
    assert run(page, code) == ours
    decoded = run(
        page, "return Array.from(sound.decoded(Uint8Array.from({length: 256}, (_, at) => at)), x => x * 32768)"
    )
    assert decoded == np.frombuffer(mulaw.decode(bytes(range(256))), dtype="<i2").tolist()


def tone(desk: Desk, from_hz: int, to_hz: int, hertz: float) -> tuple[float, float]:
    """Level in dB and frequency of a sine after resampling, fed in uneven pieces."""
    code = """
      const [from, to, hertz] = given, made = [];
      const resampler = new sound.Resampler(from, to);
      const sine = (at) => Math.sin(2 * Math.PI * hertz * at / from);
      for (let at = 0, piece = 128; at < from; at += piece, piece = piece === 128 ? 441 : 128)
        made.push(...resampler.push(Float32Array.from({length: piece}, (_, i) => sine(at + i))));
      return made.slice(made.length >> 2);"""
    heard = np.array(run(desk, code, from_hz, to_hz, hertz))
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    level = 20 * np.log10(np.sqrt(np.mean(heard**2)) * np.sqrt(2) + 1e-9)
    return float(level), float(np.argmax(spectrum) * to_hz / len(heard))


@pytest.mark.parametrize("rate_hz", [44100, 48000])
def test_resampling_keeps_the_telephone_band_and_folds_nothing_into_it(page: Desk, rate_hz: int) -> None:
    for hertz in (300, 1000, 3000):
        for way in ((rate_hz, 8000), (8000, rate_hz)):
            level, found = tone(page, *way, hertz)
            assert abs(level) < 0.5, (way, hertz, level)
            assert abs(found - hertz) < 5, (way, hertz, found)
    for hertz in (4600, 6000, 7700, 15000):
        level, _ = tone(page, rate_hz, 8000, hertz)
        assert level < -50, (hertz, level)


def test_marks_are_reached_when_all_before_them_was_played_or_thrown_away(page: Desk) -> None:
    code = """
      const playout = new sound.Playout(), told = [];
      const play = (count) => {
        const heard = playout.take(count).reduce((a, b) => a + b, 0);
        told.push([heard, ...playout.fetchReached()]);
      };
      playout.mark("at once"); play(1);
      playout.put(new Float32Array(160).fill(1)); playout.mark("first");
      play(160);              // held back: more may come
      play(160); play(160);   // nothing more came
      play(159); play(1);
      playout.put(new Float32Array(480).fill(1)); playout.mark("second"); playout.put(new Float32Array(80).fill(1));
      play(100);              // enough to begin at once
      playout.clear(); play(100);
      return told;"""
    assert run(page, code) == [[0, "at once"], [0], [0], [0], [159], [1, "first"], [100], [0, "second"]]


def test_the_page_speaks_twilios_protocol(page: Desk) -> None:
    """Each message is one that our server reads; a mark comes back after its sound, `clear` brings it at once."""

    def talk(switchboard: Switchboard) -> None:
        for _ in range(15):
            switchboard.send(wire.media("MZ1", bytes([0x20]) * 160))
        switchboard.send(wire.mark("MZ1", "heard"))
        switchboard.listen(until="mark")
        switchboard.send(wire.media("MZ1", bytes([0x20]) * 8000))
        switchboard.send(wire.mark("MZ1", "cut"))
        switchboard.send(wire.clear("MZ1"))
        switchboard.listen(until="mark")
        switchboard.listen(until="dtmf")
        switchboard.listen()

    page.switchboard.script = talk
    click(page, "call")
    page.wait_until(lambda: len(page.switchboard.of("mark")) == 2)
    page.browser.find_element(By.CSS_SELECTOR, "[data-key='5']").click()
    page.wait_until(lambda: page.switchboard.of("dtmf"))
    click(page, "hang-up")
    assert page.switchboard.over.wait(20)
    got = page.switchboard.got
    messages = [wire.parse(checked(message)) for message in got[:-1]]
    assert got[-1] == {"event": "hangup"}
    assert isinstance(messages[0], wire.Connected)
    assert messages[1] == wire.Started("MZ1", "CA1", STREAM["customParameters"], "audio/x-mulaw", 8000, "AC1")
    media = [message for message in messages if isinstance(message, wire.Media)]
    assert [one.at_ms for one in media] == list(range(0, 20 * len(media), 20))
    assert {len(one.mulaw) for one in media} == {160}
    assert [message.name for message in messages if isinstance(message, wire.MarkReached)] == ["heard", "cut"]
    before = next(at for at, message in enumerate(messages) if isinstance(message, wire.MarkReached))
    assert sum(isinstance(message, wire.Media) for message in messages[:before]) >= 13, "300 ms were played first"
    assert wire.KeyPressed("5") in messages
    assert messages[-1] == wire.Stopped("CA1")
    numbers = [int(message["sequenceNumber"]) for message in got if "sequenceNumber" in message]
    assert numbers == list(range(1, len(numbers) + 1))
    level = max(np.abs(np.frombuffer(mulaw.decode(one.mulaw), dtype="<i2")).max() for one in media)
    assert level > 500, "the fake microphone beeps"
    assert page.says("state") == "You hung up."


def checked(message: dict[str, Any]) -> str:
    """The text again; its payload is good base64."""
    if "media" in message:
        base64.b64decode(message["media"]["payload"], validate=True)
    return json.dumps(message)


def test_the_keyboard_alone_will_do(page: Desk) -> None:
    """Call with Enter, press keys on the keyboard, hang up with Enter."""
    page.browser.find_element(By.ID, "call").send_keys(Keys.ENTER)
    page.wait_until(lambda: page.switchboard.of("start"))
    page.wait_until(lambda: page.focused("id") == "hang-up")
    page.browser.switch_to.active_element.send_keys("1#")
    page.wait_until(lambda: len(page.switchboard.of("dtmf")) == 2)
    assert [message["dtmf"]["digit"] for message in page.switchboard.of("dtmf")] == ["1", "#"]
    page.browser.switch_to.active_element.send_keys(Keys.ENTER)
    page.wait_until(lambda: page.says("state") == "You hung up.")
    page.wait_until(lambda: page.focused("id") == "call")


def test_what_happens_is_said_in_words(page: Desk) -> None:
    def tell(switchboard: Switchboard) -> None:
        switchboard.tell("line", where="announcement")
        switchboard.tell("told", words="Please hold.")
        switchboard.tell("dialled", number="+15550911")
        switchboard.send('{"event": "cleer", "streamSid": "MZ1"}')
        switchboard.tell("over", by="agent")

    page.switchboard.script = tell
    click(page, "call")
    page.wait_until(lambda: page.says("state") == "The other side ended the call.")
    log = page.says("log")
    for words in ("An announcement is playing.", "Please hold.", "the nurse line, +15550911", "31924"):
        assert words in log


def test_a_muted_microphone_sends_silence(page: Desk) -> None:
    click(page, "call")
    page.wait_until(lambda: page.switchboard.of("start"))
    click(page, "mute")
    assert page.browser.find_element(By.ID, "mute").get_attribute("aria-pressed") == "true"

    def silent() -> bool:
        last = page.switchboard.of("media")[-100:]
        silence = base64.b64encode(b"\xff" * 160).decode()
        return len(last) == 100 and all(message["media"]["payload"] == silence for message in last)

    page.wait_until(silent)
    click(page, "hang-up")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "This page may not use the microphone."),
        ("NotFoundError", "No microphone was found."),
        ("NotReadableError", "The microphone is in use"),
        ("AbortError", "The microphone cannot be used (AbortError)."),
    ],
)
def test_a_microphone_that_cannot_be_had_is_explained(page: Desk, name: str, words: str) -> None:
    page.browser.execute_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', arguments[0]))", name
    )
    click(page, "call")
    page.wait_until(lambda: words in page.says("problem"))
    assert page.says("state") == "Not in a call."
    assert page.browser.find_element(By.ID, "call").is_enabled()


def test_an_insecure_page_says_why_there_is_no_microphone(page: Desk) -> None:
    page.browser.execute_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    click(page, "call")
    page.wait_until(lambda: "only to pages over https" in page.says("problem"))


def test_a_lost_connection_is_said(page: Desk) -> None:
    page.switchboard.script = lambda switchboard: switchboard.listen(until="media")
    click(page, "call")
    page.wait_until(lambda: "connection to the server was lost" in page.says("problem"))


def test_who_was_signed_out_lands_on_the_sign_in(page: Desk) -> None:
    page.site.users.end_sessions("kim")
    click(page, "call")
    page.wait_until(lambda: page.browser.find_elements(By.ID, "password"))
