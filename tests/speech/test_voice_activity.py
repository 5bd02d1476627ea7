"""Speech is speech; coughs, tones and noise are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from voice_agent.audio.frames import AudioFrame
from voice_agent.audio.mulaw import decode, encode
from voice_agent.speech.voice_activity import SileroVoiceActivity, VoiceActivitySettings

Say = Callable[..., bytes]
OnTheLine = Callable[..., list[AudioFrame]]
Sound = NDArray[np.float64]
RNG = np.random.default_rng(3)
SECOND = bytes(16000)


def pcm(sound: Sound) -> bytes:
    return decode(encode(np.rint(sound).clip(-32768, 32767).astype("<i2").tobytes()))


def tones(seconds: float, *parts: tuple[float, float]) -> Sound:
    """Sines of (Hz, peak) together."""
    time_s = np.arange(round(8000 * seconds)) / 8000
    return np.asarray(sum(peak * np.sin(2 * np.pi * hz * time_s) for hz, peak in parts))


def cough(seconds: float, peak: float) -> Sound:
    """A burst of noise that dies away."""
    count = round(8000 * seconds)
    return RNG.normal(0, peak, count) * np.exp(-np.arange(count) / (count / 4))


def judged(frames: list[AudioFrame], settings: VoiceActivitySettings | None = None) -> list[bool]:
    detector = SileroVoiceActivity(settings)
    return [detector.judge(frame).is_speech for frame in frames]


def voiced_from_to(pcm: bytes) -> tuple[int, int]:
    """Where 10 ms of the sound come within 30 dB of its loudest, in ms."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    power = np.square(samples[: len(samples) // 80 * 80]).reshape(-1, 80).mean(axis=1)
    loud = np.flatnonzero(power > power.max() / 1000)
    return 10 * int(loud[0]), 10 * int(loud[-1]) + 10


@pytest.mark.parametrize("voice", ["slt", "rms", "kal", "en-us", "en-gb"])
@pytest.mark.parametrize("text", ["yes", "my chest hurts", "i would like to make an appointment for tomorrow morning"])
def test_speech_is_found_soon_and_let_go_soon(say: Say, on_the_line: OnTheLine, text: str, voice: str) -> None:
    """Within 260 ms at either end; on average it is 80 ms at the onset and 150 ms at the end."""
    speech = say(text, voice)
    begins, ends = voiced_from_to(speech)
    speaks = judged(on_the_line(SECOND + speech + SECOND))
    onset, offset = 20 * (speaks.index(True) + 1), 20 * (len(speaks) - speaks[::-1].index(True) + 1)
    assert 0 < onset - (1000 + begins) <= 260
    assert -60 <= offset - (1000 + ends) <= 260


@pytest.mark.parametrize("gain_db", [0, -10, -20])
def test_soft_callers_are_heard(say: Say, on_the_line: OnTheLine, gain_db: int) -> None:
    speech = np.frombuffer(say("my chest hurts"), dtype="<i2") * 10 ** (gain_db / 20)
    assert sum(judged(on_the_line(SECOND + pcm(speech) + SECOND))) * 20 > 600


@pytest.mark.parametrize("voice", ["slt", "rms", "kal"])
def test_saving_the_network_costs_soft_callers_little(say: Say, on_the_line: OnTheLine, voice: str) -> None:
    """At -45 dBFS the first sounds lie under the gate; they are judged once the rest rises above it."""
    soft = pcm(np.frombuffer(say("i need help", voice), dtype="<i2") * 10 ** (-30 / 20))
    frames = on_the_line(SECOND + soft + SECOND)
    ungated = judged(frames, VoiceActivitySettings(quiet_dbfs=-96.0))
    assert judged(frames).index(True) <= ungated.index(True) + 6


@pytest.mark.parametrize("voice", ["slt", "rms", "en-us"])
def test_a_short_word_is_heard_after_a_minute_of_noise_as_after_some_seconds(
    say: Say, on_the_line: OnTheLine, voice: str
) -> None:
    """The network remembers noise, and hears the less of a "no" the longer it lasted."""
    word = np.frombuffer(say("no", voice), dtype="<i2").astype(np.float64)
    peak = np.sqrt(np.mean(word[np.abs(word) > 500] ** 2)) * 10 ** (-10 / 20)

    def heard_after(seconds: int) -> int:
        room = np.random.default_rng(7).normal(0, peak, 8000 * seconds + len(word))
        room[-len(word) :] += word
        return sum(judged(on_the_line(pcm(room)))[50 * seconds - 5 :])

    soon, late = heard_after(2), heard_after(60)
    assert soon >= 5
    assert late >= soon - 2


