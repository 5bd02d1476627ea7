"""One telephone, without a call around it: turns, gaps, keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from voice_agent.simulator import sound
from voice_agent.simulator.phone import FALLS_SILENT_MS, Phone
from voice_agent.simulator.timeline import Notebook, Timeline, What

LOUD = sound.BEEP[:160]


class TwoBeeps:
    """A voice for tests: every line lasts 400 ms."""

    def speak(self, text: str) -> bytes:
        return sound.BEEP * 2


class Nobody:
    def step(self, phone: Phone) -> None:
        """Do nothing."""


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def phone(timeline: Timeline) -> Phone:
    phone = Phone(Nobody(), voice=TwoBeeps(), ears=None)
    phone.connect(Notebook(timeline, "CA1", "caller"))
    return phone


def hear(phone: Phone, frame: bytes, ms: int, **how: bool) -> bytes:
    return b"".join(phone.exchange(frame, **how) for _ in range(ms // 20))


def heard(timeline: Timeline) -> list[tuple[int | None, int | None]]:
    return [(step.gap_ms, step.lasted_ms) for step in timeline.steps() if step.what is What.HEARD]


def test_a_turn_ends_after_a_silence(phone: Phone, timeline: Timeline) -> None:
    hear(phone, LOUD, 300)
    assert phone.sounding_ms == 280
    hear(phone, sound.SILENCE, 400)
    hear(phone, LOUD, 100)
    hear(phone, sound.SILENCE, FALLS_SILENT_MS - 20)
    assert not phone.waiting
    hear(phone, sound.SILENCE, 20)
    assert phone.waiting
    assert phone.sounding_ms == 0
    assert heard(timeline) == [(None, 800)]


def test_the_gap_between_our_words_and_the_next_sound(phone: Phone, timeline: Timeline) -> None:
    phone.say("hello")
    spoken = hear(phone, sound.SILENCE, 400)
    assert not phone.speaking
    assert len(spoken) == 3200
    hear(phone, sound.SILENCE, 700)
    hear(phone, LOUD, 100)
    hear(phone, sound.SILENCE, 700)
    hear(phone, LOUD, 100)
    hear(phone, sound.SILENCE, 700)
    assert heard(timeline) == [(700, 100), (None, 100)]


def test_an_agent_that_gives_way_is_answered_anew(phone: Phone, timeline: Timeline) -> None:
    """Barge-in: the prompt stops under our words; its answer, soon after, is a turn of its own."""
    hear(phone, LOUD, 500)
    phone.say("a person please")
    hear(phone, LOUD, 200)
    hear(phone, sound.SILENCE, 200)
    assert not phone.waiting
    hear(phone, sound.SILENCE, 300)
    hear(phone, LOUD, 100)
    hear(phone, sound.SILENCE, 700)
    assert heard(timeline) == [(None, 700), (300, 100)]


def test_an_agent_that_talks_on_has_no_gap(phone: Phone, timeline: Timeline) -> None:
    hear(phone, LOUD, 100)
    phone.say("hello")
    hear(phone, LOUD, 800)
    hear(phone, sound.SILENCE, 5000)
    hear(phone, LOUD, 100)
    hear(phone, sound.SILENCE, 700)
    assert heard(timeline) == [(None, 900), (None, 100)]


def test_a_cough_answers_nothing(phone: Phone, timeline: Timeline) -> None:
    """The prompt that waited for it goes on: one turn, and no answer to what was no question."""
    hear(phone, LOUD, 300)
    phone.say("noise:cough")
    hear(phone, sound.SILENCE, 500)
    hear(phone, LOUD, 200)
    hear(phone, sound.SILENCE, 700)
    assert phone.waiting
    assert heard(timeline) == [(None, 1000)]
    phone.say("noise:cough")
    hear(phone, sound.SILENCE, 1500)
    assert phone.waiting
    hear(phone, LOUD, 200)
    hear(phone, sound.SILENCE, 700)
    assert heard(timeline)[1:] == [(None, 200)]


def test_an_announcement_is_told_and_not_heard_twice(phone: Phone, timeline: Timeline) -> None:
    phone.say("hello")
    hear(phone, sound.SILENCE, 500)
    hear(phone, LOUD, 300, transcribe=False)
    phone.told("Please hold, it's 8.", at_ms=5, lasted_ms=300)
    hear(phone, sound.SILENCE, 700)
    assert phone.fresh == "please hold it's 8"
    steps = [step for step in timeline.steps() if step.what is What.HEARD]
    assert [(step.text, step.gap_ms) for step in steps] == [("Please hold, it's 8.", 100)]


def test_ringing_and_music_are_nothing_that_was_said(phone: Phone, timeline: Timeline) -> None:
    hear(phone, LOUD, 300, transcribe=False)
    hear(phone, sound.SILENCE, 700)
    assert heard(timeline) == []


def test_keys_come_one_by_one(phone: Phone) -> None:
    phone.press("12")
    assert phone.pressed() == "1"
    assert not phone.keys_due()
    hear(phone, sound.SILENCE, 300)
    assert phone.pressed() == "2"


def test_a_room_is_heard_behind_the_words(timeline: Timeline) -> None:
    def level(noise_db: float, act: Callable[[Phone], None]) -> float:
        phone = Phone(Nobody(), voice=TwoBeeps(), ears=None, noise_db=noise_db)
        phone.connect(Notebook(timeline, "CA1", "caller"))
        act(phone)
        values = sound.samples(hear(phone, sound.SILENCE, 400))
        return float((values**2).mean() ** 0.5)

    quiet, kitchen, street = (level(noise_db, lambda phone: None) for noise_db in (0.0, 20.0, 10.0))
    assert quiet < 30
    assert kitchen == pytest.approx(250, rel=0.1)
    assert street == pytest.approx(790, rel=0.1)
    assert level(10.0, lambda phone: phone.say("x")) > level(0.0, lambda phone: phone.say("x"))


def test_what_was_being_heard_at_the_end_counts(phone: Phone, timeline: Timeline) -> None:
    hear(phone, LOUD, 200)
    phone.disconnect()
    phone.disconnect()
    assert len(heard(timeline)) == 1
