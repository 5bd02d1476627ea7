"""Whole calls over the real line: sound in, sound out.

Calls that do not disturb each other run four at a time; those that need a nurse's telephone for themselves run after
them, one by one. Only what the chosen tests ask for is placed.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, timedelta

import pytest
from whole_line import Line

from voice_agent.call.handoff import Disposition
from voice_agent.call.transfer import TransferStatus
from voice_agent.ports import Appointment, Patient
from voice_agent.simulator.ears import plain
from voice_agent.simulator.printing import line as shown
from voice_agent.simulator.run import CallResult
from voice_agent.simulator.timeline import Step, What
from voice_agent.triage.care_levels import CareLevel

pytestmark = pytest.mark.timeout(1200)  # training, where it is due, and all calls count as the first test's
TOGETHER = 4
ALONE = frozenset({"nurse_refuses", "nobody_accepts", "all_busy", "hangs_up_while_ringing", "call_me_back"})
"""Their nurses act differently from those of the other scenarios, who share the number."""
AT_ONCE_MS = 3000
"""From the end of the caller's words to ours, with four calls on two cores; alone it is a third of that."""


class Calls:
    """Calls under way; each result is waited for by the test that needs it."""

    def __init__(self, line: Line, names: list[str]) -> None:
        self.booked_before = {appointment.id for appointment in appointments(line)}
        """Other tests' callers use the same line, and some of them book."""
        self._pool = ThreadPoolExecutor(TOGETHER + 1)
        first = [name for name in names if name not in ALONE]
        self._gate = ThreadPoolExecutor(TOGETHER)
        self._under_way: dict[str, Future[CallResult]] = {name: self._gate.submit(line.place, name) for name in first}
        before = list(self._under_way.values())
        last: Future[CallResult] | None = None
        for name in (name for name in names if name in ALONE):
            waits_for = [last] if last else before
            last = self._pool.submit(_after, waits_for, line, name)
            self._under_way[name] = last

    def result(self, name: str) -> CallResult:
        """The call as it went. Fails the test, with the timeline, unless it went as the scenario expects."""
        result = self._under_way[name].result()
        timeline = "\n".join(shown(step) for step in result.steps)
        assert result.ok, "\n".join([*result.failures, timeline])
        return result

    def close(self) -> None:
        """Wait for all."""
        self._gate.shutdown()
        self._pool.shutdown()


def appointments(line: Line) -> list[Appointment]:
    """Those of the caller of booking.yaml."""
    return line.scheduling.appointments_of(Patient("Mary Johnson", date(1952, 3, 3)), after=datetime.now(UTC))


def _after(others: list[Future[CallResult]], line: Line, name: str) -> CallResult:
    wait(others)
    return line.place(name)


@pytest.fixture(scope="module")
def calls(line: Line, request: pytest.FixtureRequest) -> Iterator[Calls]:
    """The calls that the chosen tests of this file are about, all placed at the first use."""
    items = [item for item in request.session.items if item.module is request.module]  # type: ignore[attr-defined]
    names = {mark.args[0]: None for item in items for mark in item.iter_markers("places")}
    placed = Calls(line, list(names))
    yield placed
    placed.close()


def heard_by_caller(result: CallResult) -> str:
    """All that the caller heard, as a recogniser writes it."""
    steps = [step for step in result.steps if step.call_id == result.call_id and step.what is What.HEARD]
    return " ".join(plain(step.text) for step in steps)


def first(result: CallResult, what: What, who: str = "caller", text: str = "") -> Step:
    """The first such step."""
    found = [step for step in result.steps if step.what is what and step.who.startswith(who) and text in step.text]
    assert found, f"no step {what} of {who} with {text!r}"
    return found[0]


def twiml(result: CallResult, path: str) -> list[str]:
    """The documents that the caller's leg got from `path`."""
    steps = [step for step in result.steps if step.what is What.TWIML and step.call_id == result.call_id]
    return [step.text for step in steps if path in step.text]


