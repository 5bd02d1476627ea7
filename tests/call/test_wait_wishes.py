"""What callers who wait say, and what of it is meant for the line."""

from __future__ import annotations

import pytest

from voice_agent.call.wait_wishes import WaitWords, Wish, is_echo, wish
from voice_agent.telephony.lines import Lines

WORDS = WaitWords()
OURS = Lines().of_the_wait


@pytest.mark.parametrize(
    "said",
    [
        "call me back",
        "could you call me back please",
        "yes call me back",
        "i'd rather be called back",
        "i would like to be called back",
        "can somebody give me a call later",
        "i cant wait any longer",
        "i don't want to wait",
        "just have a nurse call me",
    ],
)
def test_who_asks_for_it_is_to_be_called_back(said: str) -> None:
    assert wish(said, WORDS, ours=OURS) is Wish.CALL_BACK


@pytest.mark.parametrize(
    "said", ["that's not right", "no that is wrong", "i didn't say that", "that's not what i said"]
)
def test_who_says_so_is_not_told_about_rightly(said: str) -> None:
    assert wish(said, WORDS, ours=OURS) is Wish.NOT_RIGHT


@pytest.mark.parametrize(
    "said",
    [
        "please do not call me back",
        "don't just call me back i need somebody now",
        "hello is anybody there",
        "call an ambulance",
        "i called the pharmacy",
        "yes",
        "no",
        "it hurts",
        "",
    ],
)
def test_nothing_else_is_a_wish(said: str) -> None:
    assert wish(said, WORDS, ours=OURS) is None


@pytest.mark.parametrize(
    ("said", "wished"),
    [
        ("yes please", Wish.YES),
        ("yeah", Wish.YES),
        ("call me back", Wish.YES),
        ("no", Wish.NO),
        ("no i'll wait", Wish.NO),
        ("i will stay on the line", Wish.NO),
        ("that's not right", Wish.NO),
        ("what did you say", None),
        ("i don't know", None),
    ],
)
def test_an_answer_counts_only_when_it_was_asked_for(said: str, wished: Wish | None) -> None:
    assert wish(said, WORDS, asked=True, ours=OURS) is wished


def test_our_own_voice_out_of_a_loudspeaker_asks_for_nothing() -> None:
    for echo in (
        "to be called back instead say call me back",
        "called back instead say call me back or press",
        "if that is not right say so or press the star key",
    ):
        assert wish(echo, WORDS, ours=OURS) is None, echo


def test_our_own_voice_is_known_by_its_run_of_words() -> None:
    assert is_echo("please stay on the line you have", OURS)
    assert is_echo("still calling a nurse for you", OURS)
    assert not is_echo("my arm hurts now and i am still calling a nurse you said", OURS)
    assert not is_echo("call me back", OURS)
    assert not is_echo("", OURS)


def test_the_question_holds_no_word_that_answers_it() -> None:
    """Should a loudspeaker send it back, nothing is decided by it."""
    for sentence in Lines().wait_question:
        assert wish(sentence, WORDS, asked=True, ours=OURS) is None, sentence
