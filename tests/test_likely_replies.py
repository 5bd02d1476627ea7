"""What the dialog usually says next."""

from __future__ import annotations

from voice_agent.likely_replies import MOST, LikelyReplies

PLACE = ("booking.day", "inform")


def test_what_two_calls_heard_is_likely() -> None:
    likely = LikelyReplies()
    likely.learn(PLACE, ("What time of day suits you best?",), "CA1")
    assert likely.guess(PLACE) == ()
    likely.learn(PLACE, ("What time of day suits you best?",), "CA2")
    assert likely.guess(PLACE) == ("What time of day suits you best?",)


def test_one_callers_own_words_are_never_kept() -> None:
    likely = LikelyReplies()
    likely.learn(PLACE, ("For Mary Johnson.", "Shall I book it?"), "CA1")
    likely.learn(PLACE, ("For Mary Johnson.", "Shall I book it?"), "CA1")
    likely.learn(PLACE, ("For John Smith.", "Shall I book it?"), "CA2")
    assert likely.guess(PLACE) == ("Shall I book it?",)
    assert "Johnson" not in repr(vars(likely))
    assert "Smith" not in repr(vars(likely))


def test_places_are_apart_and_their_number_is_bounded() -> None:
    likely = LikelyReplies()
    for call in ("CA1", "CA2"):
        likely.learn(PLACE, ("Hello.",), call)
    assert likely.guess((None, "inform")) == ()
    for number in range(MOST):
        likely.learn((None, f"intent {number}"), ("Hello.",), "CA3")
    assert likely.guess(PLACE) == ()
