"""The mouth speaks like a telephone, survives its engine, and keeps nobody's secrets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from voice_agent.audio.frames import AudioFrame, Framer
from voice_agent.audio.loudness import speech_level_dbfs
from voice_agent.audio.mulaw import decode, encode
from voice_agent.errors import SynthesizerError
from voice_agent.speech.recognizer import VoskRecognizers
from voice_agent.speech.synthesizer import Pyttsx3Synthesizer, VoiceSettings

Open = Callable[..., Pyttsx3Synthesizer]


@pytest.fixture
def opened() -> Iterator[Open]:
    """opened(...) -> a synthesizer that is closed after the test."""
    mouths: list[Pyttsx3Synthesizer] = []

    def make(settings: VoiceSettings | None = None, process: list[str] | None = None) -> Pyttsx3Synthesizer:
        mouths.append(Pyttsx3Synthesizer(settings, process) if process else Pyttsx3Synthesizer(settings))
        return mouths[-1]

    yield make
    for mouth in mouths:
        mouth.close()


def stand_in(tmp_path: Path, on_request: str, *, start: str = "say(ready=True)") -> list[str]:
    """The command of a process that speaks the protocol as the given Python lines do; it counts its starts."""
    script = tmp_path / "stand_in.py"
    script.write_text(
        f"""
import base64, json, os, sys, time
starts = open({str(tmp_path / "starts")!r}, "a+")
starts.write("x"); starts.flush(); starts.seek(0)
START = len(starts.read())
SOUND = base64.b64encode(b"\\x10\\x20\\x00\\x80" * 4000).decode()
def say(**answer):
    print(json.dumps(answer), flush=True)
{start}
for line in sys.stdin:
    request = json.loads(line)
    {on_request}
