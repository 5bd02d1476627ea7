"""One call on a socket: messages in, messages out, nothing lost on the way."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from voice_agent.audio import mulaw
from voice_agent.call.commands import Command, Speak
from voice_agent.call.events import CallConnected, Event, Listened, NotHeardAgain, Transcribed, Word
from voice_agent.call.handoff import CallSummary, Disposition
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.lines import Lines
from voice_agent.call.replies import DialogReply, Meaning
from voice_agent.call.second_listening import TwoEars
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.call_loop import Call, CallSettings, LoopSettings, SocketClosedError, Threads
from voice_agent.call_observer import Unobserved
from voice_agent.errors import DialogError
from voice_agent.fakes.carrier import InMemoryCarrier
from voice_agent.fakes.scheduling import FakeScheduling
from voice_agent.fakes.second_opinions import HARMLESS, FakeSecondOpinions
from voice_agent.fakes.speech import FakeRecognizers, FakeSecondEars, FakeSynthesizer, FakeVoiceActivity
from voice_agent.fakes.store import InMemoryCallStore
from voice_agent.likely_replies import LikelyReplies
from voice_agent.nurse_desk import NurseDesk, NurseDeskSettings
from voice_agent.ports import Services
from voice_agent.records.recording import NoRecording
from voice_agent.services.scheduling.clinic_calendar import ClinicCalendar
from voice_agent.speaking import SpeakingSettings
from voice_agent.telephony import media_stream as wire
from voice_agent.triage.red_flags import RedFlagScreen

QUIET = bytes([0xFF]) * 160
LOUD = mulaw.encode(b"\x00\x20" * 160)


class AnsweringDialog:
    """Answers everything with one sentence, or fails."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False
        self.takes_s = 0.0

    def reply(self, call_id: str, message: str, denied: tuple[str, ...] = ()) -> DialogReply:
        time.sleep(self.takes_s)
        if self.broken:
            raise DialogError("Rasa is down")
        self.asked.append(message)
        return DialogReply(("We are open from eight to five.",))

    def meaning(self, text: str) -> Meaning:
        return Meaning("ask_hours", 0.9)

    def check(self) -> str | None:
        return None


