"""What every voice-activity detector does: the level meter and Silero, by the same tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from voice_agent.audio.frames import AudioFrame, Framer
from voice_agent.audio.mulaw import decode, encode
from voice_agent.fakes.speech import FakeVoiceActivity
from voice_agent.ports import VoiceActivity
from voice_agent.speech.synthesizer import Pyttsx3Synthesizer
from voice_agent.speech.voice_activity import SileroVoiceActivity

SECOND = bytes(16000)


def level_meter() -> FakeVoiceActivity:
    """One that attends to sound from -60 dBFS on."""
    return FakeVoiceActivity(attentive_dbfs=-60.0)


@pytest.fixture(params=[level_meter, SileroVoiceActivity], ids=["fake", "silero"])
def opens(request: pytest.FixtureRequest) -> Callable[[], VoiceActivity]:
    opens: Callable[[], VoiceActivity] = request.param
    return opens


@pytest.fixture(scope="module")
def speech() -> bytes:
    synthesizer = Pyttsx3Synthesizer()
    spoken = decode(encode(synthesizer.synthesize("I would like to make an appointment.", 165)))
    synthesizer.close()
    return spoken


def frames(pcm: bytes, at_ms: int = 0) -> list[AudioFrame]:
    return [AudioFrame(frame, at_ms + 20 * place) for place, frame in enumerate(Framer().push(pcm))]


def test_each_frame_is_judged_at_its_end(opens: Callable[[], VoiceActivity], speech: bytes) -> None:
    detector, given = opens(), frames(speech, at_ms=7000)
    assert [detector.judge(frame).at_ms for frame in given] == [frame.at_ms + 20 for frame in given]


def test_silence_is_not_speech(opens: Callable[[], VoiceActivity]) -> None:
    detector = opens()
    assert not any(detector.judge(frame).is_speech for frame in frames(SECOND))


def test_speech_is_speech_and_ends(opens: Callable[[], VoiceActivity], speech: bytes) -> None:
    detector = opens()
    judged = [detector.judge(frame).is_speech for frame in frames(SECOND + speech + SECOND)]
    during = judged[50 : len(judged) - 50]
    assert not any(judged[:50])
    assert sum(during) > 0.7 * len(during)
    assert not any(judged[-25:])


def test_speech_is_found_again_after_a_pause(opens: Callable[[], VoiceActivity], speech: bytes) -> None:
    detector = opens()
    judged = [detector.judge(frame).is_speech for frame in frames(speech + SECOND + speech)]
    first, pause, second = len(speech) // 320, 50, len(speech) // 320
    assert any(judged[:first])
    assert not all(judged[first : first + pause])
    assert any(judged[-second // 2 :])


def test_calls_are_judged_apart(opens: Callable[[], VoiceActivity], speech: bytes) -> None:
    busy, idle = opens(), opens()
    for frame in frames(speech):
        busy.judge(frame)
        assert not idle.judge(AudioFrame(bytes(320), frame.at_ms)).is_speech


def test_silence_needs_no_attention(opens: Callable[[], VoiceActivity]) -> None:
    detector = opens()
    for frame in frames(SECOND):
        detector.judge(frame)
        assert not detector.attentive


def test_it_attends_while_somebody_speaks_and_lets_go(opens: Callable[[], VoiceActivity], speech: bytes) -> None:
    detector, attends = opens(), []
    for frame in frames(SECOND + speech + SECOND):
        speaks = detector.judge(frame).is_speech
        attends.append(detector.attentive)
        assert detector.attentive or not speaks
    assert not any(attends[:45])
    assert not any(attends[-20:])


def test_it_attends_no_later_than_it_hears_speech(opens: Callable[[], VoiceActivity], speech: bytes) -> None:
    """A tenth of the level: what may be speech is attended to before it is sure."""
    soft = (np.frombuffer(speech, dtype="<i2") // 10).astype("<i2").tobytes()
    detector = opens()
    speaks, attends = [], []
    for frame in frames(SECOND + soft + SECOND):
        speaks.append(detector.judge(frame).is_speech)
        attends.append(detector.attentive)
    assert attends.index(True) <= (speaks.index(True) if any(speaks) else len(speaks))
