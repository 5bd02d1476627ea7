"""scripts.yaml: what callers say can be said, heard and answered."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from voice_agent import config
from voice_agent.bench import cast, script
from voice_agent.bench.facts import Purpose
from voice_agent.bench.script import PAUSE, Asked, Script
from voice_agent.errors import ContentError
from voice_agent.simulator.ears import plain
from voice_agent.simulator.noises import NOISES
from voice_agent.simulator.speech import NOISE_PREFIX, VOICE_NAME
from voice_agent.triage.red_flags import RedFlagScreen

WORDS = config.PROJECT / "models" / "clinic-en-8k" / "graph" / "words.txt"


@pytest.fixture(scope="module")
def written() -> Script:
    return script.load()


def test_the_recogniser_knows_every_word(written: Script) -> None:
    known = {line.split()[0] for line in WORDS.read_text(encoding="utf-8").splitlines()}
    spoken = [line for line in written.lines if not line.startswith(NOISE_PREFIX)]
    assert {word for line in spoken for word in line.replace(PAUSE, " ").split()} - known == set()


def test_lines_are_written_as_they_are_transcribed(written: Script) -> None:
    for line in written.lines:
        if not line.startswith(NOISE_PREFIX):
            words = " ".join(line.replace(PAUSE, " ").split())
            assert words == plain(words)


def test_voices_and_noises_exist(written: Script) -> None:
    assert all(VOICE_NAME.match(voice) for voice in written.voices)
    named = {*written.noises, *(line.removeprefix(NOISE_PREFIX) for line in written.lines if NOISE_PREFIX in line)}
    assert named <= set(NOISES)


def test_a_red_flag_is_one_and_nothing_else_is(written: Script) -> None:
    flags = RedFlagScreen(config.load_red_flags())
    raising, harmless = set(), set()
    for goal in written.goals:
        (raising if goal.flags else harmless).update(goal.opens)
        for question in goal.answers:
            (raising if question.flags else harmless).update(question.says)
    for question in written.questions:
        harmless.update(question.says)
    harmless.update(interruption.says for interruption in written.interruptions)

    def raised(line: str) -> bool:
        return flags.screen(" ".join(line.replace(PAUSE, " ").split())).raised is not None

    assert [line for line in sorted(raising) if not raised(line)] == []
    assert [line for line in sorted(harmless) if raised(line)] == []


@pytest.mark.parametrize(
    ("heard", "kind"),
    [
        ("how can i help you today", Asked.OPEN),
        ("is there anything else i can help you with", Asked.YES_NO),
        ("what day would you like to come in", Asked.DATE),
        ("what time of day suits you best", Asked.TIME),
        ("what is your first and last name", Asked.NAME),
        ("what is your date of birth", Asked.DATE),
        ("shall i book it", Asked.YES_NO),
        ("for how many days have you had it", Asked.DIGITS),
        ("do you have any weakness numbness confusion or trouble speaking seeing or walking", Asked.YES_NO),
        ("i will bring a person to the phone now please stay on the line", Asked.OTHER),
        ("i found no appointment shall i bring a person to the phone please say yes no or try again", Asked.YES_NO),
    ],
)
def test_what_the_agent_asks_is_recognised(written: Script, heard: str, kind: Asked) -> None:
    asked = next(question for question in written.questions if question.fits(heard))
    assert asked.kind is kind


def test_nobody_agrees_to_a_person_by_accident(written: Script) -> None:
    offered = "shall i bring a person to the phone please say yes no or try again"
    asked = next(question for question in written.questions if question.fits(offered))
    assert all(line.startswith("no") for line in asked.says)


def test_an_unknown_key_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "scripts.yaml"
    path.write_text(script.SCRIPTS.read_text().replace("nudge: hello", "nudge: hello\nnudges: 3"))
    with pytest.raises(ContentError, match="nudges"):
        script.load(path)


class TestCast:
    def test_the_same_seed_brings_the_same_callers(self, written: Script) -> None:
        first, again, other = (cast.roles(written, seed) for seed in (7, 7, 8))
        drawn = [next(first) for _ in range(5)]
        assert drawn == [next(again) for _ in range(5)]
        assert drawn != [next(other) for _ in range(5)]

    def test_everything_happens_in_some_call(self, written: Script) -> None:
        drawn = [cast.role(written, random.Random(number), number) for number in range(200)]
        over = {one.purpose for role in drawn for one in role.greeting}
        assert over == {Purpose.NOISE, Purpose.BACKCHANNEL, Purpose.INTERRUPTION}
        assert {one for role in drawn for one in role.conditions} == {"loud room", "echo", "bursts", "gap"}
        assert {role.goal for role in drawn} == {goal.name for goal in written.goals}
        assert {role.pace for role in drawn} == {0.85, 1.0, 1.25}

    def test_pauses_are_timed_and_no_longer_than_a_second(self, written: Script) -> None:
        drawn = [cast.role(written, random.Random(number), number) for number in range(100)]
        lines = [line for role in drawn for line in role.lines]
        assert not any(PAUSE in line for line in lines)
        pauses = [int(ms) for line in lines for ms in re.findall(r"<~?(\d+)>", line)]
        assert 300 <= min(pauses) < max(pauses) <= 1000

    def test_how_they_sound_before_a_pause_changes_nothing_else(self, written: Script) -> None:
        """The share may be changed, and the runs still compared."""
        only = {share: replace(written, shares=replace(written.shares, final_tone=share)) for share in (0.0, 0.5, 1.0)}
        drawn = {share: [next(roles) for _ in range(40)] for share in only for roles in [cast.roles(only[share], 1)]}
        going_on = [any("<~" in line for line in role.lines) for role in drawn[0.5]]
        assert all("<~" in line for role in drawn[0.0] for line in role.lines if "<" in line)
        assert not any("<~" in line for role in drawn[1.0] for line in role.lines)
        assert 10 <= sum(going_on) <= 30
        assert drawn[0.5] == [drawn[0.0 if broken else 1.0][place] for place, broken in enumerate(going_on)]
        assert [{line.replace("~", "") for line in role.lines} for role in drawn[0.0]] == [
            role.lines for role in drawn[1.0]
        ]


def test_only_some_callers_may_be_let_in() -> None:
    whole = script.load()
    assert [goal.name for goal in script.only(whole, ["red_flag"]).goals] == ["red_flag"]
    assert script.only(whole, ()) is whole
    with pytest.raises(ContentError, match="Nobody calls for pizza; goals are booking"):
        script.only(whole, ["pizza"])
