"""What went wrong is told one by one: enough to look for its cause."""

from __future__ import annotations

from bench_stories import answer, call, said, sentence, stream

from voice_agent.bench.facts import Purpose, StreamFacts
from voice_agent.bench.mishaps import Mishap, Told, mishaps

ALL = (0.0, 60_000.0)


def told(facts: StreamFacts) -> list[Told]:
    return list(mishaps([call(facts)], ALL))


def kinds(facts: StreamFacts) -> list[Mishap]:
    return [one.mishap for one in told(facts)]


def test_a_call_that_goes_well_has_none() -> None:
    facts = stream(sentence(0, 2000), answer(3000, 4000), sentence(4300, 6000, "you are booked"))
    assert told(facts) == []


def test_an_answer_that_nobody_heard_is_told_with_what_came_at_last() -> None:
    facts = stream(sentence(0, 2000), answer(3000, 4000), sentence(11_000, 12_000, "are you still there"))
    (one,) = told(facts)
    assert (one.mishap, one.said, one.replied) == (Mishap.NO_REPLY, "some words", "are you still there")
    assert (one.took_ms, one.asked, one.voice, one.conditions) == (7000, "open", "flite:slt", ("echo",))


def test_every_kind_has_its_name() -> None:
    again = stream(sentence(0, 2000), answer(3000, 4000), sentence(4300, 6000, "sorry i did not understand"))
    assert kinds(again) == [Mishap.NOT_UNDERSTOOD]
    late = stream(sentence(0, 2000), answer(3000, 4000), sentence(6500, 7000, "you are booked"))
    assert kinds(late) == [Mishap.LATE]
    cut_off = stream(sentence(0, 2000), answer(3000, 6000, (4000, 4900)), sentence(4500, 7000, "when"))
    assert kinds(cut_off) == [Mishap.CUT_OFF]
    deaf = stream(sentence(0, 9000), said(Purpose.INTERRUPTION, 2000, 3000))
    assert kinds(deaf) == [Mishap.NOT_YIELDED]
    slow = stream(sentence(0, 2700, cut=True), said(Purpose.INTERRUPTION, 2000, 3000), clears=(2700,))
    assert kinds(slow) == [Mishap.SLOW_STOP]
    jumpy = stream(sentence(0, 2700, cut=True), said(Purpose.NOISE, 2000, 2500, text="cough"), clears=(2700,))
    assert kinds(jumpy) == [Mishap.NOT_IGNORED]
    alarmed = stream(answer(1000, 2000), sentence(2300, 4000, "this may be an emergency"))
    assert kinds(alarmed) == [Mishap.FALSE_ALARM]


def test_a_red_flag_that_is_missed_or_late_is_told() -> None:
    missed = stream(said(Purpose.RED_FLAG, 1000, 3000), sentence(3300, 5000, "what day would suit you"))
    assert kinds(missed) == [Mishap.FLAG_MISSED]
    asked = stream(said(Purpose.RED_FLAG, 1000, 3000), sentence(9000, 11_000, "this may be an emergency"))
    (one,) = mishaps([call(asked, nurse_rung_ms=9100)], ALL)
    assert (one.mishap, one.took_ms) == (Mishap.FLAG_LATE, 6100)
    alone = stream(said(Purpose.RED_FLAG, 1000, 3000), sentence(3300, 5000, "this may be an emergency"))
    assert kinds(alone) == [Mishap.FLAG_LATE], "no nurse was rung"
    assert list(mishaps([call(alone, nurse_rung_ms=3400)], ALL)) == []


def test_what_happened_while_callers_still_came_is_left_out_but_for_false_alarms() -> None:
    facts = stream(answer(1000, 2000), sentence(8000, 9000, "this may be an emergency"), answer(10_000, 11_000))
    assert [one.mishap for one in mishaps([call(facts)], (20_000, 60_000))] == [Mishap.FALSE_ALARM]
