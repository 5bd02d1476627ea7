"""What the facts of a call mean: each rule on a timeline made by hand."""

from __future__ import annotations

import pytest
from bench_stories import answer, said, sentence, stream

from voice_agent.bench import judging
from voice_agent.bench.facts import Ended, Purpose, Uttered
from voice_agent.bench.judging import Alarm, Disturbed, Interrupted, Outcome, Paused, Turn


def only_turn(*events: object, **told: object) -> Turn:
    (turn,) = judging.turns(stream(*events, **told))  # type: ignore[arg-type]
    return turn


class TestTurns:
    def test_the_gap_runs_from_the_last_word_to_the_first_sound(self) -> None:
        turn = only_turn(answer(1000, 2000, asked="yes_no"), sentence(2350, 4000, "what day"))
        assert turn == Turn("yes_no", Outcome.ANSWERED, 2000, 350)

    def test_a_filler_ends_the_gap_and_is_counted(self) -> None:
        turn = only_turn(answer(1000, 2000), sentence(2700, 3000, "one moment"), sentence(3500, 4000, "what day"))
        assert (turn.gap_ms, turn.filler, turn.outcome) == (700, True, Outcome.ANSWERED)

    @pytest.mark.parametrize(
        "words", ["i am sorry i did not understand that", "could you say that in other words", "i did not get the day"]
    )
    def test_being_asked_again_is_words_lost(self, words: str) -> None:
        turn = only_turn(answer(1000, 2000), sentence(2300, 4000, words))
        assert (turn.outcome, turn.gap_ms) == (Outcome.NOT_UNDERSTOOD, 300)

    def test_being_asked_again_later_is_not_this_answers_fault(self) -> None:
        first, second = judging.turns(
            stream(
                answer(1000, 2000),
                sentence(2300, 4000, "what day"),
                answer(5000, 6000),
                sentence(6300, 8000, "i did not get the day"),
            )
        )
        assert (first.outcome, second.outcome) == (Outcome.ANSWERED, Outcome.NOT_UNDERSTOOD)

    def test_silence_for_four_seconds_is_no_reply(self) -> None:
        assert only_turn(answer(1000, 2000), ended=9000).outcome is Outcome.NO_REPLY
        late = only_turn(answer(1000, 2000), sentence(6500, 8000, "what day"))
        assert (late.outcome, late.gap_ms) == (Outcome.NO_REPLY, 4500)

    def test_a_reply_after_the_caller_spoke_again_answers_that(self) -> None:
        first = judging.turns(stream(answer(1000, 2000), said(Purpose.NUDGE, 7000, 7500), sentence(8000, 9000)))[0]
        assert (first.outcome, first.gap_ms) == (Outcome.NO_REPLY, None)

    def test_a_call_that_ends_too_soon_proves_nothing(self) -> None:
        assert only_turn(answer(1000, 2000), ended=3000).outcome is Outcome.UNKNOWN

    def test_an_agent_that_speaks_into_the_answer_has_cut_it_off(self) -> None:
        turn = only_turn(answer(1000, 3000), sentence(2500, 4000))
        assert (turn.outcome, turn.gap_ms) == (Outcome.CUT_OFF, None)


class TestInterruptions:
    def test_stopping_is_timed_to_the_last_sound_heard(self) -> None:
        cut = sentence(0, 2500, cut=True)
        facts = stream(
            cut, said(Purpose.INTERRUPTION, 2000, 3500), clears=(2500,), heard=((0, 1400), (1500, 2180)), ended=9000
        )
        assert judging.interruptions(facts) == [Interrupted(2000, True, 180)]

    def test_a_prompt_that_goes_on_has_not_yielded(self) -> None:
        facts = stream(sentence(0, 5000), sentence(5200, 9000, "press zero"), said(Purpose.INTERRUPTION, 2000, 3000))
        assert judging.interruptions(facts) == [Interrupted(2000, False, None)]

    def test_a_prompt_that_was_nearly_over_is_no_trial(self) -> None:
        assert judging.interruptions(stream(sentence(0, 3000), said(Purpose.INTERRUPTION, 2000, 3500))) == []

    def test_what_interrupts_nothing_is_no_trial(self) -> None:
        assert judging.interruptions(stream(sentence(0, 1000), said(Purpose.INTERRUPTION, 2000, 3500))) == []

    def test_a_clear_long_after_the_words_is_not_for_them(self) -> None:
        facts = stream(sentence(0, 9000, cut=True), said(Purpose.INTERRUPTION, 2000, 3000), clears=(9000,))
        assert judging.interruptions(facts) == [Interrupted(2000, False, None)]


