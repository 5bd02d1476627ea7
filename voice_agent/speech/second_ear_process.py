"""A process that the second ear has to itself.

It hears at a lower priority than the calls, holds its own interpreter, and may crash without them. A JSON line and
sound in, a JSON line out:

    in    {"listen": "open", "first": "...", "bytes": 32000}    then so many bytes of PCM16 mono 8 kHz
    out   {"ready": true}                       once, when the model is loaded
          {"heard": {...}}                      the fields of `SecondHearing`
          {"error": "..."}                      why it could not be heard, or why there is no ear; no words

The sound goes through memory only. The end of stdin ends the process.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, BinaryIO, TextIO

from voice_agent.call.replies import Listen
from voice_agent.errors import VoiceAgentError
from voice_agent.ports import SecondEar


def main(arguments: Sequence[str]) -> int:
    """`second_ear_process NICE`: hear with Moonshine until stdin ends; 1 when it cannot be loaded."""
    from voice_agent.speech.second_ear import MoonshineEar

    return serve(MoonshineEar, int(arguments[0]))


def serve(open_ear: Callable[[], SecondEar], nice: int) -> int:
    """Hear with the ear that `open_ear` gives; `nice` is added to the process's niceness."""
    answers = _claim_stdout()
    os.nice(nice)
    try:
        ear = open_ear()
        problem = ear.check()
    except (VoiceAgentError, ImportError) as error:
        problem = str(error)
    if problem:
        _answer(answers, {"error": problem})
        return 1
    _answer(answers, {"ready": True})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _answer(answers, _heard(ear, request, sys.stdin.buffer))
    return 0


def _heard(ear: SecondEar, request: dict[str, Any], sound: BinaryIO) -> dict[str, Any]:
    pcm = sound.read(request["bytes"])
    try:
        return {"heard": asdict(ear.hear(pcm, Listen(request["listen"]), request["first"]))}
    except VoiceAgentError as error:
        return {"error": str(error)}


def _claim_stdout() -> TextIO:
    """The real stdout for our answers; whatever else prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    return answers


def _answer(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
