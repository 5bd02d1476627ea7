"""Recorded calls of the real line go the same way again, byte for byte.

The recordings hold invented people only; docs/calls.md says how they were made.
"""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest

from voice_agent import config
from voice_agent.call.commands import (
    AskDialog,
    Command,
    LeaveStream,
    NextStep,
    PauseSpeaking,
    ResumeSpeaking,
    SaveProgress,
    Speak,
    StopSpeaking,
    TransferToNurse,
)
from voice_agent.call.events import CallConnected, Event, PromptFinished, SentenceHeard, SpeakingCut, StreamStalled
from voice_agent.records.recording import Difference, replay

RECORDED = config.PROJECT / "tests" / "calls" / "recorded"
CALLS = sorted(RECORDED.glob("*.jsonl.gz"))
NAMES = ["booking", "bursts", "chest_pain", "coughs", "dead_line", "interrupts", "pauses"]
LARGEST_BYTES = 30_000
Steps = list[tuple[Event, list[Command]]]


def steps(path: Path) -> Steps:
    """Events with their commands, after a replay without a difference."""
    found = list(replay(path, config.load_red_flags()))
    assert [step for step in found if isinstance(step, Difference)] == []
    return found  # type: ignore[return-value]


def recorded(name: str) -> Steps:
    return steps(RECORDED / f"{name}.jsonl.gz")


def commands(happened: Steps, *kinds: type[Command]) -> list[Command]:
    return [command for _, done in happened for command in done if isinstance(command, kinds)]


def greeting(happened: Steps) -> tuple[Steps, list[int]]:
    """What happened until the first prompt was over, and which of its sentences were heard to their end."""
    over = next(i for i, (event, _) in enumerate(happened) if isinstance(event, PromptFinished) and event.prompt == 1)
    heard = [event.sentence for event, _ in happened[:over] if isinstance(event, SentenceHeard)]
    return happened[: over + 1], heard


def sentences(happened: Steps) -> list[int]:
    """Indexes of the greeting's sentences."""
    prompt = next(command for _, done in happened for command in done if isinstance(command, Speak)).prompt
    return list(range(len(prompt.sentences)))


def test_all_calls_are_here_and_small() -> None:
    assert [path.name.removesuffix(".jsonl.gz") for path in CALLS] == NAMES
    assert [path.name for path in CALLS if path.stat().st_size >= LARGEST_BYTES] == []


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.name)
def test_a_recorded_call_goes_the_same_way(path: Path) -> None:
    happened = steps(path)
    assert isinstance(happened[0][0], CallConnected)
    assert sum(isinstance(command, LeaveStream) for _, commands in happened for command in commands) == 1


def test_the_recorded_emergency_still_brings_a_nurse() -> None:
    assert len(commands(recorded("chest_pain"), TransferToNurse)) == 1


def test_an_interrupted_prompt_waits_then_stops() -> None:
    """And what the caller heard of the sentence is known word by word."""
    happened = recorded("interrupts")
    assert [type(command) for command in commands(happened, PauseSpeaking, ResumeSpeaking, StopSpeaking)] == [
        PauseSpeaking,
        StopSpeaking,
    ]
    (cut,) = (event for event, _ in happened if isinstance(event, SpeakingCut))
    assert cut.prompt == 1
    assert 0 < cut.heard_ms < cut.lasts_ms
    summary = commands(happened, SaveProgress)[-1].summary
    (turn,) = (turn for turn in summary.turns if turn.heard_words is not None)
    assert turn.speaker == "agent"
    assert not turn.heard
    assert 0 < turn.heard_words < len(turn.text.split())
    (transfer,) = commands(happened, TransferToNurse)
    assert transfer.summary.reason == "Asked for a person"


def test_a_cough_and_a_door_let_the_prompt_go_on() -> None:
    """The door is speech to the detector, so the prompt waits for it; the cough is not."""
    happened = recorded("coughs")
    until_over, heard = greeting(happened)
    assert [type(command) for command in commands(until_over, PauseSpeaking, ResumeSpeaking, StopSpeaking)] == [
        PauseSpeaking,
        ResumeSpeaking,
    ]
    assert heard == sentences(happened)
    assert [ask.message for ask in commands(happened, AskDialog)] == ["i would like to make an appointment"]


def test_a_long_pause_ends_nothing() -> None:
    """The words before and after it are one question to the dialog."""
    happened = recorded("pauses")
    assert [ask.message for ask in commands(happened, AskDialog)] == ["i would like to make an appointment"]
    assert commands(happened, PauseSpeaking, StopSpeaking) == []


def test_frames_in_bursts_cut_nothing() -> None:
    happened = recorded("bursts")
    _, heard = greeting(happened)
    assert heard == sentences(happened)
    assert commands(happened, PauseSpeaking, StopSpeaking) == []
    assert [ask.message for ask in commands(happened, AskDialog)] == ["i would like to make an appointment"]


def test_a_dead_line_is_left_for_a_new_one() -> None:
    """What was half said when it died is not acted upon; what is known of the call is saved for the new line."""
    happened = recorded("dead_line")
    event, done = happened[-1]
    assert isinstance(event, StreamStalled)
    assert [type(command) for command in done] == [SaveProgress, LeaveStream]
    assert done[-1].next_step is NextStep.RECONNECT
    assert [turn.text for turn in done[0].summary.turns][-1] == "How can I help you today?"
    assert commands(happened, AskDialog, TransferToNurse) == []


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.name)
def test_the_command_says_so(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voice_agent", "replay", "--quiet", str(path)],
        cwd=config.PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "byte for byte" in done.stdout


def test_a_changed_recording_is_noticed(tmp_path: Path) -> None:
    """A command that was not what the session does now is a difference, with its line, and exit status 1."""
    content = gzip.decompress((RECORDED / "chest_pain.jsonl.gz").read_bytes()).decode()
    changed = tmp_path / "changed.jsonl"
    changed.write_text(content.replace('"next_step":"conference"', '"next_step":"hang_up"', 1))
    assert changed.read_text() != content
    assert [type(step) for step in replay(changed, config.load_red_flags())].count(Difference) == 1
    done = subprocess.run(
        [sys.executable, "-m", "voice_agent", "replay", "--quiet", str(changed)],
        cwd=config.PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "went another way" in done.stderr


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.name)
def test_recordings_hold_invented_numbers_only(path: Path) -> None:
    """Numbers of the range that is kept for fiction: 555-0100 to 555-0199."""
    numbers = set(re.findall(r"\+\d{8,}", gzip.decompress(path.read_bytes()).decode()))
    assert numbers
    assert [number for number in numbers if not re.fullmatch(r"\+155501\d{5}", number)] == []
