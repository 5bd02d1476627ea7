"""Vosk hears synthetic callers, and knows when it heard what."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from voice_agent.audio.frames import AudioFrame
from voice_agent.call.events import Transcribed
from voice_agent.errors import RecognizerError
from voice_agent.speech.recognizer import (
    BUILT_IN,
    PROJECT_MODELS,
    RecognizerSettings,
    VoskRecognizer,
    VoskRecognizers,
)

Say = Callable[..., bytes]
OnTheLine = Callable[..., list[AudioFrame]]
SILENCE_MS = 16
"""Bytes of a millisecond of silence."""


def texts(heard: list[Transcribed], *, final: bool) -> list[str]:
    return [event.text for event in heard if event.final is final]


@pytest.fixture
def ear(recognizers: VoskRecognizers) -> VoskRecognizer:
    return recognizers.open()


@pytest.mark.parametrize("voice", ["slt", "rms", "en-us"])
@pytest.mark.parametrize("text", ["my chest hurts", "i would like to make an appointment for tomorrow morning", "yes"])
def test_words_are_heard(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine, text: str, voice: str) -> None:
    ear.accept(on_the_line(say(text, voice) + bytes(200 * SILENCE_MS)))
    final = ear.finish(3)
    assert final.text == text
    assert (final.final, final.utterance) == (True, 3)
    assert [word.text for word in final.words] == text.split()
    assert all(0.5 < word.confidence <= 1.0 for word in final.words)


def test_partials_grow_while_the_caller_speaks(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine) -> None:
    """Each partial once, each when it changes, so that a red flag is seen before the sentence ends."""
    heard = ear.accept(on_the_line(say("my chest hurts and i feel dizzy") + bytes(200 * SILENCE_MS)))
    partials = texts(heard, final=False)
    assert "my chest hurts" in partials
    assert len(partials) > 2
    assert all(before != after for before, after in pairwise(partials))
    first = next(event for event in heard if event.text == "my chest hurts")
    assert first.at_ms < heard[-1].at_ms


def test_times_are_those_of_the_call(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine) -> None:
    """Thirty utterances, Vosk's own finals, flushes and gaps in the audio: the times never drift."""
    speech = say("my chest hurts")
    at_ms, starts = 0, []
    for number in range(30):
        at_ms += 740 * (number % 3)
        frames = on_the_line(speech + bytes((100 + 40 * number) * SILENCE_MS), at_ms)
        heard = [*ear.accept(frames), ear.finish(number)]
        words = [word for event in heard if event.final for word in event.words]
        assert [word.text for word in words] == ["my", "chest", "hurts"]
        starts.append(words[0].start_ms - at_ms)
        assert all(word.start_ms < word.end_ms <= frames[-1].end_ms for word in words)
        at_ms = frames[-1].end_ms
    assert max(starts) - min(starts) <= 60


