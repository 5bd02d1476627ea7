"""The caller hears every byte once, in order, and we know how far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.audio.mulaw import SILENCE
from voice_agent.audio.playout import MULAW_FRAME_BYTES, Playout, PlayoutItem, Position, ReachedMark


def speech(frames: int, seed: int = 0) -> bytes:
    """Mu-law whose every frame differs from every other."""
    return b"".join((seed * 1000 + number).to_bytes(4, "big") * 40 for number in range(frames))


def sound(items: list[PlayoutItem]) -> bytes:
    return b"".join(item for item in items if isinstance(item, bytes))


def marks(items: list[PlayoutItem]) -> list[str]:
    return [item for item in items if isinstance(item, str)]


def play(playout: Playout, from_ms: int, to_ms: int) -> list[PlayoutItem]:
    """The caller's audio arrives frame by frame."""
    return [item for at_ms in range(from_ms + 20, to_ms + 20, 20) for item in playout.frames_due(at_ms)]


def test_a_sentence_starts_with_the_lead_and_goes_on_frame_by_frame() -> None:
    playout = Playout(lead_ms=160)
    playout.enqueue(1, 0, speech(50), last=True)
    assert len(playout.frames_due(1000)) == 8
    assert [len(playout.frames_due(at_ms)) for at_ms in (1020, 1040, 1060)] == [1, 1, 1]


def test_each_sentence_ends_in_a_mark_and_the_last_says_so() -> None:
    playout = Playout()
    playout.enqueue(7, 0, speech(3), last=False)
    playout.enqueue(7, 1, speech(2, seed=1), last=True)
    items = playout.frames_due(0)
    assert [type(item) for item in items] == [bytes, bytes, bytes, str, bytes, bytes, str]
    first, second = marks(items)
    assert playout.mark_reached(first) == ReachedMark(prompt=7, sentence=0, last=False)
    assert playout.position()
    assert playout.mark_reached(second) == ReachedMark(prompt=7, sentence=1, last=True)
    assert playout.position() is None


def test_the_last_frame_is_filled_up_with_silence() -> None:
    playout = Playout()
    playout.enqueue(1, 0, b"\x10" * 200, last=True)
    frames = [item for item in playout.frames_due(0) if isinstance(item, bytes)]
    assert frames == [b"\x10" * 160, b"\x10" * 40 + bytes([SILENCE]) * 120]


def test_a_sentence_without_sound_is_a_mark() -> None:
    playout = Playout()
    playout.enqueue(1, 0, b"", last=True)
    [name] = marks(playout.frames_due(0))
    assert playout.mark_reached(name) == ReachedMark(1, 0, last=True)


def test_a_gap_in_the_callers_audio_does_not_grow_the_lead() -> None:
    """Two seconds arrive at once: what we had sent has long been played, so only the lead goes out."""
    playout = Playout(lead_ms=160)
    playout.enqueue(1, 0, speech(500), last=True)
    playout.frames_due(1000)
    assert len(playout.frames_due(3000)) == 8


def test_frames_that_come_late_or_twice_send_nothing_more() -> None:
    playout = Playout()
    playout.enqueue(1, 0, speech(50), last=True)
    playout.frames_due(1000)
    assert playout.frames_due(1000) == []
    assert playout.frames_due(900) == []


def test_pause_keeps_the_place() -> None:
    playout = Playout(lead_ms=160)
    playout.enqueue(1, 0, speech(20), last=True)
    before = play(playout, 0, 100)
    playout.pause()
    assert playout.paused
    assert play(playout, 100, 1000) == []
    playout.resume()
    after = play(playout, 1000, 2000)
    assert sound(before) + sound(after) == speech(20)


def test_resuming_starts_with_the_lead_again() -> None:
    """While it was paused the carrier ran dry: the first frames go out together, as at the start."""
    playout = Playout(lead_ms=160)
    playout.enqueue(1, 0, speech(100), last=True)
    playout.frames_due(0)
    playout.pause()
    playout.frames_due(1000)
    playout.resume()
    assert len(playout.frames_due(1020)) == 8


def test_what_is_queued_while_paused_waits() -> None:
    playout = Playout()
    playout.pause()
    playout.enqueue(1, 0, speech(2), last=True)
    assert playout.frames_due(500) == []
    playout.resume()
    assert sound(playout.frames_due(520)) == speech(2)


def test_stop_drops_everything_and_disowns_its_marks() -> None:
    playout = Playout()
    playout.enqueue(1, 0, speech(2), last=False)
    playout.enqueue(1, 1, speech(100), last=True)
    [cleared] = marks(playout.frames_due(0))
    playout.stop()
    assert playout.frames_due(1000) == []
    assert playout.mark_reached(cleared) is None
    assert playout.position() is None


def test_a_stop_ends_the_pause_and_the_next_prompt_has_its_full_lead() -> None:
    playout = Playout(lead_ms=160)
    playout.enqueue(1, 0, speech(100), last=True)
    playout.frames_due(1000)
    playout.pause()
    playout.stop()
    playout.enqueue(2, 0, speech(100, seed=2), last=True)
    assert sound(playout.frames_due(1000)) == speech(100, seed=2)[: 8 * MULAW_FRAME_BYTES]


