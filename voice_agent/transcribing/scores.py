"""How often an ear was right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from voice_agent.call.replies import Listen
from voice_agent.errors import SoundFileError
from voice_agent.understanding.spoken_form import spoken_form


@dataclass
class Score:
    """Counts over some recordings."""

    recordings: int = 0
    right: int = 0
    """Recordings of which every word was right."""
    words: int = 0
    """That were said."""
    errors: int = 0
    """Words wrong, left out or put in."""

    def add(self, said: Sequence[str], heard: Sequence[str]) -> None:
        """One more recording."""
        self.recordings += 1
        self.right += list(said) == list(heard)
        self.words += len(said)
        self.errors += Levenshtein.distance(list(said), list(heard))

    def told(self, who: str) -> str:
        """One line."""
        if not self.words:
            return f"{who:10}  {self.right} of {self.recordings} without words, {self.errors} words invented"
        rate = 100 * self.errors / self.words
        wrong = f"{rate:5.1f} % word errors ({self.errors} of {self.words})"
        return f"{who:10}  {wrong}, {self.right} of {self.recordings} right"


@dataclass
class Scores:
    """Those of each ear, and of both together."""

    vosk: Score = field(default_factory=Score)
    second_ear: Score = field(default_factory=Score)
    agreement: Score = field(default_factory=Score)

    def add(self, said: str, expect: Listen, vosk: str, second_ear: str | None, text: str) -> None:
        """One more recording; all in the same words, so that "7" and "seven" are the same."""

        def words(told: str) -> list[str]:
            return spoken_form(told, digit_by_digit=expect is Listen.DIGITS).split()

        self.vosk.add(words(said), words(vosk))
        self.agreement.add(words(said), words(text))
        if second_ear is not None:
            self.second_ear.add(words(said), words(second_ear))

    def told(self) -> list[str]:
        """A line for each that has heard something."""
        named = (("vosk", self.vosk), ("second ear", self.second_ear), ("agreement", self.agreement))
        return [score.told(name) for name, score in named if score.recordings]


def references(path: Path) -> dict[str, str]:
    """File name → what is said in it, of JSON lines {"file","text"}. Raises SoundFileError with the line."""
    said: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SoundFileError(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            said[str(entry["file"])] = str(entry["text"])
        except (ValueError, KeyError, TypeError) as error:
            raise SoundFileError(f'{path}:{number}: not a line {{"file": …, "text": …}}.') from error
    return said


def reference_of(path: Path, said: dict[str, str], listed_in: Path) -> str | None:
    """What is said in a file: listed by its path as given, from the list's folder, or by its bare name."""
    for name in (str(path), path.name):
        if name in said:
            return said[name]
    return next((text for name, text in said.items() if (listed_in.parent / name).resolve() == path.resolve()), None)
