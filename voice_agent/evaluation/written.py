"""A sentence by text, as a whole utterance of a call."""

from __future__ import annotations

from voice_agent.chat import TextCall
from voice_agent.evaluation.line_under_test import LineUnderTest, NeutralDialog
from voice_agent.evaluation.outcomes import Heard

CALL_ID = "evaluation"


def heard_as_text(line: LineUnderTest, text: str) -> Heard:
    """What the line makes of `text` as the first thing that a caller says."""
    said: list[str] = []

    def write(who: str, told: str) -> None:
        if who == "agent":
            said.append(told)

    session = line.session()
    call = TextCall(CALL_ID, session, NeutralDialog(), write, line.judge)
    call.begin()
    said.clear()
    call.say(text)
    return line.judged(session, said, text)


def fires_early(line: LineUnderTest, text: str) -> bool:
    """Whether a red flag is raised while the words still come, as partials, that the whole does not raise."""
    words = text.split()
    prefixes = (" ".join(words[:end]) for end in range(1, len(words) + 1))
    early = any(line.screen.screen(prefix, partial=True).red_flag for prefix in prefixes)
    return early and not line.screen.screen(text).red_flag