def test_marks_come_back_once_and_strangers_never() -> None:
    playout = Playout()
    playout.enqueue(1, 0, speech(1), last=True)
    [name] = marks(playout.frames_due(0))
    assert playout.mark_reached("not ours") is None
    assert playout.mark_reached(name) is not None
    assert playout.mark_reached(name) is None


def test_the_same_sentence_said_twice_has_two_marks() -> None:
    """A safety sentence that is said again must not be taken for heard by the mark of the first time."""
    playout = Playout()
    playout.enqueue(1, 0, speech(1), last=True)
    playout.enqueue(1, 0, speech(1), last=True)
    assert len(set(marks(playout.frames_due(0)))) == 2


def test_position_says_how_much_of_which_sentence_the_caller_has_heard() -> None:
    playout = Playout(lead_ms=100)
    assert playout.position() is None
    playout.enqueue(4, 0, speech(3), last=False, gap_ms=20)
    playout.enqueue(4, 1, speech(10), last=True)
    playout.frames_due(0)  # 100 ms are at the carrier, nothing is heard
    assert playout.position() == Position(prompt=4, sentence=0, heard_ms=0, lasts_ms=60)
    playout.frames_due(40)
    assert playout.position() == Position(prompt=4, sentence=0, heard_ms=40, lasts_ms=60)
    playout.frames_due(60)  # in the silence after the first sentence
    assert playout.position() == Position(prompt=4, sentence=0, heard_ms=60, lasts_ms=60)
    playout.frames_due(160)
    assert playout.position() == Position(prompt=4, sentence=1, heard_ms=80, lasts_ms=200)
    playout.stop()
    assert playout.position() is None


def test_a_paused_prompt_is_heard_to_the_end_of_what_the_carrier_holds() -> None:
    playout = Playout(lead_ms=100)
    playout.enqueue(1, 0, speech(50), last=True)
    playout.frames_due(0)
    playout.pause()
    playout.frames_due(500)
    assert playout.position() == Position(prompt=1, sentence=0, heard_ms=100, lasts_ms=1000)


def test_a_sentence_whose_mark_came_back_is_over() -> None:
    playout = Playout()
    playout.enqueue(1, 0, speech(1), last=False)
    playout.enqueue(1, 1, speech(1), last=True)
    first, second = marks(playout.frames_due(0))
    playout.mark_reached(first)
    assert playout.position() == Position(prompt=1, sentence=1, heard_ms=0, lasts_ms=20)
    playout.mark_reached(second)
    assert playout.position() is None


def test_a_lead_shorter_than_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 20"):
        Playout(lead_ms=19)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(0, 60).map(lambda frames: 20 * frames)),
        st.tuples(st.just("enqueue"), st.integers(0, 12)),
        st.tuples(st.sampled_from(["pause", "resume"]), st.just(0)),
    ),
    max_size=60,
)


@given(steps, st.integers(1, 12).map(lambda frames: 20 * frames))
def test_bursts_gaps_and_pauses_lose_and_repeat_no_byte(script: list[tuple[str, int]], lead_ms: int) -> None:
    """Whatever happens, the caller gets every sentence whole and in order, and never more than the lead ahead."""
    playout = Playout(lead_ms)
    at_ms, sent, queued, plays_until_ms = 0, b"", b"", 0
    expected_marks: list[ReachedMark] = []
    names: list[str] = []
    for number, (what, much) in enumerate([*script, ("resume", 0), *[("arrive", 20)] * 800]):
        match what:
            case "enqueue":
                playout.enqueue(number, 0, speech(much, seed=number + 1), last=True)
                queued += speech(much, seed=number + 1)
                expected_marks.append(ReachedMark(number, 0, last=True))
            case "pause":
                playout.pause()
            case "resume":
                playout.resume()
            case _:
                at_ms += much
                items = playout.frames_due(at_ms)
                plays_until_ms = max(plays_until_ms, at_ms) + 20 * (len(sound(items)) // MULAW_FRAME_BYTES)
                assert plays_until_ms <= at_ms + lead_ms
                assert not (items and playout.paused)
                sent += sound(items)
                names += marks(items)
    assert sent == queued
    assert [playout.mark_reached(name) for name in names] == expected_marks
    assert playout.position() is None


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40))
def test_playing_never_starves_while_audio_arrives_in_bursts(bursts: list[int]) -> None:
    """Bursts no longer than the lead: after each, the carrier holds a full lead again, so nothing stutters."""
    playout = Playout(lead_ms=600)
    playout.enqueue(1, 0, speech(2000), last=True)
    total = len(sound(playout.frames_due(0)))
    at_ms = 0
    for burst in bursts:
        at_ms += 20 * burst
        total += len(sound(playout.frames_due(at_ms)))
        assert total // 8 == at_ms + 600