class Notebook(Unobserved):
    """An observer that writes down what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.prompts: list[int] = []
        self.waits_and_wakes: list[int | bool] = []

    def happened(self, event: Event, commands: list[Command]) -> None:
        self.events.append(event)
        self.commands += commands

    def frame_sent(self, prompt: int) -> None:
        self.prompts.append(prompt)

    def waits(self, timeout_s: float, behind_ms: int) -> None:
        self.waits_and_wakes.append(behind_ms)

    def woke(self, message_came: bool) -> None:
        self.waits_and_wakes.append(message_came)


class Telephone:
    """Twilio's end of the socket, faster than real time: it plays at once what it is sent, and returns the marks."""

    def __init__(self) -> None:
        self._to_server: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.sent: list[wire.Outgoing] = []
        self.at_ms = 0
        self.returns_marks = True
        self._to_server.put(wire.connected_message())
        self._to_server.put(wire.start_message("MZ1", "CA1", account_id="AC1", parameters={}))

    def receive(self, timeout_s: float) -> str | bytes | None:
        try:
            message = self._to_server.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if message is None:
            raise SocketClosedError
        return message

    def send(self, text: str) -> None:
        message = wire.parse_outgoing(text)
        self.sent.append(message)
        if isinstance(message, wire.OutMark) and self.returns_marks:
            self._to_server.put(wire.mark_message("MZ1", message.name, sequence=1))

    def line(self, ms: int, sound: bytes = QUIET) -> None:
        """So much of the caller's line, at about twenty times its speed."""
        for _ in range(ms // 20):
            self._to_server.put(wire.media_message("MZ1", sound, at_ms=self.at_ms, chunk=1, sequence=1))
            self.at_ms += 20
            time.sleep(0.001)

    def until(self, true: Callable[[], bool]) -> None:
        """Silence until something has happened."""
        for _ in range(1500):
            if true():
                return
            self.line(20)
        raise AssertionError("it never happened")

    def raw(self, text: str) -> None:
        self._to_server.put(text)

    def press(self, digit: str) -> None:
        self._to_server.put(wire.dtmf_message("MZ1", digit, sequence=1))

    def hang_up(self) -> None:
        self._to_server.put(wire.stop_message("MZ1", "CA1", account_id="AC1", sequence=1))

    def vanish(self) -> None:
        self._to_server.put(None)

    def played_ms(self) -> int:
        return sum(len(message.mulaw) // 8 for message in self.sent if isinstance(message, wire.OutMedia))


class Scene:
    """A call that runs in its own thread."""

    def __init__(
        self,
        lines: Lines,
        screen: RedFlagScreen,
        script: list[Transcribed],
        threads: Threads,
        second: FakeSecondEars | None = None,
        opinions: FakeSecondOpinions | None = None,
    ) -> None:
        self.phone = Telephone()
        self.store = InMemoryCallStore()
        self.carrier = InMemoryCarrier()
        self.dialog = AnsweringDialog()
        self.synthesizer = FakeSynthesizer()
        self.draining = False
        self.observer = Notebook()
        services = Services(
            recognizers=FakeRecognizers(script),
            voice_activity=FakeVoiceActivity,
            synthesizer=self.synthesizer,
            dialog=self.dialog,
            store=self.store,
            scheduling=FakeScheduling(ClinicCalendar(), lambda: datetime.now(UTC)),
            carrier=self.carrier,
            second_ears=second,
            second_opinions=opinions,
        )
        desk = NurseDesk(
            self.store, self.carrier, NurseDeskSettings(("+15550100201",)), lambda: datetime.now(UTC) + timedelta()
        )
        how = SessionSettings(
            second_ear=TwoEars() if second else None, second_opinion=opinions.thresholds if opinions else None
        )
        self.session = CallSession(how, lines, screen)
        self._call = Call(
            self.phone,
            self.session,
            services,
            desk,
            threads,
            CallSettings(LoopSettings(stalled_after_ms=1000)),
            NoRecording(),
            LikelyReplies(),
            lambda: self.draining,
            self.observer,
        )
        self.summary: CallSummary | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.summary = self._call.run(lambda started: CallConnected(started.call_id, "+15550199"))

    def ended(self) -> CallSummary:
        self._thread.join(10)
        assert not self._thread.is_alive(), "the call never ended"
        assert self.summary is not None
        return self.summary

    def close(self) -> None:
        self.phone.vanish()
        self._thread.join(10)


@pytest.fixture
def threads() -> Iterator[Threads]:
    with ThreadPoolExecutor(2) as recognition, ThreadPoolExecutor(8) as services:
        yield Threads(recognition, services)


@pytest.fixture
def open_scene(lines: Lines, screen: RedFlagScreen, threads: Threads) -> Iterator[Callable[..., Scene]]:
    scenes: list[Scene] = []

    def opened(
        *script: Transcribed, second: FakeSecondEars | None = None, opinions: FakeSecondOpinions | None = None
    ) -> Scene:
        scenes.append(Scene(lines, screen, list(script), threads, second, opinions))
        return scenes[-1]

    yield opened
    for scene in scenes:
        scene.close()


def test_the_greeting_is_played_to_its_end_and_then_the_line_is_quiet(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene()
    scene.phone.until(lambda: scene.session.state == "listening")
    marks = [message for message in scene.phone.sent if isinstance(message, wire.OutMark)]
    assert len(marks) == 4, "one a sentence"
    assert scene.phone.played_ms() > 2000
    assert all(turn.heard for turn in scene.session.summary.turns)


def test_our_sound_never_runs_further_ahead_of_the_caller_s_than_the_lead(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene()
    for _ in range(60):
        scene.phone.line(20)
        assert scene.phone.played_ms() <= scene.phone.at_ms + SpeakingSettings().lead_ms


def test_a_question_is_answered(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene(Transcribed("when are you open", at_ms=20_000))
    scene.phone.until(lambda: scene.session.state == "listening")
    scene.phone.line(20_200 - scene.phone.at_ms, LOUD)
    scene.phone.until(lambda: bool(scene.dialog.asked))
    scene.phone.until(lambda: scene.session.state == "listening")
    assert scene.dialog.asked == ["when are you open"]
    assert scene.session.summary.turns[-1].text == "We are open from eight to five."
    assert scene.session.summary.turns[-1].heard


def test_words_whose_meaning_is_very_near_an_emergency_bring_a_nurse(open_scene: Callable[..., Scene]) -> None:
    said = "everything has gone sort of sideways on me"
    opinions = FakeSecondOpinions({said: replace(HARMLESS, urgent=0.99)})
    scene = open_scene(Transcribed(said, at_ms=20_000), opinions=opinions)
    scene.phone.until(lambda: scene.session.state == "listening")
    scene.phone.line(20_200 - scene.phone.at_ms, LOUD)
    scene.phone.until(lambda: scene.session.state == "transferring")
    assert opinions.asked == [said]
    assert scene.session.summary.red_flag is not None


def test_an_opinion_that_never_comes_keeps_nobody_waiting(open_scene: Callable[..., Scene]) -> None:
    said = "everything has gone sort of sideways on me"
    scene = open_scene(Transcribed(said, at_ms=20_000), opinions=FakeSecondOpinions(problem="It is broken: mend it."))
    scene.phone.until(lambda: scene.session.state == "listening")
    scene.phone.line(20_200 - scene.phone.at_ms, LOUD)
    scene.phone.until(lambda: scene.dialog.asked == [said])


def test_a_red_flag_rings_the_nurse_and_leaves_for_the_conference(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene(Transcribed("my chest hurts and my left arm feels heavy", at_ms=500, final=True))
    scene.phone.line(700)
    scene.phone.until(lambda: bool(scene.carrier.rung))
    record = scene.store.load_call("CA1")
    assert record is not None
    assert record.next_step != "conference", "the safety sentence is still being said: nobody may take the caller away"
    scene.phone.until(lambda: scene.session.state == "ended")
    summary = scene.ended()
    assert summary.disposition is Disposition.NURSE_TRANSFERRED
    transfer = scene.store.transfer_of_call("CA1")
    assert transfer is not None
    record = scene.store.load_call("CA1")
    assert record is not None
    assert (record.next_step, record.transfer_token) == ("conference", transfer.token)
    kept = scene.store.load_summary(transfer.token)
    assert kept is not None
    assert kept.safety_heard, "the nurse is told that the safety sentence was heard"


def test_a_broken_dialog_ends_at_the_nurse_with_words(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene(Transcribed("when are you open", at_ms=20_000))
    scene.dialog.broken = True
    scene.phone.until(lambda: scene.session.state == "listening")
    scene.phone.line(20_200 - scene.phone.at_ms, LOUD)
    scene.phone.until(lambda: bool(scene.carrier.rung))
    scene.phone.until(lambda: scene.session.state == "ended")
    said = [turn.text for turn in scene.ended().turns if turn.speaker == "agent" and turn.heard]
    assert "I am connecting you to a nurse now. Please stay on the line." in said


def test_a_broken_store_ends_at_the_nurse_line_with_words(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene(Transcribed("when are you open", at_ms=20_000))
    scene.phone.until(lambda: scene.session.state == "listening")
    scene.store.fail()
    scene.phone.line(20_200 - scene.phone.at_ms, LOUD)
    scene.phone.until(lambda: scene.session.state == "ended")
    said = [turn.text for turn in scene.ended().turns if turn.speaker == "agent" and turn.heard]
    assert "I am connecting you to a nurse now. Please stay on the line." in said


def test_a_broken_voice_leaves_at_once_so_that_the_carrier_speaks(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene()
    scene.synthesizer.problem = "eSpeak NG is gone"
    scene.phone.until(lambda: scene.session.state in {"listening", "ended"})
    if scene.session.state == "listening":
        scene.phone.press("9")
        scene.phone.until(lambda: scene.session.state == "ended")
    scene.ended()
    record = scene.store.load_call("CA1")
    assert record is None or record.next_step == "nurse_line"


def test_a_slow_reply_is_covered_with_a_filler(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene(Transcribed("when are you open", at_ms=20_000))
    scene.dialog.takes_s = 1.2
    scene.phone.until(lambda: scene.session.state == "listening")
    scene.phone.line(20_200 - scene.phone.at_ms, LOUD)
    scene.phone.until(lambda: any(turn.text == "One moment." for turn in scene.session.summary.turns))


def test_nonsense_on_the_socket_is_survived(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene()
    for text in ("{", "[]", '{"event":"media"}', '{"event":"novelty","streamSid":"MZ1"}', '{"event":"dtmf","dtmf":{}}'):
        scene.phone.raw(text)
    scene.phone.until(lambda: scene.session.state == "listening")


def test_a_key_is_heard(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene()
    scene.phone.line(200)
    scene.phone.press("0")
    scene.phone.until(lambda: bool(scene.carrier.rung))


def test_hanging_up_ends_the_call(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene()
    scene.phone.line(200)
    scene.phone.hang_up()
    assert scene.ended().disposition is Disposition.ABANDONED


def test_a_call_that_outlives_its_server_s_threads_is_left_to_be_resumed(
    open_scene: Callable[..., Scene], threads: Threads
) -> None:
    """A worker has some seconds to hand its calls on; then Python lets no thread take more work."""
    scene = open_scene()
    scene.phone.until(lambda: scene.session.state == "listening")
    threads.recognition.shutdown()
    threads.services.shutdown()
    scene.draining = True
    scene.phone.line(200)
    scene.ended()
    record = scene.store.load_call("CA1")
    assert record is not None
    assert record.next_step == "reconnect"


@pytest.mark.parametrize("how", ["vanish", "stall", "drain"])
def test_a_call_whose_socket_goes_can_be_resumed(open_scene: Callable[..., Scene], how: str) -> None:
    scene = open_scene()
    scene.phone.line(200)
    if how == "vanish":
        scene.phone.vanish()
    scene.draining = how == "drain"
    scene.ended()
    record = scene.store.load_call("CA1")
    assert record is not None
    assert record.next_step == "reconnect"
    assert record.summary is not None
    assert record.summary.turns, "what was said so far is kept"


def test_after_a_clear_marks_of_what_was_cleared_do_not_count_as_heard(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene(Transcribed("wait i need a refill", at_ms=1200))
    scene.phone.returns_marks = False
    scene.phone.line(800)
    scene.phone.line(600, LOUD)
    scene.phone.until(lambda: any(isinstance(message, wire.OutClear) for message in scene.phone.sent))
    for message in list(scene.phone.sent):
        if isinstance(message, wire.OutMark):
            scene.phone.raw(wire.mark_message("MZ1", message.name, sequence=1))
    scene.phone.line(200)
    greeting = [turn for turn in scene.session.summary.turns if turn.speaker == "agent"][:4]
    assert not any(turn.heard for turn in greeting[1:])


def test_the_observer_is_told_of_everything_in_order(open_scene: Callable[..., Scene]) -> None:
    scene = open_scene(Transcribed("when are you open", at_ms=20_000))
    scene.phone.until(lambda: scene.session.state == "listening")
    scene.phone.line(20_200 - scene.phone.at_ms, LOUD)
    scene.phone.until(lambda: bool(scene.dialog.asked))
    scene.phone.until(lambda: scene.session.state == "listening")
    scene.phone.hang_up()
    scene.ended()
    told = scene.observer
    prompts = [command.prompt.id for command in told.commands if isinstance(command, Speak)]
    assert sorted(set(told.prompts)) == prompts == [1, 2]
    assert told.prompts == sorted(told.prompts)
    assert len(told.prompts) * 20 == scene.phone.played_ms()
    frames = [event.at_ms for event in told.events if isinstance(event, Listened)]
    assert frames == list(range(20, frames[-1] + 20, 20))
    waits, wakes = told.waits_and_wakes[::2], told.waits_and_wakes[1::2]
    assert all(isinstance(behind_ms, int) and not isinstance(behind_ms, bool) for behind_ms in waits)
    assert {type(came) for came in wakes} == {bool}
    assert len(waits) == len(wakes)
    assert sum(wakes) >= len(frames)


class TestTwoEars:
    HOURS = "when are you open"
    HEARD = SecondHearing(HOURS, tuple(Word(word, 0, 1000, 0.95) for word in HOURS.split()))

    def test_a_caller_whom_only_the_second_ear_understands_is_answered(self, open_scene: Callable[..., Scene]) -> None:
        scene = open_scene(second=FakeSecondEars([self.HEARD]))
        scene.phone.until(lambda: scene.session.state == "listening")
        scene.phone.line(1000, LOUD)
        scene.phone.until(lambda: bool(scene.dialog.asked))
        assert scene.dialog.asked == [self.HOURS]

    def test_a_second_ear_that_is_down_holds_nobody_up(self, open_scene: Callable[..., Scene]) -> None:
        scene = open_scene(Transcribed(self.HOURS, at_ms=20_000), second=FakeSecondEars(problem="It is gone."))
        scene.phone.until(lambda: scene.session.state == "listening")
        scene.phone.line(20_200 - scene.phone.at_ms, LOUD)
        scene.phone.until(lambda: bool(scene.dialog.asked))
        assert scene.dialog.asked == [self.HOURS]
        assert any(isinstance(event, NotHeardAgain) for event in scene.observer.events)

    def test_a_red_flag_that_only_the_second_ear_hears_rings_the_nurse(self, open_scene: Callable[..., Scene]) -> None:
        scene = open_scene(second=FakeSecondEars([SecondHearing("my chest hurts and my left arm feels heavy")]))
        scene.phone.until(lambda: scene.session.state == "listening")
        scene.phone.line(1000, LOUD)
        scene.phone.until(lambda: bool(scene.carrier.rung))
