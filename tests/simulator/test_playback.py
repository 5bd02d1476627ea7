"""Twilio's buffer, without a clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice_agent.simulator.playback import LONGEST_S, Playback
from voice_agent.simulator.sound import SILENCE


def test_sound_is_played_in_order_and_padded() -> None:
    playback = Playback()
    assert playback.next_frame() == SILENCE
    playback.put(b"\x01" * 100)
    playback.put(b"\x02" * 100)
    assert playback.unplayed_ms == 25
    assert playback.next_frame() == b"\x01" * 100 + b"\x02" * 60
    assert playback.next_frame() == b"\x02" * 40 + SILENCE[40:]
    assert playback.next_frame() == SILENCE


def test_marks_come_back_on_playout_and_on_clear() -> None:
    playback = Playback()
    playback.mark("nothing before me")
    playback.put(b"\x01" * 160)
    playback.mark("one frame")
    playback.put(b"\x01" * 320)
    playback.mark("never played")
    assert playback.reached() == ["nothing before me"]
    playback.next_frame()
    assert playback.reached() == ["one frame"]
    assert playback.clear() == ["never played"]
    assert playback.reached() == []
    assert playback.next_frame() == SILENCE


def test_ten_minutes_are_the_limit() -> None:
    playback = Playback()
    assert playback.put(b"\x01" * 8000 * LONGEST_S)
    assert not playback.put(b"\x01")
    playback.next_frame()
    assert playback.put(b"\x01" * 160)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.binary(max_size=500)),
            st.tuples(st.just("mark"), st.text(max_size=3)),
            st.tuples(st.just("play"), st.none()),
            st.tuples(st.just("clear"), st.none()),
        ),
        max_size=40,
    )
)
def test_every_mark_comes_back_once_in_order(acts: list[tuple[str, object]]) -> None:
    playback, sent, back = Playback(), [], []
    for what, value in acts:
        match what:
            case "put":
                playback.put(value)
            case "mark":
                playback.mark(value)
                sent.append(value)
            case "play":
                playback.next_frame()
                back += playback.reached()
            case _:
                back += playback.clear()
    while playback.unplayed_ms:
        playback.next_frame()
    playback.next_frame()
    back += playback.reached()
    assert back == sent
