"""Turn times: what happened when, seen from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from voice_agent import config
from voice_agent.call.commands import (
    AskDialog,
    Command,
    ExpectAnswer,
    FinishUtterance,
    Prompt,
    PromptKind,
    ResumeSpeaking,
    Speak,
    TransferToNurse,
)
from voice_agent.call.events import (
    DialogDelayed,
    DialogFailed,
    DialogReplied,
    DigitPressed,
    Event,
    Listened,
    SentenceHeard,
    Transcribed,
    Word,
)
from voice_agent.call.handoff import CallSummary
from voice_agent.call.measurements import Counted, Measurement, TurnTimes
from voice_agent.call.replies import DialogReply, Listen, ReplyAction
from voice_agent.call.turn_times import TurnClock
from voice_agent.records.recording import Difference, replay
from voice_agent.triage.care_levels import CareLevel

RECORDED = sorted((config.PROJECT / "tests" / "calls" / "recorded").glob("*.jsonl.gz"))
REPLY = DialogReply(("We open at eight.",))
RING = TransferToNurse(CareLevel.NURSE_NOW, CallSummary("CA1"))


def speak(prompt: int, kind: PromptKind = PromptKind.NORMAL) -> Speak:
    return Speak(Prompt(prompt, ("Words.",), kind))


class Followed:
    """A call, told step by step."""

    def __init__(self) -> None:
        self.clock = TurnClock(no_input_ms=7000, release_ms=0)
        self.found: list[Measurement] = []
        self.at_ms = 0

    def line(self, until_ms: int, is_speech: bool = False) -> None:
        while self.at_ms < until_ms:
            self.at_ms += 20
            self.tell(Listened(self.at_ms, is_speech))

    def says(self, from_ms: int, until_ms: int) -> None:
        self.line(from_ms)
        self.line(until_ms, is_speech=True)

    def tell(self, event: Event, *commands: Command, now_ms: int | None = None) -> None:
        self.found += self.clock.happened(event, commands, self.at_ms if now_ms is None else now_ms)

    def turn(self) -> TurnTimes:
        """The only one."""
        self.found += self.clock.ended()
        (turn,) = [found for found in self.found if isinstance(found, TurnTimes)]
        return turn


@pytest.fixture
def call() -> Followed:
    call = Followed()
    call.tell(SentenceHeard(0, 0, 0), speak(1), ExpectAnswer(Listen.YES_NO))
    return call


def test_a_turn_from_the_last_sound_to_the_first_mark(call: Followed) -> None:
    call.says(1000, 1500)
    call.line(1800)
    call.tell(Listened(1820, False), FinishUtterance(1), now_ms=1820)
    call.tell(Transcribed("yes", 1820, final=True, utterance=1), AskDialog(1, "yes"), now_ms=1855)
    call.tell(DialogReplied(1, REPLY), speak(2), ExpectAnswer(Listen.DATE), now_ms=1915)
    call.clock.frame_sent(2, 1922)
    call.clock.frame_sent(2, 1942)
    call.tell(SentenceHeard(2, 0, 3000), now_ms=3010)
    assert call.found == [
        TurnTimes(
            kind=Listen.YES_NO,
            speech_ended_ms=1500,
            flushed_ms=1820,
            words_ms=1855,
            endpoint_ms=1855,
            reply_ms=1915,
            first_frame_ms=1922,
            first_mark_ms=3010,
        )
    ]
    turn = call.turn()
    assert turn.platform_gap_ms == 422
    assert turn.endpoint_delay_ms == 355
    assert turn.recognition_ms == 35
    assert turn.dialog_ms == 60
    assert turn.synthesis_ms == 7
    assert turn.red_flag_ms is None


def test_an_early_look_is_not_the_end(call: Followed) -> None:
    """Words came back in a pause, but the caller goes on: only what the session acted upon counts."""
    call.says(1000, 1500)
    call.tell(Listened(1620, False), FinishUtterance(1), now_ms=1620)
    call.tell(Transcribed("my name is", 1620, final=True, utterance=1), now_ms=1650)
    call.says(1900, 2400)
    call.tell(Listened(2520, False), FinishUtterance(2), now_ms=2520)
    call.tell(Transcribed("mary", 2520, final=True, utterance=2), now_ms=2540)
    call.line(2800)
    call.tell(Listened(2820, False), AskDialog(1, "my name is mary"), now_ms=2820)
    turn = call.turn()
    assert (turn.speech_ended_ms, turn.flushed_ms, turn.words_ms, turn.endpoint_ms) == (2400, 2520, 2540, 2820)
    assert turn.platform_gap_ms is None, "nothing of ours was heard"


def test_frames_of_an_earlier_prompt_are_no_answer(call: Followed) -> None:
    call.says(1000, 1500)
    call.tell(Transcribed("yes", 1600, final=True), AskDialog(1, "yes"), now_ms=1600)
    call.clock.frame_sent(1, 1610)
    call.tell(DialogReplied(1, REPLY), speak(2), now_ms=1700)
    call.clock.frame_sent(1, 1710)
    call.tell(SentenceHeard(1, 0, 1720), now_ms=1720)
    call.clock.frame_sent(2, 1730)
    assert call.turn().first_frame_ms == 1730


def test_a_filler_is_heard_first_and_the_reply_is_still_awaited(call: Followed) -> None:
    call.says(1000, 1500)
    call.tell(Transcribed("yes", 1600, final=True), AskDialog(1, "yes"), now_ms=1600)
    call.tell(DialogDelayed(1), speak(2, PromptKind.FILLER), now_ms=2300)
    call.clock.frame_sent(2, 2310)
    call.tell(SentenceHeard(2, 0, 2900), now_ms=2900)
    assert call.found == [Counted.FILLER]
    call.tell(DialogReplied(1, REPLY), speak(3), now_ms=3100)
    turn = call.turn()
    assert turn.covered
    assert (turn.platform_gap_ms, turn.dialog_ms, turn.synthesis_ms) == (810, 1500, None)


def test_a_caller_who_goes_on_while_the_dialog_thinks_makes_one_turn(call: Followed) -> None:
    call.says(1000, 1500)
    call.tell(Transcribed("i need", 1600, final=True), AskDialog(1, "i need"), now_ms=1600)
    call.says(1700, 2000)
    call.tell(Transcribed("a refill", 2100, final=True), now_ms=2100)
    call.tell(DialogReplied(1, REPLY), AskDialog(2, "a refill"), now_ms=2150)
    call.tell(DialogReplied(2, REPLY), speak(2), now_ms=2200)
    call.clock.frame_sent(2, 2210)
    turn = call.turn()
    assert (turn.speech_ended_ms, turn.reply_ms, turn.platform_gap_ms) == (2000, 2200, 210)


def test_an_answer_to_another_request_is_not_ours(call: Followed) -> None:
    call.says(1000, 1500)
    call.tell(Transcribed("yes", 1600, final=True), AskDialog(2, "yes"), now_ms=1600)
    call.tell(DialogReplied(1, REPLY), now_ms=1700)
    assert call.turn().reply_ms is None


def test_a_dialog_that_fails_is_answered_by_a_nurse(call: Followed) -> None:
    call.says(1000, 1500)
    call.tell(Transcribed("yes", 1600, final=True), AskDialog(1, "yes"), now_ms=1600)
    call.tell(DialogFailed(1), speak(2), RING, now_ms=5600)
    call.clock.frame_sent(2, 5610)
    turn = call.turn()
    assert (turn.reply_ms, turn.transfer_ms, turn.platform_gap_ms) == (None, 5600, 4110)
    assert not turn.red_flag


def test_a_red_flag_in_a_partial_is_counted_from_the_words_that_were_heard(call: Followed) -> None:
    """The caller is still speaking: the recogniser has listened up to 1,400, so the words ended by then."""
    call.says(1000, 1540)
    call.tell(Transcribed("my chest hurts", 1400), speak(2, PromptKind.SAFETY), RING, now_ms=1540)
    call.clock.frame_sent(2, 1560)
    call.says(1540, 2000)
    call.tell(Transcribed("my chest hurts so much", 2100, final=True, utterance=1), now_ms=2100)
    turn = call.turn()
    assert turn.red_flag
    assert (turn.speech_ended_ms, turn.red_flag_ms, turn.platform_gap_ms) == (1400, 140, 160)


def test_soft_speech_that_the_detector_missed_ends_with_its_last_word(call: Followed) -> None:
    words = (Word("a", 1000, 1200, 1.0), Word("nurse", 1200, 1450, 1.0))
    call.line(1600)
    call.tell(Transcribed("a nurse", 1600, final=True, words=words), speak(2), RING, now_ms=1620)
    turn = call.turn()
    assert (turn.speech_ended_ms, turn.transfer_ms) == (1450, 1620)
    assert turn.red_flag_ms is None


def test_keys_make_a_turn_without_an_end_of_speech(call: Followed) -> None:
    call.line(1000)
    call.tell(DigitPressed("1", 1000), AskDialog(1, "/affirm"), now_ms=1003)
    turn = call.turn()
    assert (turn.speech_ended_ms, turn.endpoint_ms, turn.platform_gap_ms) == (None, 1003, None)
    assert call.found == [turn]


def test_a_number_that_is_typed_is_complete_in_the_silence_after_it(call: Followed) -> None:
    call.says(500, 700)
    call.tell(DigitPressed("4", 1000), now_ms=1000)
    call.line(3480)
    call.tell(Listened(3500, False), AskDialog(1, "4"), now_ms=3500)
    assert call.turn().speech_ended_ms is None
    assert Counted.NO_INPUT not in call.found


def test_silence_that_is_answered_is_no_turn(call: Followed) -> None:
    call.says(1000, 1200)  # a cough
    call.tell(Listened(1320, False), FinishUtterance(1), now_ms=1320)
    call.tell(Transcribed("", 1320, final=True, utterance=1), now_ms=1340)
    call.line(8300)
    call.tell(Listened(8340, False), speak(2), now_ms=8340)
    assert call.found == [Counted.NO_INPUT]
    call.line(16_000)
    call.tell(Listened(16_020, False), speak(3), RING, now_ms=16_020)
    assert call.found == [Counted.NO_INPUT, Counted.NO_INPUT]
    assert call.clock.ended() == []


def test_words_without_a_meaning_are_counted(call: Followed) -> None:
    call.says(1000, 1500)
    call.tell(Transcribed("blue", 1600, final=True), AskDialog(1, "blue"), now_ms=1600)
    call.tell(DialogReplied(1, DialogReply(do=ReplyAction.NO_MATCH)), speak(2), now_ms=1650)
    assert call.found == [Counted.NO_MATCH]


@pytest.mark.parametrize("last", ["flushed", "in the silence"])
def test_a_long_sound_without_a_word_is_not_understood(call: Followed, last: str) -> None:
    call.says(1000, 2000)
    call.tell(Listened(2120, False), FinishUtterance(1), now_ms=2120)
    if last == "flushed":
        call.tell(Transcribed("", 2120, final=True, utterance=1), speak(2), now_ms=2150)
    else:
        call.tell(Transcribed("", 2120, final=True, utterance=1), now_ms=2150)
        call.line(2700)
        call.tell(Listened(2720, False), speak(2), now_ms=2720)
    assert call.found == [Counted.NO_MATCH]
    assert call.turn().speech_ended_ms == 2000


def test_a_key_that_means_nothing_is_counted(call: Followed) -> None:
    call.tell(DigitPressed("9", 1000), speak(2), now_ms=1000)
    assert call.found == [Counted.NO_MATCH]


def test_a_mm_hm_over_a_prompt_is_not_a_part_of_the_next_turn(call: Followed) -> None:
    call.says(1000, 1200)
    call.tell(Transcribed("mm hm", 1300, final=True), ResumeSpeaking(), now_ms=1300)
    call.line(4000)
    call.tell(DigitPressed("1", 4000), AskDialog(1, "/affirm"), now_ms=4000)
    assert call.turn().words_ms is None


def test_the_next_turn_completes_one_that_was_never_heard(call: Followed) -> None:
    call.says(1000, 1500)
    call.tell(Transcribed("yes", 1600, final=True), AskDialog(1, "yes"), now_ms=1600)
    call.says(2000, 2500)
    call.tell(Transcribed("no", 2600, final=True), AskDialog(2, "no"), now_ms=2600)
    assert [type(found) for found in call.found] == [TurnTimes]


def turns_of(steps: Iterator[Difference | tuple[Event, list[Command]]]) -> tuple[list[TurnTimes], list[Command]]:
    clock, at_ms, turns, done = TurnClock(no_input_ms=7000, release_ms=0), 0, [], []
    for step in steps:
        assert not isinstance(step, Difference)
        event, commands = step
        at_ms = event.at_ms if isinstance(event, Listened) else at_ms
        turns += clock.happened(event, commands, at_ms)
        done += commands
    turns += clock.ended()
    return [turn for turn in turns if isinstance(turn, TurnTimes)], done


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_in_recorded_calls_everything_happens_in_order(path: object) -> None:
    turns, commands = turns_of(replay(path, config.load_red_flags()))  # type: ignore[arg-type]
    answers = sum(isinstance(command, AskDialog | TransferToNurse) for command in commands)
    spoken = sum(isinstance(command, Speak) for command in commands)
    assert len(turns) <= answers + spoken
    assert turns or not answers, "a line that dies during the first answer has no turn"
    for turn in turns:
        steps = (turn.speech_ended_ms, turn.endpoint_ms, turn.reply_ms, turn.first_mark_ms)
        happened = [step for step in steps if step is not None]
        assert happened == sorted(happened)
        assert turn.endpoint_delay_ms is None or turn.endpoint_delay_ms < 3000


def test_the_end_of_speech_is_back_dated_by_what_the_detector_holds_on() -> None:
    clock = TurnClock(no_input_ms=7000, release_ms=40)
    clock.happened(Listened(1540, True), [], 1540)
    clock.happened(Transcribed("yes", 1800, final=True), [AskDialog(1, "yes")], 1800)
    (turn,) = clock.ended()
    assert isinstance(turn, TurnTimes)
    assert turn.endpoint_delay_ms == 300
