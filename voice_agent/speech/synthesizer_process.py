"""The process that pyttsx3 has to itself.

pyttsx3 keeps its engine and callback global to the process, crashes when several threads speak, and prints to
stdout. So it runs here, alone, one utterance at a time: a JSON line in, a JSON line out.

    in    {"text": "Hello.", "voice": "en-us", "rate_wpm": 165}
    out   {"ready": true}                            once, when eSpeak NG is loaded
          {"rate_hz": 22050, "pcm": "<base64>"}      PCM16 mono
          {"error": "no_engine" | "no_voice" | "failed", "detail": "..."}

The text goes through memory only (`memfd_create`, Linux): it may name a patient. The end of stdin ends the process.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import wave
from collections.abc import Callable
from typing import Any, TextIO


def main() -> int:
    """Speak until stdin ends; 1 when the engine cannot be loaded."""
    answers = _claim_stdout()
    try:
        mouth = _Mouth()
    except Exception as error:  # pyttsx3 raises OSError, RuntimeError, ImportError or KeyError here
        _answer(answers, {"error": "no_engine", "detail": str(error)})
        return 1
    _answer(answers, {"ready": True})
    for line in sys.stdin:
        _answer(answers, mouth.answer(json.loads(line)))
    return 0


def _claim_stdout() -> TextIO:
    """The real stdout for our answers; whatever else prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return answers


class _Mouth:
    """The one engine of this process.

    eSpeak NG works through its orders in a thread of its own, and pyttsx3 cancels all of them when it finds that
    thread busy at the wrong moment: a rate is then ignored, a sentence comes out empty. So we wait until eSpeak NG
    has done one thing before we ask for the next: of 1,200 sentences none was wrong then, while without the wait
    every run of 200 lost changes of rate.
    """

    def __init__(self) -> None:
        import pyttsx3
        from pyttsx3.drivers import _espeak

        self._engine = pyttsx3.init("espeak")
        self._wait_until_done: Callable[[], int] = _espeak.Synchronize
        self._problems: list[str] = []
        self._completed: list[bool] = []
        self._voice = ""
        # pyttsx3 raises nothing while it works through its queue: it notifies.
        self._engine.connect("error", lambda name=None, exception=None: self._problems.append(type(exception).__name__))
        self._engine.connect("finished-utterance", lambda name=None, completed=True: self._completed.append(completed))
        # A new engine counts as busy and would keep the first properties back until it is already speaking.
        self._engine.proxy.setBusy(False)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request; whatever went wrong, the text stays out of it."""
        self._problems.clear()
        self._completed.clear()
        try:
            if not self._take_voice(request["voice"]):
                return {"error": "no_voice", "detail": request["voice"]}
            self._take_rate(request["rate_wpm"])
            rate_hz, pcm = self._speak(request["text"])
        except Exception as error:  # the parent must get an answer, whatever pyttsx3 raised
            self._problems.append(type(error).__name__)
        if self._problems or self._completed != [True]:
            return {"error": "failed", "detail": ", ".join(self._problems) or "an unfinished utterance"}
        return {"rate_hz": rate_hz, "pcm": base64.b64encode(pcm).decode("ascii")}

    def _take_voice(self, voice: str) -> bool:
        if voice != self._voice:
            self._engine.setProperty("voice", voice)
            self._wait_until_done()
            self._voice = "" if self._problems else voice
        return bool(self._voice)

    def _take_rate(self, rate_wpm: int) -> None:
        # Every time: eSpeak NG forgets the rate with a new voice.
        self._engine.setProperty("rate", rate_wpm)
        self._wait_until_done()

    def _speak(self, text: str) -> tuple[int, bytes]:
        """(Rate in Hz, PCM16)."""
        sound = os.memfd_create("speech")
        try:
            self._engine.save_to_file(text, f"/proc/self/fd/{sound}")
            self._engine.runAndWait()
            self._wait_until_done()
            os.lseek(sound, 0, os.SEEK_SET)
            with os.fdopen(os.dup(sound), "rb") as file, wave.open(file) as reader:
                return reader.getframerate(), reader.readframes(reader.getnframes())
        finally:
            os.close(sound)


def _answer(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