@pytest.mark.parametrize("snr_db", [10, 5])
def test_callers_in_noise_are_heard_and_the_noise_is_not(say: Say, on_the_line: OnTheLine, snr_db: int) -> None:
    speech = np.frombuffer(SECOND + say("my chest hurts") + SECOND, dtype="<i2").astype(np.float64)
    level = np.sqrt(np.mean(np.square(speech[8000:-8000])))
    noisy = speech + RNG.normal(0, level * 10 ** (-snr_db / 20), len(speech))
    speaks = judged(on_the_line(pcm(noisy)))
    assert not any(speaks[:45])
    assert sum(speaks) * 20 > 600
    assert not any(speaks[-25:])


@pytest.mark.parametrize(
    "noise",
    [
        pytest.param(np.zeros(24000), id="silence"),
        pytest.param(RNG.normal(0, 1000, 24000), id="white noise at -30 dBFS"),
        pytest.param(RNG.normal(0, 6000, 24000), id="white noise at -15 dBFS"),
        pytest.param(
            np.concatenate([np.zeros(8000), cough(0.25, 8000), np.zeros(8000), cough(0.12, 12000), np.zeros(8000)]),
            id="coughs",
        ),
        pytest.param(np.concatenate([np.zeros(8000), [20000.0, -20000.0], np.zeros(8000)]), id="a click"),
        pytest.param(tones(3, (60, 3000), (180, 1000)), id="hum"),
        pytest.param(tones(2, (440, 4000), (480, 4000)), id="ringback"),
        pytest.param(tones(0.2, (697, 3000), (1209, 3000)), id="a key"),
    ],
)
def test_what_is_not_speech_is_not_taken_for_it(on_the_line: OnTheLine, noise: Sound) -> None:
    assert not any(judged(on_the_line(pcm(noise))))


def test_a_pause_is_bridged_only_as_long_as_the_settings_say(say: Say, on_the_line: OnTheLine) -> None:
    """Each 20 ms of release delays the end of speech by as much."""
    frames = on_the_line(SECOND + say("my chest hurts") + SECOND)
    plain = judged(frames, VoiceActivitySettings(release_ms=0, near_floor_ms=10_000))
    bridged = judged(frames, VoiceActivitySettings(release_ms=200, near_floor_ms=10_000))
    last = len(plain) - 1 - plain[::-1].index(True)
    assert len(bridged) - 1 - bridged[::-1].index(True) == last + 10


def test_speech_ends_as_soon_as_the_line_is_as_quiet_as_it_was_before(say: Say, on_the_line: OnTheLine) -> None:
    """The network notices the end only after some tenths of a second; the level shows it at once."""
    speech = np.frombuffer(SECOND + say("my chest hurts") + SECOND, dtype="<i2").astype(np.float64)
    frames = on_the_line(pcm(speech + RNG.normal(0, 40, len(speech))))
    slow = judged(frames, VoiceActivitySettings(near_floor_ms=10_000))
    fast = judged(frames)
    assert fast.index(True) == slow.index(True)
    assert fast[::-1].index(True) - slow[::-1].index(True) >= 2, "at least 40 ms sooner"


def test_what_nobody_could_hear_never_reaches_the_network(say: Say) -> None:
    """Speech at -62 dBFS is under the gate; with the gate open the network finds it, and without state it is lost."""
    whisper = pcm(np.frombuffer(say("my chest hurts"), dtype="<i2") / 400)
    frames = [
        AudioFrame((SECOND + whisper)[at : at + 320], at // 16) for at in range(0, len(SECOND + whisper) - 320, 320)
    ]
    assert not any(judged(frames))
    assert any(judged(frames, VoiceActivitySettings(quiet_dbfs=-90, near_floor_ms=10_000)))


def test_a_line_that_goes_dead_in_mid_word_ends_speech(say: Say, on_the_line: OnTheLine) -> None:
    """With no time to attend the network never hears the silence; the gate alone must end the speech."""
    frames = on_the_line(say("my chest hurts"))
    middle = next(place for place, speech in enumerate(judged(frames)) if speech) + 10
    dead = [AudioFrame(bytes(320), frame.at_ms) for frame in frames[middle:]]
    speaks = judged(frames[:middle] + dead, VoiceActivitySettings(attend_ms=0))
    assert any(speaks[:middle])
    assert not any(speaks[middle + 3 :])


def test_calls_do_not_share_state(say: Say, on_the_line: OnTheLine) -> None:
    """A detector beside one that hears speech hears silence, and the other way round."""
    frames = on_the_line(say("my chest hurts"))
    busy, idle = SileroVoiceActivity(), SileroVoiceActivity()
    together = [(busy.judge(frame).is_speech, idle.judge(AudioFrame(bytes(320), frame.at_ms))) for frame in frames]
    assert [speech for speech, _ in together] == judged(frames)
    assert not any(listened.is_speech for _, listened in together)