@pytest.mark.places("booking")
def test_booking_ends_in_the_appointment_book(line: Line, calls: Calls) -> None:
    result = calls.result("booking")
    found = [appointment for appointment in appointments(line) if appointment.id not in calls.booked_before]
    assert len(found) == 1
    start = found[0].slot.start
    assert (start.weekday(), start.hour < 12) == (1, True), "next Tuesday in the morning was asked for"
    assert start - datetime.now(UTC) < timedelta(days=15)
    assert line.summary(result.call_id).disposition is Disposition.APPOINTMENT_BOOKED
    assert line.transfer(result.call_id) is None


@pytest.mark.places("chest_pain")
def test_chest_pain_reaches_a_nurse_who_was_told(line: Line, calls: Calls) -> None:
    result = calls.result("chest_pain")
    assert line.transfer(result.call_id).status in {TransferStatus.BRIDGED, TransferStatus.DONE}
    summary = line.summary(result.call_id)
    assert summary.care_level is CareLevel.EMERGENCY_911
    assert "chest" in " ".join(piece.words for piece in summary.red_flag.evidence)
    said = first(result, What.SAID)
    advice = next(step for step in result.steps if step.what is What.HEARD and "emergency" in step.text)
    assert advice.at_ms - said.at_ms - said.lasted_ms <= AT_ONCE_MS


@pytest.mark.places("chest_pain")
@pytest.mark.places("booking")
def test_redis_holds_no_word_of_the_caller(line: Line, calls: Calls) -> None:
    number, name = "5550109002", "johnson"
    calls.result("booking")
    summary = line.summary(calls.result("chest_pain").call_id)
    spoken = " ".join(turn.text for turn in summary.turns)
    assert "heavy" in spoken, "the summary holds what must not be readable"
    assert number in summary.caller_number
    stored = line.stored().lower()
    assert len(stored) > 1000
    readable = [word for word in ("chest", "heavy", "hurts", "5550109001", number, name) if word.encode() in stored]
    assert readable == []


@pytest.mark.places("a_person")
def test_a_person_is_understood_as_the_line_is_first_started(line: Line, calls: Calls) -> None:
    result = calls.result("a_person")
    said = [turn.text for turn in line.summary(result.call_id).turns if turn.speaker == "caller"]
    assert said == ["hours", "no"]


@pytest.mark.places("nurse_refuses")
def test_a_nurse_who_passes_is_followed_by_the_next(line: Line, calls: Calls) -> None:
    result = calls.result("nurse_refuses")
    assert line.transfer(result.call_id).attempt == 1


@pytest.mark.places("nobody_accepts")
def test_nobody_there_leaves_advice_and_a_call_back(line: Line, calls: Calls) -> None:
    result = calls.result("nobody_accepts")
    transfer = line.transfer(result.call_id)
    assert transfer.status is TransferStatus.UNANSWERED
    task = next(task for task in line.store.callbacks() if task.token == transfer.token)
    assert datetime.fromisoformat(task.due_at) - datetime.now(UTC) <= timedelta(minutes=5)
    assert "call you back" in heard_by_caller(result)


@pytest.mark.places("all_busy")
def test_the_safety_advice_is_heard_before_it_is_said_that_nobody_can_come(line: Line, calls: Calls) -> None:
    result = calls.result("all_busy")
    assert line.summary(result.call_id).safety_heard


@pytest.mark.places("hangs_up_while_ringing")
def test_a_caller_who_leaves_is_called_back_and_the_ringing_stops(line: Line, calls: Calls) -> None:
    result = calls.result("hangs_up_while_ringing")
    gone = first(result, What.HUNG_UP)
    stopped = first(result, What.ENDED, "nurse")
    assert stopped.at_ms - gone.at_ms < 1500
    transfer = line.transfer(result.call_id)
    assert transfer.status is TransferStatus.CALLER_GONE
    assert transfer.token in {task.token for task in line.store.callbacks()}


