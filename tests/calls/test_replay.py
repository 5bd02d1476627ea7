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
from voice_agent.call.commands import LeaveStream, TransferToNurse
from voice_agent.call.events import CallConnected
from voice_agent.records.recording import Difference, replay

RECORDED = config.PROJECT / "tests" / "calls" / "recorded"
CALLS = sorted(RECORDED.glob("*.jsonl.gz"))


def steps(path: Path) -> list[tuple[object, list[object]]]:
    """Events with their commands, after a replay without a difference."""
    found = list(replay(path, config.load_red_flags()))
    assert [step for step in found if isinstance(step, Difference)] == []
    return found  # type: ignore[return-value]


def test_both_calls_are_here() -> None:
    assert [path.name for path in CALLS] == ["booking.jsonl.gz", "chest_pain.jsonl.gz"]


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.name)
def test_a_recorded_call_goes_the_same_way(path: Path) -> None:
    happened = steps(path)
    assert isinstance(happened[0][0], CallConnected)
    assert sum(isinstance(command, LeaveStream) for _, commands in happened for command in commands) == 1


def test_the_recorded_emergency_still_brings_a_nurse() -> None:
    commands = [command for _, commands in steps(RECORDED / "chest_pain.jsonl.gz") for command in commands]
    assert sum(isinstance(command, TransferToNurse) for command in commands) == 1


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
