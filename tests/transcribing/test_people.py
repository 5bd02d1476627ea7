"""A person's voice through the telephone band, heard by the ears of a call as the line is first started.

The recordings are those of Debian's package asterisk-core-sounds-en-wav, which `make test` installs: one professional
speaker. docs/recognition.md tells what that can and cannot show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from voice_agent import config
from voice_agent.call.replies import Listen
from voice_agent.speech.second_ear import MoonshineEar
from voice_agent.transcribing.command import ears
from voice_agent.transcribing.listening import Ears, Heard, listen_to
from voice_agent.transcribing.scores import Scores
from voice_agent.transcribing.sound_files import in_a_call, telephone_sound

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MOST_WORD_ERRORS = 0.10
"""The project's aim for people's sentences; 6.4 of a hundred words were wrong on 2026-11-27."""

pytestmark = pytest.mark.timeout(300)


@dataclass
class Listener:
    """Hears recordings, each once."""

    ears: Ears
    heard: dict[tuple[str, Listen], Heard] = field(default_factory=dict)

    def hear(self, name: str, listen: Listen) -> Heard:
        """What is made of a recording after a question of this kind."""
        if (name, listen) not in self.heard:
            sound = telephone_sound(SOUNDS / f"{name}.wav", mu_law=True)
            self.heard[name, listen] = listen_to(in_a_call(sound), listen, self.ears)
        return self.heard[name, listen]


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    opened = ears(config.load_settings(config.DEFAULT_CONFIG), config.load_dialogs(config.DEFAULT_DIALOGS))
    assert isinstance(opened.second, MoonshineEar), "the line as it is first started has two ears"
    yield Listener(opened)
    opened.second.close()


def test_sentences_are_understood(listener: Listener) -> None:
    said = yaml.safe_load(Path(__file__).with_name("people.yaml").read_text(encoding="utf-8"))
    assert len(said) > 80
    scores = Scores()
    for name, text in said.items():
        heard = listener.hear(name, Listen.OPEN)
        scores.add(text, Listen.OPEN, heard.vosk, heard.second_ear, heard.text)
    both = scores.agreement
    assert both.errors <= MOST_WORD_ERRORS * both.words, "\n".join(scores.told())


@pytest.mark.parametrize("digit", range(10))
def test_a_lone_digit_is_understood(listener: Listener, digit: int) -> None:
    assert listener.hear(f"digits/{digit}", Listen.DIGITS).text == DIGITS[digit]


def test_no_is_understood(listener: Listener) -> None:
    assert listener.hear("vm-no", Listen.YES_NO).text == "no"


@pytest.mark.parametrize("name", ["beep", "beeperr", "ascending-2tone", "descending-2tone", "tt-monkeys", "silence/5"])
def test_what_is_not_speech_has_no_words(listener: Listener, name: str) -> None:
    assert listener.hear(name, Listen.OPEN).text == ""
