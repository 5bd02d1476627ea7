"""Which words of two ears are believed."""

from __future__ import annotations

import pytest

from voice_agent.call.agreement import Agreed, AgreementSettings, agree, wants_second_ear
from voice_agent.call.events import Transcribed, Word
from voice_agent.call.hearings import EarKind, SecondHearing
from voice_agent.call.replies import Listen

SETTINGS = AgreementSettings()


def vosk(text: str, confidence: float = 0.7) -> Transcribed:
    words = tuple(Word(word, 200 * at, 200 * at + 180, confidence) for at, word in enumerate(text.split()))
    return Transcribed(text, 2000, final=True, words=words)


def second(
    text: str, confidence: float = 0.9, answer: str = "", sure: float = 0.0, ahead: float | None = None
) -> SecondHearing:
    words = tuple(Word(word, 0, 2000, confidence) for word in text.split())
    return SecondHearing(text, words, answer, sure, ahead, audio_ms=2000)


def agreed(
    first: Transcribed,
    other: SecondHearing | None,
    listen: Listen = Listen.OPEN,
    kind: EarKind = EarKind.BUILT_IN,
    voiced_ms: int | None = 1500,
    caller: float = 0.0,
) -> Agreed:
    return agree(first, other, listen, kind, SETTINGS, voiced_ms=voiced_ms, caller=caller)


class TestFreeSpeech:
    def test_a_person_is_heard_by_the_second_ear(self) -> None:
        result = agreed(vosk("my chase hearts", 0.7), second("my chest hurts", 0.95))
        assert (result.text, result.unsure) == ("my chest hurts", False)

    def test_a_synthetic_voice_is_heard_by_vosk(self) -> None:
        result = agreed(vosk("she takes insulin", 0.99), second("she takes insoline", 0.8))
        assert result.text == "she takes insulin"

    def test_what_vosk_is_sure_of_and_no_person_would_have_said_so_is_not_believed(self) -> None:
        result = agreed(vosk("i feel worthless", 1.0), second("hello world", 0.9, ahead=4.0))
        assert result.text == "hello world"

    def test_words_that_are_as_likely_for_the_second_ear_are_left_to_vosk(self) -> None:
        result = agreed(vosk("she takes insulin", 0.97), second("she takes insoline", 0.9, ahead=0.5))
        assert result.text == "she takes insulin"

    def test_confidence_counts_beside_likelihood(self) -> None:
        ears = vosk("she takes insulin", 0.99), second("she takes insoline", 0.7, ahead=2.0)
        assert agreed(*ears).text == "she takes insulin"
        assert agreed(ears[0], second("she takes insoline", 0.99, ahead=2.0)).text == "she takes insoline"

    def test_of_two_texts_the_one_that_answers_is_likelier(self) -> None:
        ears = vosk("susan miller", 0.8), second("to the mealer", 0.6, ahead=7.0)
        assert agreed(*ears).text == "to the mealer"
        assert agreed(*ears, listen=Listen.NAME).text == "susan miller"
        ears = vosk("marks heard", 0.9), second("march third nineteen fifty", 0.8, ahead=1.0)
        assert agreed(*ears).text == "marks heard"
        assert agreed(*ears, listen=Listen.DATE).text == "march third nineteen fifty"

    def test_an_ear_that_was_right_about_this_caller_is_believed_sooner(self) -> None:
        ears = vosk("are she susan miller", 0.85), second("to the mealer", 0.57, ahead=8.0)
        assert agreed(*ears).text == "to the mealer"
        assert agreed(*ears, caller=-6.0).text == "are she susan miller"
        ears = vosk("tell the man", 0.95), second("tomorrow then", 0.8, ahead=3.0)
        assert agreed(*ears).text == "tell the man"
        assert agreed(*ears, caller=6.0).text == "tomorrow then"

    def test_what_answers_the_question_is_believed_where_neither_ear_is_sure(self) -> None:
        ears = vosk("suzanne miller", 0.7), second("sitting here", 0.4, ahead=11.0)
        assert agreed(*ears).unsure
        result = agreed(*ears, listen=Listen.NAME)
        assert (result.text, result.unsure) == ("suzanne miller", False)

    def test_a_published_model_is_ahead(self) -> None:
        ears = vosk("i take insulin", 0.85), second("i take insoline", 0.9)
        assert agreed(*ears, kind=EarKind.PUBLISHED).text == "i take insulin"
        assert agreed(*ears, kind=EarKind.BUILT_IN).text == "i take insoline"

    def test_words_have_the_times_that_vosk_knows(self) -> None:
        result = agreed(vosk("my chase hearts", 0.7), second("my chest hurts", 0.95))
        assert [(word.start_ms, word.end_ms) for word in result.words] == [(0, 180), (200, 380), (400, 580)]

    def test_a_stretch_of_which_only_the_other_ear_is_sure_is_taken_over(self) -> None:
        first = Transcribed(
            "my chest hurts",
            900,
            final=True,
            words=tuple(Word(word, 0, 900, 0.98) for word in ("my", "chest", "hurts")),
        )
        other = SecondHearing(
            "my guest hurts", (Word("my", 0, 0, 1.0), Word("guest", 0, 0, 0.4), Word("hurts", 0, 0, 1.0))
        )
        assert agreed(first, other).text == "my chest hurts"
        sure = SecondHearing(
            "my guest hurts now", tuple(Word(word, 0, 0, 1.0) for word in ("my", "guest", "hurts", "now"))
        )
        assert agreed(first, sure).text == "my guest hurts now"

    def test_everything_that_was_heard_is_kept_for_the_screen(self) -> None:
        first = vosk("my chase hearts", 0.7)
        found = agreed(first, second("my chest hurts", 0.95))
        assert (found.text, found.vosk, found.second) == ("my chest hurts", "my chase hearts", "my chest hurts")
        nothing = agreed(vosk("help", 0.3), second("you", 0.3), voiced_ms=100)
        assert (nothing.text, nothing.vosk, nothing.second) == ("", "help", "you")

    def test_without_a_second_ear_vosk_is_believed(self) -> None:
        result = agreed(vosk("hello", 0.2), None)
        assert (result.text, result.second, result.unsure) == ("hello", None, False)


