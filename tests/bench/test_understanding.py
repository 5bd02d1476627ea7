"""What the agent's sentences mean: decoded once, kept on disk."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from voice_agent import config
from voice_agent.bench.understanding import Understanding
from voice_agent.simulator.speech import Voice

MODEL = config.PROJECT / "models" / "clinic-en-8k"


class Listener:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}

    def __call__(self, texts: dict[str, str]) -> None:
        self.told |= texts

    def wait_for(self, key: str) -> str:
        deadline = time.monotonic() + 30
        while key not in self.told:
            assert time.monotonic() < deadline, "nothing was understood"
            time.sleep(0.01)
        return self.told[key]


@pytest.fixture(scope="module")
def spoken() -> bytes:
    return Voice("flite:slt").speak("how can i help you today")


def test_who_waits_is_told_at_once_and_others_afterwards(spoken: bytes, tmp_path: Path) -> None:
    listener = Listener()
    understanding = Understanding(MODEL, tmp_path, listener)
    understanding.unknown("later", spoken, urgent=False)
    understanding.unknown("now", spoken, urgent=True)
    assert "help you" in listener.wait_for("now")
    assert "later" not in understanding.texts
    understanding.catch_up(within_s=60)
    assert understanding.texts["later"] == understanding.texts["now"] == listener.wait_for("later")
    understanding.unknown("next run", spoken, urgent=True)
    assert "help you" in listener.wait_for("next run")
    understanding.close()


def test_what_was_understood_is_kept(spoken: bytes, tmp_path: Path) -> None:
    first = Understanding(MODEL, tmp_path, Listener())
    first.unknown("a", spoken, urgent=False)
    first.catch_up(within_s=60)
    listener = Listener()
    again = Understanding(MODEL, tmp_path, listener)
    assert again.texts == first.texts
    again.unknown("a", b"", urgent=True)
    assert listener.told == first.texts, "it was not decoded again: there was no sound"
    again.catch_up(within_s=0)


def test_another_model_has_a_file_of_its_own(spoken: bytes, tmp_path: Path) -> None:
    (tmp_path / "understood-0000000000000000.json").write_text('{"a": "wrong"}')
    understanding = Understanding(MODEL, tmp_path, Listener())
    assert understanding.texts == {}
    understanding.catch_up(within_s=0)


def test_there_is_an_end_to_understanding(spoken: bytes, tmp_path: Path) -> None:
    understanding = Understanding(MODEL, tmp_path, Listener())
    understanding.unknown("a", spoken, urgent=False)
    understanding.catch_up(within_s=-1)
    assert understanding.texts == {}