class TestDisturbances:
    def test_a_short_pause_and_on_it_goes(self) -> None:
        facts = stream(sentence(0, 5000), said(Purpose.NOISE, 2000, 2500), heard=((0, 2200), (3100, 5000)))
        assert judging.disturbances(facts) == [Disturbed(2000, Purpose.NOISE, True)]

    def test_a_silence_of_over_a_second_is_not_ignoring(self) -> None:
        facts = stream(sentence(0, 5500), said(Purpose.NOISE, 2000, 2500), heard=((0, 2200), (3300, 5500)))
        assert judging.disturbances(facts) == [Disturbed(2000, Purpose.NOISE, False)]

    def test_a_sentence_that_was_cut_was_not_ignored(self) -> None:
        facts = stream(sentence(0, 2800, cut=True), said(Purpose.BACKCHANNEL, 2000, 2400), clears=(2800,))
        assert judging.disturbances(facts) == [Disturbed(2000, Purpose.BACKCHANNEL, False)]

    def test_not_understanding_a_cough_is_not_ignoring_it(self) -> None:
        facts = stream(
            sentence(0, 4000),
            said(Purpose.NOISE, 2000, 2500),
            sentence(4400, 6000, "i am sorry i did not understand that"),
        )
        assert judging.disturbances(facts) == [Disturbed(2000, Purpose.NOISE, False)]

    def test_at_the_very_end_of_a_sentence_nothing_is_tried(self) -> None:
        assert judging.disturbances(stream(sentence(0, 2200), said(Purpose.NOISE, 2000, 2500))) == []

    def test_the_end_of_the_stream_is_nobodys_fault(self) -> None:
        facts = stream(sentence(0, 4000, cut=True), said(Purpose.NOISE, 2000, 2500), ended=4000)
        assert judging.disturbances(facts) == []


class TestPauses:
    def test_a_pause_that_is_waited_out(self) -> None:
        facts = stream(answer(1000, 4000, (1500, 2000), (2800, 3700)), sentence(4500, 6000))
        assert judging.pauses(facts) == [Paused(1500, False), Paused(2800, False)]

    def test_a_sound_counts_against_the_pause_before_it(self) -> None:
        facts = stream(answer(1000, 4000, (1500, 2000), (2800, 3700)), sentence(3900, 6000))
        assert [pause.cut_off for pause in judging.pauses(facts)] == [False, True]

    def test_how_the_words_before_it_sounded_is_told(self) -> None:
        line = "i need <500> an appointment <~700> for a checkup"
        spoken = Uttered(Purpose.ANSWER, "open", line, 1000, 4000, ((1500, 2000), (2800, 3700)))
        assert [pause.goes_on for pause in judging.pauses(stream(spoken))] == [False, True]

    def test_nobody_has_to_wait_longer_than_a_second(self) -> None:
        assert judging.pauses(stream(answer(1000, 4000, (1500, 2700)), sentence(2500, 6000))) == []


class TestAlarms:
    FLAG = said(Purpose.RED_FLAG, 1000, 3000, text="my chest hurts")

    def test_all_times_run_from_the_end_of_the_phrase(self) -> None:
        facts = stream(self.FLAG, sentence(3400, 5000, "this may be an emergency"))
        assert judging.alarms(facts, 3800, Ended.NURSE) == [Alarm(3000, 400, 800)]
        assert judging.alarms(facts, 3800, Ended.NURSE, 3900) == [Alarm(3000, 400, 800, 900)]

    def test_a_quicker_one_is_negative(self) -> None:
        facts = stream(self.FLAG, sentence(2900, 5000, "this may be an emergency"))
        assert judging.alarms(facts, 2950, Ended.NURSE) == [Alarm(3000, -100, -50)]

    def test_another_answer_is_no_safety_sentence(self) -> None:
        facts = stream(self.FLAG, sentence(3400, 5000, "what day would you like"))
        assert judging.alarms(facts, None, Ended.HUNG_UP) == [Alarm(3000, None, None)]

    def test_a_bench_that_is_over_proves_nothing(self) -> None:
        assert judging.alarms(stream(self.FLAG, ended=4000), None, Ended.BENCH_OVER) == []

    def test_nothing_alarming_no_alarm(self) -> None:
        assert judging.alarms(stream(answer(0, 1000)), None, Ended.HUNG_UP) == []
        assert judging.false_alarm(stream(answer(0, 1000), sentence(1500, 2000, "this may be an emergency")))
        assert not judging.false_alarm(stream(self.FLAG, sentence(3400, 5000, "this may be an emergency")))


def test_an_agent_that_stops_for_its_own_echo() -> None:
    alone = stream(sentence(0, 1500, cut=True), clears=(1500,))
    assert judging.needless_stops(alone) == 1
    interrupted = stream(sentence(0, 1500, cut=True), said(Purpose.INTERRUPTION, 1000, 1400), clears=(1500,))
    assert judging.needless_stops(interrupted) == 0
    nothing_to_stop = stream(sentence(0, 1000), clears=(9000,))
    assert judging.needless_stops(nothing_to_stop) == 0


def test_the_longest_silence_is_looked_for_inside_a_stretch_only() -> None:
    assert judging.longest_silence(((0, 100), (400, 500), (600, 5000)), (50, 700)) == 300
    assert judging.longest_silence((), (100, 400)) == 300
    assert judging.longest_silence(((0, 200),), (100, 900)) == 700
