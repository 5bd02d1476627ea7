"""A recorded call replays to the same commands, byte for byte."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import get_args

import pytest
from pydantic import TypeAdapter

from voice_agent import config
from voice_agent.call import commands, events
from voice_agent.call.commands import AskDialog, Command
from voice_agent.call.events import (
    CallConnected,
    DialogReplied,
    Event,
    HeardAgain,
    Listened,
    PromptFinished,
    Transcribed,
)
from voice_agent.call.handoff import TurnRecord
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.lines import Lines
from voice_agent.call.replies import DialogReply
from voice_agent.call.second_listening import TwoEars
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.errors import RecordsError
from voice_agent.records.recording import Difference, FileRecording, Header, replay
from voice_agent.records.transcript import told
from voice_agent.triage.red_flags import RedFlagScreen


@pytest.fixture
def recorded(tmp_path: Path, lines: Lines, screen: RedFlagScreen) -> Path:
    """A short call with a question, its answer and a red flag."""
    settings = SessionSettings()
    session = CallSession(settings, lines, screen)
    happened: list[Event] = [CallConnected("CA1", "+15550199", "2026-11-22T09:00:00+00:00"), PromptFinished(1, 4000)]
    happened += [Listened(4000 + 20 * at, is_speech=at < 20) for at in range(60)]
    happened += [
        Transcribed("when are you open", 5200, final=True, utterance=1),
        DialogReplied(1, DialogReply(("From eight to five.",), learned={"topic": "hours"})),
        Transcribed("my chest hurts and my left arm feels heavy", 9000, final=True),
    ]
    file = io.StringIO()
    recording = FileRecording(file, Header(settings, lines))
    for event in happened:
        recording.happened(event, session.handle(event))
    path = tmp_path / "call.jsonl"
    path.write_text(file.getvalue(), encoding="utf-8")
    return path


def test_a_replay_gives_the_same_commands(recorded: Path) -> None:
    steps = list(replay(recorded, config.load_red_flags()))
    assert len(steps) == 65
    assert not [step for step in steps if isinstance(step, Difference)]


def test_a_compressed_recording_replays_as_well(recorded: Path) -> None:
    packed = recorded.with_suffix(".jsonl.gz")
    packed.write_bytes(gzip.compress(recorded.read_bytes()))
    assert len(list(replay(packed, config.load_red_flags()))) == 65


def test_a_single_changed_byte_is_found_and_named(recorded: Path) -> None:
    text = recorded.read_text().replace("How can I help you today?", "How may I help you today?", 2)
    changed = text.splitlines(keepends=True)
    changed[0] = recorded.read_text().splitlines(keepends=True)[0]
    recorded.write_text("".join(changed))
    differences = [step for step in replay(recorded, config.load_red_flags()) if isinstance(step, Difference)]
    assert [(difference.line, difference.event) for difference in differences] == [(2, "CallConnected")]


@pytest.mark.parametrize(
    ("line", "text", "says"),
    [
        (0, "{}", "1: is not the header"),
        (3, "nonsense", "4: is not an event"),
        (3, '{"event":"No"}', "4: is not an event"),
    ],
)
def test_a_damaged_recording_is_named_by_file_and_line(recorded: Path, line: int, text: str, says: str) -> None:
    damaged = recorded.read_text().splitlines(keepends=True)
    damaged[line] = text + "\n"
    recorded.write_text("".join(damaged))
    with pytest.raises(RecordsError, match=f"{recorded}:{says}"):
        list(replay(recorded, config.load_red_flags()))


def test_a_missing_recording_is_an_error_of_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="cannot be read"):
        list(replay(tmp_path / "none.jsonl", config.load_red_flags()))


def test_the_transcript_tells_the_call_in_words(recorded: Path) -> None:
    steps = [step for step in replay(recorded, config.load_red_flags()) if not isinstance(step, Difference)]
    lines = [line for step in steps for line in told(*step)]
    assert any(line.endswith("caller   when are you open") for line in lines)
    assert any("nurse    is rung: 911" in line for line in lines)


@pytest.mark.parametrize("kind", [*get_args(events.Event), *get_args(commands.Command)], ids=lambda kind: kind.__name__)
def test_every_event_and_command_has_a_form_in_json(kind: type[Event] | type[Command]) -> None:
    """Reflective: a field that JSON cannot carry would break recordings and replays."""
    assert TypeAdapter(kind).json_schema()["title"] == kind.__name__


def test_a_call_of_two_ears_replays_and_tells_both(tmp_path: Path, lines: Lines, screen: RedFlagScreen) -> None:
    settings = SessionSettings(second_ear=TwoEars())
    session = CallSession(settings, lines, screen)
    happened: list[Event] = [CallConnected("CA1"), PromptFinished(1, 4000)]
    happened += [Listened(4000 + 20 * at, is_speech=at < 40) for at in range(44)]
    happened += [Transcribed("", 4880, final=True, utterance=1)]
    happened += [Listened(4880 + 20 * at, is_speech=False) for at in range(20)]
    happened += [HeardAgain(1, SecondHearing("my chest hurts and my left arm feels heavy", took_ms=210.5))]
    file = io.StringIO()
    recording = FileRecording(file, Header(settings, lines))
    for event in happened:
        recording.happened(event, session.handle(event))
    path = tmp_path / "call.jsonl"
    path.write_text(file.getvalue(), encoding="utf-8")
    steps = list(replay(path, config.load_red_flags()))
    assert not [step for step in steps if isinstance(step, Difference)]
    told_lines = [line for step in steps if not isinstance(step, Difference) for line in told(*step)]
    assert "         again    my chest hurts and my left arm feels heavy" in told_lines
    assert any("nurse    is rung" in line for line in told_lines)


def test_what_was_denied_is_written_only_when_something_was() -> None:
    """Calls that were recorded before anything could be replay byte for byte."""
    asked = TypeAdapter(AskDialog)
    plain, told = AskDialog(1, "my head hurts"), AskDialog(1, "my head hurts", ("headache.sudden",))
    assert asked.dump_python(plain) == {"request": 1, "message": "my head hurts"}
    assert asked.validate_python(asked.dump_python(plain)) == plain
    assert asked.validate_python(asked.dump_python(told)) == told


def test_what_a_second_ear_heard_is_written_only_when_there_was_one() -> None:
    """Calls that were recorded without one replay byte for byte."""
    turn = TypeAdapter(TurnRecord)
    alone = TurnRecord("caller", "yes", 100)
    both = TurnRecord("caller", "yes", 100, first_ear="yet", second_ear="yes")
    assert not {"first_ear", "second_ear"} & set(turn.dump_python(alone))
    assert turn.validate_python(turn.dump_python(alone)) == alone
    assert turn.validate_python(turn.dump_python(both)) == both
