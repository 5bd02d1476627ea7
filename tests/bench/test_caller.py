"""One simulated caller: when they speak, and what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from voice_agent.audio.frames import FRAME_MS
from voice_agent.bench.caller import Caller
from voice_agent.bench.cast import Answer, Over, Role
from voice_agent.bench.facts import Purpose
from voice_agent.bench.script import Asked, Question
from voice_agent.bench.sounds import QUIET_DB, Studio
from voice_agent.bench.stream_end import StreamEnd, key_of
from voice_agent.simulator import sound
from voice_agent.simulator.line import LineQuality
from voice_agent.telephony import media_stream

SID = "MZ1"
GREETING, DAY, GOODBYE, TRANSFER = (sound.tone(pitch, ms=3000, rms=2000.0) for pitch in (300.0, 400.0, 500.0, 600.0))
WORDS = {
    key_of(GREETING): "how can i help you today",
    key_of(DAY): "what day would you like",
    key_of(GOODBYE): "we are made of paper",
    key_of(TRANSFER): "please stay on the line",
}


def answer(hears: str, kind: Asked, line: str, *, opening: bool = False, flags: bool = False) -> Answer:
    question = Question(hears=hears, kind=kind, opening=opening, flags=flags)
    return Answer(question, line, Purpose.RED_FLAG if flags else Purpose.ANSWER)


ROLE = Role(
    number=1,
    goal="booking",
    voice="flite:slt",
    pace=1.0,
    noise_db=QUIET_DB,
    echo=False,
    line=LineQuality(),
    opening="an appointment please",
    opening_purpose=Purpose.ANSWER,
    answers=(
        answer("what day", Asked.DATE, "next tuesday"),
        answer("stay on the line", Asked.OTHER, ""),
        answer("help you", Asked.OPEN, "", opening=True),
    ),
    otherwise="could you repeat that",
    nudge="hello",
    delays_ms=(0,),
)


class Call:
    """A caller and the carrier's end of their stream, on a clock of their own."""

    def __init__(self, role: Role, studio: Studio) -> None:
        self.now_ms = 0.0
        self.words = dict(WORDS)
        self.asked_for: list[str] = []
        self.stream = StreamEnd(SID, role.line, echo=False, send=lambda text: None)
        self.caller = Caller(role, studio, self.stream, self.knows, 0.0)
        self.heard = 0

    def knows(self, key: str, mulaw: bytes) -> str | None:
        assert key_of(mulaw) == key
        self.asked_for.append(key)
        return self.words.get(key)

    def agent_says(self, *sentences: bytes) -> None:
        for number, mulaw in enumerate(sentences):
            for frame in sound.frames(mulaw):
                self.stream.arrived(media_stream.media(SID, frame).encode(), self.now_ms)
            self.stream.arrived(media_stream.mark(SID, f"{self.now_ms}.{number}").encode(), self.now_ms)

    def wait(self, milliseconds: float) -> None:
        for _ in range(int(milliseconds / FRAME_MS)):
            payload, peak, timing = self.caller.step(self.heard, self.now_ms)
            self.heard = self.stream.tick(payload, peak, timing, self.now_ms)
            self.now_ms += FRAME_MS

    def said(self) -> list[tuple[Purpose, str]]:
        return [(saying.purpose, saying.line) for saying in self.caller.said]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("spoken"))


@pytest.fixture
def call(studio: Studio) -> Call:
    return Call(ROLE, studio)


def test_a_question_is_answered_once_the_agent_is_quiet(call: Call) -> None:
    call.agent_says(GREETING)
    call.wait(3200)
    assert call.said() == []
    call.wait(3000)
    assert call.said() == [(Purpose.ANSWER, "an appointment please")]
    call.agent_says(DAY)
    call.wait(6000)
    assert call.said()[1:] == [(Purpose.ANSWER, "next tuesday")]
    opening, day = (saying.facts() for saying in call.caller.said)
    assert opening is not None
    assert day is not None
    assert (opening.asked, day.asked) == ("open", "date")
    assert 3400 <= opening.onset_ms < opening.end_ms < day.onset_ms
    assert call.caller.gaps_ms, "the reply was noticed"


def test_the_last_question_counts(call: Call) -> None:
    call.agent_says(GREETING, DAY)
    call.wait(8000)
    assert call.said() == [(Purpose.ANSWER, "next tuesday")]


def test_what_is_not_understood_yet_is_waited_for(call: Call) -> None:
    unknown = call.words.pop(key_of(DAY))
    call.agent_says(DAY)
    call.wait(5000)
    assert call.said() == []
    assert key_of(DAY) in call.asked_for
    call.words[key_of(DAY)] = unknown
    call.wait(1000)
    assert call.said() == [(Purpose.ANSWER, "next tuesday")]


def test_words_before_a_known_question_need_not_be_understood(call: Call) -> None:
    del call.words[key_of(GOODBYE)]
    call.agent_says(GOODBYE, DAY)
    call.wait(8000)
    assert call.said() == [(Purpose.ANSWER, "next tuesday")]
    assert key_of(GOODBYE) not in call.asked_for


def test_what_makes_no_sense_is_asked_about_and_then_given_up(call: Call) -> None:
    for _ in range(4):
        call.agent_says(GOODBYE)
        call.wait(9000)
    assert call.said() == [(Purpose.NUDGE, "could you repeat that")] * 3
    assert call.caller.gave_up


def test_silence_is_asked_about(call: Call) -> None:
    call.wait(8000)
    assert call.said() == [(Purpose.NUDGE, "hello")]


def test_whoever_is_being_connected_waits(call: Call) -> None:
    call.agent_says(TRANSFER)
    call.wait(20_000)
    assert call.said() == []


def test_a_cough_changes_nothing_and_an_interruption_how_it_ends(studio: Studio) -> None:
    over = (
        Over(Purpose.NOISE, "noise:cough", 800),
        Over(Purpose.INTERRUPTION, "can i speak to someone", 2000, "nurse"),
    )
    call = Call(replace(ROLE, greeting=over), studio)
    call.agent_says(GREETING)
    call.wait(1800)
    assert call.said() == [(Purpose.NOISE, "noise:cough")]
    assert call.caller.ends == "hung_up"
    call.wait(500)
    assert [purpose for purpose, _ in call.said()] == [Purpose.NOISE, Purpose.INTERRUPTION]
    assert call.caller.ends == "nurse"
    cough = call.caller.said[0].facts()
    assert cough is not None
    assert 800 <= cough.onset_ms < 1000


def test_nothing_is_said_over_a_prompt_that_is_over(studio: Studio) -> None:
    call = Call(replace(ROLE, greeting=(Over(Purpose.NOISE, "noise:cough", 2990),)), studio)
    call.agent_says(GREETING)
    call.wait(3600)
    assert [purpose for purpose, _ in call.said()] == [Purpose.ANSWER]


def test_after_a_red_flag_the_call_should_end_with_a_nurse(studio: Studio) -> None:
    role = replace(ROLE, opening="my chest hurts", opening_purpose=Purpose.RED_FLAG)
    call = Call(role, studio)
    call.agent_says(GREETING)
    call.wait(6000)
    assert call.said() == [(Purpose.RED_FLAG, "my chest hurts")]
    assert call.caller.ends == "nurse"


def test_what_was_not_said_to_its_end_is_no_fact(call: Call) -> None:
    call.agent_says(DAY)
    call.wait(3700)
    assert [saying.facts() for saying in call.caller.said] == [None]