@pytest.mark.places("call_me_back")
def test_who_says_so_in_the_wait_is_called_back(line: Line, calls: Calls) -> None:
    result = calls.result("call_me_back")
    transfer = line.transfer(result.call_id)
    assert transfer.status is TransferStatus.CALLBACK_CHOSEN
    assert transfer.token in {task.token for task in line.store.callbacks()}
    said = [turn.text for turn in line.summary(result.call_id).turns if turn.speaker == "caller"]
    assert any("call me back" in text for text in said), f"what is said in the wait is kept for the nurse: {said}"


@pytest.mark.places("asks_for_a_person")
def test_a_person_is_had_for_the_asking(line: Line, calls: Calls) -> None:
    summary = line.summary(calls.result("asks_for_a_person").call_id)
    assert summary.red_flag is None
    assert summary.disposition is Disposition.NURSE_TRANSFERRED


@pytest.mark.places("faq_hours")
def test_opening_hours_are_told(line: Line, calls: Calls) -> None:
    result = calls.result("faq_hours")
    assert line.transfer(result.call_id) is None
    assert line.summary(result.call_id).disposition is Disposition.SELF_SERVED


@pytest.mark.places("headache")
def test_a_headache_without_alarm_stays_with_us(line: Line, calls: Calls) -> None:
    result = calls.result("headache")
    assert line.transfer(result.call_id) is None
    assert line.summary(result.call_id).red_flag is None


@pytest.mark.places("keypad_only")
def test_zero_brings_a_person(line: Line, calls: Calls) -> None:
    result = calls.result("keypad_only")
    assert line.transfer(result.call_id).status in {TransferStatus.BRIDGED, TransferStatus.DONE}
    assert [turn.text for turn in line.summary(result.call_id).turns if turn.speaker == "caller"] == ["pressed 0"]


@pytest.mark.places("interrupts")
def test_the_greeting_gives_way(line: Line, calls: Calls) -> None:
    result = calls.result("interrupts")
    assert line.summary(result.call_id).disposition is Disposition.NURSE_TRANSFERRED


@pytest.mark.places("coughs")
def test_the_greeting_goes_on_after_a_cough(line: Line, calls: Calls) -> None:
    summary = line.summary(calls.result("coughs").call_id)
    assert [turn.text for turn in summary.turns if turn.speaker == "agent" and not turn.heard] == []


@pytest.mark.places("pauses")
def test_a_caller_who_pauses_is_not_cut_off(line: Line, calls: Calls) -> None:
    summary = line.summary(calls.result("pauses").call_id)
    said = [turn.text for turn in summary.turns if turn.speaker == "caller"]
    assert said[0] == "i would like to make an appointment"


@pytest.mark.places("bursts")
def test_a_line_in_bursts_loses_nothing(line: Line, calls: Calls) -> None:
    summary = line.summary(calls.result("bursts").call_id)
    assert [turn.text for turn in summary.turns if turn.speaker == "agent" and not turn.heard] == []


@pytest.mark.places("dead_line")
def test_a_dead_line_is_replaced(line: Line, calls: Calls) -> None:
    result = calls.result("dead_line")
    assert any("Connect(Stream)" in document for document in twiml(result, "/twilio/resume"))
    assert line.transfer(result.call_id) is None


@pytest.mark.places("silent_caller")
def test_silence_is_asked_about_then_brings_a_person(line: Line, calls: Calls) -> None:
    result = calls.result("silent_caller")
    assert line.transfer(result.call_id).status in {TransferStatus.BRIDGED, TransferStatus.DONE}


@pytest.mark.places("socket_breaks")
def test_a_broken_socket_is_replaced(line: Line, calls: Calls) -> None:
    result = calls.result("socket_breaks")
    assert any("Connect(Stream)" in document for document in twiml(result, "/twilio/resume"))
    assert line.transfer(result.call_id) is None
    assert "help you today" in " ".join(turn.text for turn in line.summary(result.call_id).turns), "the first half"


@pytest.mark.places("bad_line")
def test_an_emergency_is_heard_on_a_bad_line(line: Line, calls: Calls) -> None:
    result = calls.result("bad_line")
    assert line.summary(result.call_id).care_level is CareLevel.EMERGENCY_911
