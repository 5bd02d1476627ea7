"""A process that speaks the second ear's protocol; what its first sample says, it does.

python second_ear_stand_in.py [no_model] NICE
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np

from voice_agent.call.hearings import SecondHearing
from voice_agent.call.replies import Listen
from voice_agent.call.word import Word
from voice_agent.errors import RecognizerError
from voice_agent.speech.second_ear_process import serve

HEARS, REFUSES, DIES, HANGS, PRINTS, TELLS_NICE = range(6)


class StandIn:
    """Hears one word, named after what was asked."""

    def __init__(self) -> None:
        if "no_model" in sys.argv:
            raise RecognizerError("There is no model here.")

    def hear(self, pcm: bytes, listen: Listen = Listen.OPEN, first: str = "") -> SecondHearing:
        audio_ms = len(pcm) // 16
        match int(np.frombuffer(pcm, dtype="<i2")[0]):
            case 1:
                raise RecognizerError("This cannot be heard.")
            case 2:
                os._exit(1)
            case 3:
                time.sleep(600)
            case 4:
                print("the engine greets you")
            case 5:
                return SecondHearing(str(os.nice(0)), audio_ms=audio_ms)
        return SecondHearing(
            first or str(listen), (Word(str(listen), 0, audio_ms, 0.9),), "yes", 0.8, 0.5, audio_ms, 12.5
        )

    def check(self) -> str | None:
        return None

    def close(self) -> None:
        pass


if __name__ == "__main__":
    sys.exit(serve(StandIn, int(sys.argv[-1])))