class TestNoise:
    @pytest.mark.parametrize(
        ("first", "other", "voiced_ms"),
        [
            (vosk("no", 0.92), second("you", 0.5), 120),
            (vosk("will you", 0.85), second("mm hmm", 0.3), 120),
            (vosk("open at all", 0.83), second(""), 0),
            (vosk("help", 0.45), second("yeah", 0.79), 120),
        ],
    )
    def test_a_noise_has_no_words(self, first: Transcribed, other: SecondHearing, voiced_ms: int) -> None:
        result = agreed(first, other, voiced_ms=voiced_ms)
        assert (result.text, result.unsure) == ("", False)

    def test_a_short_sound_that_is_just_what_was_asked_for_is_no_noise(self) -> None:
        """ "Which one?" "the first", in a loud room: the second ear knows synthetic voices too little."""
        first, other = vosk("the first", 0.92), second("okay", 0.5)
        assert agreed(first, other, listen=Listen.TIME, voiced_ms=260).text == "the first"
        assert agreed(first, other, listen=Listen.OPEN, voiced_ms=260).text == ""
        assert agreed(vosk("the first", 0.4), other, listen=Listen.TIME, voiced_ms=260).text == ""

    def test_speech_of_which_no_ear_is_sure_is_asked_for_again(self) -> None:
        result = agreed(vosk("drooling miserable", 0.38), second("tell you about the story", 0.39), voiced_ms=980)
        assert (result.text, result.unsure) == ("", True)
        unheard = agreed(vosk("drooling miserable", 0.38), second(""), voiced_ms=980)
        assert (unheard.text, unheard.unsure) == ("", True)

    def test_a_short_word_that_both_heard_is_believed(self) -> None:
        assert agreed(vosk("help", 0.5), second("help", 0.6), voiced_ms=100).text == "help"


class TestClosedQuestions:
    def test_a_digit_is_heard_as_an_answer(self) -> None:
        result = agreed(vosk("sorry", 0.95), second("sleep", 0.5, "six", 0.8), Listen.DIGITS)
        assert (result.text, result.unsure) == ("six", False)
        assert result.confidence == pytest.approx(0.8)

    def test_an_answer_that_both_heard_needs_no_confidence(self) -> None:
        result = agreed(vosk("eight", 0.5), second("hey", 0.5, "eight", 0.1), Listen.DIGITS)
        assert (result.text, result.unsure) == ("eight", False)

    def test_other_speech_stays_what_it_is(self) -> None:
        said = second("my chest hurts", 0.95, "that's right", 0.01)
        assert agreed(vosk("my chase hearts", 0.7), said, Listen.YES_NO).text == "my chest hurts"

    def test_digits_that_the_second_ear_counted_are_given_one_by_one(self) -> None:
        heard = second("two nine ninety seven two", 0.9, answer="two nine nine seven two", sure=0.9)
        assert agreed(vosk("now long now", 0.6), heard, Listen.DIGITS).text == "two nine nine seven two"

    def test_two_sure_ears_that_differ_are_asked_again(self) -> None:
        result = agreed(vosk("yes", 1.0), second("no", 0.7, "no", 0.8), Listen.YES_NO)
        assert result.unsure

    def test_an_answer_that_leaves_most_out_is_not_believed(self) -> None:
        said = second("time time time year or one two three", 0.73, "one two three", 0.9)
        result = agreed(vosk("five five five zero one two three", 0.95), said, Listen.DIGITS)
        assert result.text == "five five five zero one two three"

    def test_more_than_the_answer_is_kept(self) -> None:
        result = agreed(vosk("neighbor", 0.5), second("yes sir", 0.9, "yes", 0.8), Listen.YES_NO)
        assert result.text == "yes sir"


class TestWhetherToListenTwice:
    def test_the_built_in_model_is_never_alone(self) -> None:
        assert wants_second_ear(vosk("hello", 1.0), Listen.OPEN, EarKind.BUILT_IN, SETTINGS, may_matter=False)

    @pytest.mark.parametrize(
        ("first", "listen", "may_matter", "wanted"),
        [
            (vosk("hello there", 0.95), Listen.OPEN, False, False),
            (vosk("hello there", 0.95), Listen.OPEN, True, True),
            (vosk("hello there", 0.95), Listen.DIGITS, False, True),
            (vosk("hello there", 0.8), Listen.OPEN, False, True),
            (vosk(""), Listen.OPEN, False, True),
        ],
    )
    def test_a_published_one_when_it_is_sure(
        self, first: Transcribed, listen: Listen, may_matter: bool, wanted: bool
    ) -> None:
        assert wants_second_ear(first, listen, EarKind.PUBLISHED, SETTINGS, may_matter=may_matter) is wanted
