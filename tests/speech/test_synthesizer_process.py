"""The process speaks its protocol on a clean stdout and writes no file."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "voice_agent.speech.synthesizer_process"]


def answers_to(*requests: dict[str, Any], home: Path | None = None) -> list[dict[str, Any]]:
    env = os.environ | ({"TMPDIR": str(home), "HOME": str(home)} if home else {})
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(
        COMMAND, input=lines, capture_output=True, text=True, timeout=60, check=True, cwd=home, env=env
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def hello(voice: str = "en-us", rate_wpm: int = 165) -> dict[str, Any]:
    return {"text": "Hello.", "voice": voice, "rate_wpm": rate_wpm}


def test_one_answer_a_request_and_nothing_else_on_stdout() -> None:
    """pyttsx3 prints "Audio saved to …" for each; it must not get between our lines."""
    ready, first, second = answers_to(hello(), hello(rate_wpm=80))
    assert ready == {"ready": True}
    assert first["rate_hz"] == 22050
    assert len(base64.b64decode(second["pcm"])) > 1.3 * len(base64.b64decode(first["pcm"])) > 20000


def test_a_wrong_voice_is_named_and_the_next_request_works() -> None:
    _, wrong, right = answers_to(hello("gibberish"), hello())
    assert wrong == {"error": "no_voice", "detail": "gibberish"}
    assert "pcm" in right


def test_a_request_that_fails_keeps_its_text_to_itself() -> None:
    _, failed, right = answers_to({"text": "Mary Jones", "voice": "en-us", "rate_wpm": "fast"}, hello())
    assert failed["error"] == "failed"
    assert "Mary" not in json.dumps(failed)
    assert "pcm" in right


def test_no_speech_is_written(tmp_path: Path) -> None:
    """Neither here, nor in the home, nor among the temporary files, but for PulseAudio's cookie of 256 bytes."""
    answers_to(hello(), home=tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size > 256] == []


def test_every_request_is_spoken_whole_and_at_its_rate() -> None:
    """Sixty sentences without a pause: pyttsx3 left to itself loses a rate or a whole sentence now and then."""
    rates = (80, 300, 165) * 20
    _, *spoken = answers_to(*(hello(rate_wpm=rate) for rate in rates))
    seconds = [len(base64.b64decode(answer["pcm"])) / 44100 for answer in spoken]
    for rate in set(rates):
        of_rate = [length for length, asked in zip(seconds, rates, strict=True) if asked == rate]
        assert max(of_rate) - min(of_rate) < 0.05
    assert seconds[0] > 1.5 * seconds[2] > 1.5 * seconds[1]