""",
        encoding="utf-8",
    )
    return [sys.executable, str(script)]


def speech_processes() -> set[int]:
    """Those of this test run."""
    return {int(pid) for listed in Path("/proc/self/task").glob("*/children") for pid in listed.read_text().split()}


def starts(tmp_path: Path) -> int:
    return len((tmp_path / "starts").read_text())


@pytest.mark.parametrize(
    "text", ["My chest hurts.", "I would like to make an appointment for tomorrow morning.", "Yes, please."]
)
def test_our_words_survive_the_line(synthesizer: Pyttsx3Synthesizer, recognizers: VoskRecognizers, text: str) -> None:
    """What we say can be understood, by Vosk, after mu-law."""
    pcm = decode(encode(synthesizer.synthesize(text, 165)))
    ear, framer = recognizers.open(), Framer()
    cut = framer.push(pcm) + framer.flush()
    ear.accept([AudioFrame(frame, 20 * place) for place, frame in enumerate(cut)])
    assert ear.finish(1).text == text.lower().replace(".", "").replace(",", "")


def test_every_sentence_is_equally_loud(synthesizer: Pyttsx3Synthesizer) -> None:
    for text in ("Yes.", "Please hold the line.", "Your appointment is on Tuesday at nine thirty."):
        assert speech_level_dbfs(synthesizer.synthesize(text, 165)) == pytest.approx(-20, abs=0.5)


def test_speech_begins_and_ends_within_a_moment(synthesizer: Pyttsx3Synthesizer) -> None:
    samples = np.abs(np.frombuffer(synthesizer.synthesize("Please hold the line.", 165), dtype="<i2").astype(int))
    audible = np.flatnonzero(samples > 100)
    assert audible[0] < 8 * 100
    assert len(samples) - audible[-1] < 8 * 120


def test_the_rate_is_heard(synthesizer: Pyttsx3Synthesizer) -> None:
    text = "Please tell me your name and your date of birth."
    slow, fast = (len(synthesizer.synthesize(text, rate)) for rate in (110, 220))
    assert 1.5 < slow / fast < 2.5


def test_volume_and_voice_are_settings(opened: Open, synthesizer: Pyttsx3Synthesizer) -> None:
    soft = opened(VoiceSettings(voice="en-us+f3", volume=0.5)).synthesize("Please hold the line.", 165)
    assert speech_level_dbfs(soft) == pytest.approx(-26, abs=0.5)
    assert soft != synthesizer.synthesize("Please hold the line.", 165)


@pytest.mark.parametrize("text", ["", "  \n ", "...", "\0"])
def test_what_has_no_sound_is_empty(synthesizer: Pyttsx3Synthesizer, text: str) -> None:
    """pyttsx3 would wait for ever for the end of an empty text."""
    assert synthesizer.synthesize(text, 165) == b""


def test_any_character_can_be_said(synthesizer: Pyttsx3Synthesizer) -> None:
    assert synthesizer.synthesize("Café, 5 % of “Ω” <b>bold</b> & naïve 😀\nnext line", 165)


def test_a_sentence_is_rendered_once(tmp_path: Path, opened: Open) -> None:
    """The stand-in answers only once, so a second rendering would fail."""
    once = stand_in(tmp_path, "say(rate_hz=8000, pcm=SOUND); sys.exit()")
    mouth = opened(process=once)
    assert mouth.synthesize("Hello  there.", 165) == mouth.synthesize("Hello there.", 165)
    assert starts(tmp_path) == 1
    mouth.synthesize("Hello there.", 120)
    assert starts(tmp_path) == 2


def test_only_fixed_prompts_are_kept_without_bound(tmp_path: Path, opened: Open) -> None:
    """With no room for others, a sentence with a name is rendered anew each time, a fixed prompt is not."""
    count = "open({!r}, 'a').write('x'); say(rate_hz=8000, pcm=SOUND)".format(str(tmp_path / "rendered"))
    mouth = opened(VoiceSettings(cache_mb=0), stand_in(tmp_path, count))
    assert mouth.prerender(["Hello.", "Goodbye."]) == 2
    for text in ("Hello.", "Goodbye.", "Hello.", "Thank you, Mary.", "Thank you, Mary."):
        mouth.synthesize(text, 165)
    assert len((tmp_path / "rendered").read_text()) == 4


def test_calls_that_need_the_same_sentence_share_one_rendering(tmp_path: Path, opened: Open) -> None:
    """They all ask while it is being rendered."""
    rendered = tmp_path / "rendered"
    slow = f"time.sleep(0.3); open({str(rendered)!r}, 'a').write('x'); say(rate_hz=8000, pcm=SOUND)"
    mouth = opened(process=stand_in(tmp_path, slow))
    threads = [threading.Thread(target=mouth.synthesize, args=("Hello.", 165)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rendered.read_text() == "x"


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    """The server is killed outright: its speech process must not stay behind."""
    script = (
        "import os, signal; from pathlib import Path\n"
        "from voice_agent.speech.synthesizer import Pyttsx3Synthesizer\n"
        "Pyttsx3Synthesizer().synthesize('Hello.', 165)\n"
        "print(Path(f'/proc/self/task/{os.getpid()}/children').read_text(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    server = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    child = Path("/proc") / server.stdout.strip()
    assert child.name.isdigit()
    for _ in range(200):
        # Gone, or a zombie that its new parent has not reaped yet.
        if not child.exists() or (child / "stat").read_text().split(") ")[1].startswith("Z"):
            return
        time.sleep(0.05)
    pytest.fail("the speech process outlived its server")


def test_a_hung_engine_is_replaced(tmp_path: Path, opened: Open) -> None:
    """The first process hangs on its first sentence; the second one says it."""
    hangs_first = stand_in(tmp_path, "time.sleep(60 if START == 1 else 0); say(rate_hz=8000, pcm=SOUND)")
    assert opened(VoiceSettings(deadline_ms=1000), hangs_first).synthesize("Hello.", 165)
    assert starts(tmp_path) == 2


def test_a_crashed_engine_is_replaced(tmp_path: Path, opened: Open) -> None:
    crashes_first = stand_in(tmp_path, "os.abort() if START == 1 else say(rate_hz=8000, pcm=SOUND)")
    assert opened(process=crashes_first).synthesize("Hello.", 165)
    assert starts(tmp_path) == 2


def test_two_failures_are_an_error_and_the_next_sentence_starts_afresh(tmp_path: Path, opened: Open) -> None:
    process = stand_in(tmp_path, "os._exit(1) if START < 3 else say(rate_hz=8000, pcm=SOUND)")
    mouth = opened(process=process)
    with pytest.raises(SynthesizerError, match="failed twice") as caught:
        mouth.synthesize("Thank you, Mary.", 165)
    assert "Mary" not in str(caught.value)
    assert mouth.synthesize("Thank you, Mary.", 165)


def test_nonsense_on_the_pipe_is_a_failure(tmp_path: Path, opened: Open) -> None:
    with pytest.raises(SynthesizerError, match="nonsense"):
        opened(process=stand_in(tmp_path, "print('Audio saved', flush=True)")).synthesize("Hello.", 165)


def test_a_killed_process_comes_back(opened: Open) -> None:
    """Somebody kills the real process: the check does not trust its cache, and the next sentence is said."""
    mouth = opened()
    others = speech_processes()
    assert mouth.check() is None
    [first] = speech_processes() - others
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert mouth.check() is None
    [second] = speech_processes() - others
    assert first != second
    os.kill(second, signal.SIGKILL)
    assert mouth.synthesize("Goodbye.", 165)


def test_closing_ends_the_process(opened: Open) -> None:
    mouth = opened()
    before = speech_processes()
    mouth.check()
    assert len(speech_processes()) == len(before) + 1
    mouth.close()
    assert speech_processes() == before


def test_a_missing_voice_is_explained(opened: Open) -> None:
    problem = opened(VoiceSettings(voice="gibberish")).check()
    assert problem is not None
    assert "no voice 'gibberish'" in problem
    assert "espeak-ng --voices" in problem


def test_missing_espeak_is_explained(tmp_path: Path, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real process, on a machine where pyttsx3 finds no eSpeak NG."""
    (tmp_path / "pyttsx3.py").write_text("raise OSError('libespeak-ng.so.1: cannot open')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    problem = opened().check()
    assert problem is not None
    assert "libespeak-ng.so.1" in problem
    assert "apt install espeak-ng" in problem


def test_a_process_that_cannot_start_is_explained(tmp_path: Path, opened: Open) -> None:
    problem = opened(process=[str(tmp_path / "no-such-program")]).check()
    assert problem is not None
    assert "could not be started" in problem


def test_check_is_quiet_when_all_is_well(synthesizer: Pyttsx3Synthesizer) -> None:
    assert synthesizer.check() is None


def test_many_threads_speak_through_one_engine(synthesizer: Pyttsx3Synthesizer) -> None:
    """Eight calls at once: each gets its own sentence, as long as it is alone (eSpeak NG's noise differs)."""
    sentences = [" ".join(["Please hold the line."] * count) for count in range(1, 9)]
    said: dict[str, bytes] = {}

    def speak(text: str) -> None:
        said[text] = synthesizer.synthesize(text, 200)

    threads = [threading.Thread(target=speak, args=(text,)) for text in sentences]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = Pyttsx3Synthesizer()
    try:
        assert [len(said[text]) for text in sentences] == [
            pytest.approx(len(alone.synthesize(text, 200)), rel=0.02) for text in sentences
        ]
    finally:
        alone.close()