def test_a_gap_inside_an_utterance_keeps_times_right(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine) -> None:
    """80 ms wait for their batch when ten minutes are missing: the words on each side have the times of their side."""
    before = on_the_line(say("my chest hurts") + bytes(400 * SILENCE_MS))
    before = before[: len(before) // 5 * 5 - 1]
    after = on_the_line(say("my chest hurts"), 600_000)
    heard = [*ear.accept(before + after), ear.finish(1)]
    words = [word for event in heard if event.final for word in event.words]
    first, second = (
        [word for word in words if word.text == "chest" and (word.start_ms > 500_000) is late] for late in (False, True)
    )
    assert len(first) == len(second) == 1
    assert second[0].start_ms - 600_000 == pytest.approx(first[0].start_ms, abs=40)


def test_jitter_of_the_timestamps_is_no_gap(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine) -> None:
    """A millisecond more or less breaks neither the batches nor the times."""
    frames = on_the_line(say("my chest hurts") + bytes(300 * SILENCE_MS))
    smooth = [*ear.accept(frames), ear.finish(1)]
    jittery = [AudioFrame(frame.pcm, 60_000 + frame.at_ms + place % 3) for place, frame in enumerate(frames)]
    shaken = [*ear.accept(jittery), ear.finish(2)]
    assert [event.at_ms for event in shaken] == [pytest.approx(60_000 + event.at_ms, abs=2) for event in smooth]
    words, expected = shaken[-1].words, smooth[-1].words
    assert [word.start_ms for word in words] == [pytest.approx(60_000 + word.start_ms, abs=40) for word in expected]


def test_vosk_cuts_a_final_by_itself_at_a_long_silence(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine) -> None:
    """Such a final is tagged with no utterance, and the flush that follows does not repeat it."""
    heard = ear.accept(on_the_line(say("my chest hurts") + bytes(2000 * SILENCE_MS)))
    [final] = [event for event in heard if event.final]
    assert (final.text, final.utterance) == ("my chest hurts", None)
    assert ear.finish(1).text == ""


def test_a_flush_holds_all_since_the_last_final(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine) -> None:
    """Wherever the flush falls, even in the bite with which Vosk cuts: every word is in exactly one final."""
    at_ms = 0
    for silence_ms in range(400, 900, 20):
        frames = on_the_line(say("my chest hurts") + bytes(silence_ms * SILENCE_MS), at_ms)
        finals = [event for event in [*ear.accept(frames), ear.finish(1)] if event.final]
        assert " ".join(event.text for event in finals).split() == ["my", "chest", "hurts"]
        at_ms = frames[-1].end_ms


SENTENCES = [
    ("i would like to make", "an appointment for tomorrow morning"),
    ("my name is", "john smith"),
    ("five five five", "one two three four"),
    ("i have had a headache", "since yesterday evening"),
]


@pytest.mark.parametrize("pause_ms", [150, 400, 900])
@pytest.mark.parametrize(("first", "second"), SENTENCES)
def test_a_flush_in_a_pause_does_not_damage_what_follows(
    ear: VoskRecognizer, say: Say, on_the_line: OnTheLine, first: str, second: str, pause_ms: int
) -> None:
    """Each word comes once, in its own final, and partials go on where the final ended."""
    before = on_the_line(say(first) + bytes(pause_ms * SILENCE_MS))
    looked = next(place for place, frame in enumerate(before) if frame.end_ms >= len(say(first)) / 16 + 120)
    ear.accept(before[: looked + 1])
    assert ear.finish(1).text == first
    heard = ear.accept(before[looked + 1 :] + on_the_line(say(second) + bytes(300 * SILENCE_MS), before[-1].end_ms))
    final = ear.finish(2)
    assert final.text == second
    assert final.words[0].start_ms > before[looked].end_ms - 60
    assert texts(heard, final=False)[-1] == second


def test_words_said_before_the_flush_are_not_told_again(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine) -> None:
    """Looked at, and once more in the same silence, and only then is there a sound, without a word."""
    frames = on_the_line(say("my chest hurts") + bytes(1000 * SILENCE_MS))
    ear.accept(frames[:-30])
    assert ear.finish(1).text == "my chest hurts"
    assert ear.finish(2).text == ""
    assert ear.accept(frames[-30:]) == []
    assert ear.finish(3).text == ""


def test_a_decoder_that_is_made_anew_hears_the_same(say: Say, on_the_line: OnTheLine) -> None:
    """Words and times, whether the search graph is forgotten after each utterance or never."""
    heard = []
    for renew_after_s in (0.1, 1000.0):
        ear, at_ms = VoskRecognizers(RecognizerSettings(renew_after_s=renew_after_s)).open(), 0
        for number in range(5):
            frames = on_the_line(say("my chest hurts and i feel dizzy") + bytes(300 * SILENCE_MS), at_ms)
            ear.accept(frames)
            heard.append(ear.finish(number))
            at_ms = frames[-1].end_ms + 3000
    assert heard[:5] == heard[5:]


def test_silence_says_nothing(ear: VoskRecognizer, on_the_line: OnTheLine) -> None:
    assert ear.accept(on_the_line(bytes(3000 * SILENCE_MS))) == []
    assert ear.finish(1) == Transcribed("", at_ms=3000, final=True, utterance=1)


def test_an_utterance_does_not_leak_into_the_next(ear: VoskRecognizer, say: Say, on_the_line: OnTheLine) -> None:
    ear.accept(on_the_line(say("my chest hurts")))
    ear.finish(1)
    ear.accept(on_the_line(say("yes"), 5000))
    assert ear.finish(2).text == "yes"


def test_many_calls_share_one_model(recognizers: VoskRecognizers, say: Say, on_the_line: OnTheLine) -> None:
    """Four ears in four threads hear the same."""
    frames = on_the_line(say("i would like to make an appointment for tomorrow morning"))
    heard: list[str] = []

    def listen() -> None:
        ear = recognizers.open()
        ear.accept(frames)
        heard.append(ear.finish(1).text)
        ear.close()

    threads = [threading.Thread(target=listen) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == ["i would like to make an appointment for tomorrow morning"] * 4


def test_a_wide_band_model_hears_the_telephone(tmp_path: Path, say: Say, on_the_line: OnTheLine) -> None:
    """Published models want 16 kHz. This is ours told to compute the same features from 16 kHz."""
    model = tmp_path / "wide-band"
    shutil.copytree(PROJECT_MODELS / BUILT_IN, model)
    features = model / "conf" / "mfcc.conf"
    narrow = features.read_text(encoding="utf-8")
    wide = narrow.replace("--sample-frequency=8000", "--sample-frequency=16000")
    wide = wide.replace("--high-freq=-300", "--high-freq=3700")
    assert "16000" in wide
    assert "3700" in wide
    features.write_text(wide, encoding="utf-8")
    ear = VoskRecognizers(RecognizerSettings(model=str(model))).open()
    at_ms, starts = 0, []
    for number in range(10):
        frames = on_the_line(say("my chest hurts"), at_ms)
        ear.accept(frames)
        final = ear.finish(number)
        assert final.text == "my chest hurts"
        starts.append(final.words[0].start_ms - at_ms)
        at_ms = frames[-1].end_ms
    assert max(starts) - min(starts) <= 60


def test_a_missing_model_is_explained(tmp_path: Path) -> None:
    """What, where, and how to mend it; opening says the same."""
    recognizers = VoskRecognizers(RecognizerSettings(model="vosk-model-en-us-0.22", models_dir=tmp_path))
    problem = recognizers.check()
    assert problem is not None
    assert "'vosk-model-en-us-0.22'" in problem
    assert str(tmp_path / "vosk-model-en-us-0.22") in problem
    assert "voice-agent models fetch vosk-model-en-us-0.22" in problem
    with pytest.raises(RecognizerError, match="voice-agent models fetch"):
        recognizers.open()


def test_a_model_that_is_mended_works_without_a_restart(tmp_path: Path) -> None:
    recognizers = VoskRecognizers(RecognizerSettings(model="mended", models_dir=tmp_path))
    assert recognizers.check() is not None
    shutil.copytree(PROJECT_MODELS / BUILT_IN, tmp_path / "mended")
    assert recognizers.check() is None


def test_a_damaged_model_is_explained(tmp_path: Path) -> None:
    model = tmp_path / "damaged"
    shutil.copytree(PROJECT_MODELS / BUILT_IN, model)
    (model / "graph" / "words.txt").unlink()
    for graph in (model / "graph").glob("*.fst"):
        graph.unlink()
    problem = VoskRecognizers(RecognizerSettings(model=str(model))).check()
    assert problem is not None
    assert "damaged or incomplete" in problem


def test_a_model_of_another_rate_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "studio"
    shutil.copytree(PROJECT_MODELS / BUILT_IN, model)
    (model / "conf" / "mfcc.conf").write_text("--sample-frequency=44100  # studio\n", encoding="utf-8")
    problem = VoskRecognizers(RecognizerSettings(model=str(model))).check()
    assert problem is not None
    assert "44100 Hz" in problem


def test_the_built_in_model_says_what_patients_need(tmp_path: Path) -> None:
    recognizers = VoskRecognizers()
    assert recognizers.check() is None
    assert recognizers.is_builtin
    assert recognizers.notice() == (
        "The built-in model knows synthetic voices only; patients need a published model: "
        "voice-agent models fetch vosk-model-small-en-us-0.15"
    )
    assert VoskRecognizers(RecognizerSettings(model=str(PROJECT_MODELS / BUILT_IN))).is_builtin
    assert VoskRecognizers(RecognizerSettings(model="another", models_dir=tmp_path)).notice() is None


def test_a_closed_ear_refuses(ear: VoskRecognizer, on_the_line: OnTheLine) -> None:
    ear.close()
    with pytest.raises(RecognizerError, match="closed"):
        ear.accept(on_the_line(bytes(200 * SILENCE_MS)))
    with pytest.raises(RecognizerError, match="closed"):
        ear.finish(1)
