"""Whole conversations with the rules of a call, as transcripts."""

from __future__ import annotations

import pytest
from playbook import (
    Asked,
    Heard,
    Left,
    Playbook,
    Rang,
    Replies,
    Said,
    SaidSomething,
    Saved,
    Says,
    replies,
    silence,
    speech,
)

from voice_agent.call.commands import (
    AskDialog,
    FinishUtterance,
    NextStep,
    PauseSpeaking,
    PromptKind,
    ResumeSpeaking,
    Speak,
    StopSpeaking,
    TransferToNurse,
)
from voice_agent.call.events import (
    CallConnected,
    CallerHungUp,
    DialogDelayed,
    DialogFailed,
    DialogReplied,
    DigitPressed,
    SentenceHeard,
    ServerDraining,
    ServiceFailed,
    StreamStalled,
    Transcribed,
    TransferProgressed,
)
from voice_agent.call.handoff import CallSummary, Disposition, TurnRecord
from voice_agent.call.lines import Lines
from voice_agent.call.replies import DialogReply, Listen, ReplyAction
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.call.states import CallState
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flags import RedFlagScreen


@pytest.fixture
def greeted(session: CallSession) -> Playbook:
    """A caller who has heard the greeting."""
    return Playbook(session) >> CallConnected("CA1", "+15550199") << SaidSomething("automated assistant") >> Heard()


@pytest.fixture
def asked_yes_no(greeted: Playbook) -> Playbook:
    """A caller who is listening to a yes-or-no question."""
    return (
        greeted
        >> Says("i would like to book a checkup")
        << Asked("i would like to book a checkup")
        >> replies(
            "Is this for you?", listen=Listen.YES_NO, question="booking.for_you", keypad={"1": "/affirm", "2": "/deny"}
        )
        << Said("Is this for you?")
    )


class TestGreeting:
    def test_the_caller_hears_that_this_is_an_automated_assistant_and_that_a_person_can_be_had(
        self, session: CallSession
    ) -> None:
        (
            Playbook(session)
            >> CallConnected("CA1")
            << SaidSomething("I am an automated assistant. You can ask for a person")
        )

    def test_a_question_and_its_answer(self, greeted: Playbook) -> None:
        (
            greeted
            >> Says("when are you open")
            << Asked("when are you open")
            >> replies("We are open from eight to five.", "Anything else?")
            << Said("We are open from eight to five.", "Anything else?")
        ).done()


class TestBargeIn:
    def test_a_caller_who_talks_over_the_prompt_is_heard_and_the_prompt_stops(self, session: CallSession) -> None:
        (
            Playbook(session)
            >> CallConnected("CA1")
            << SaidSomething()
            >> speech(100)
            << PauseSpeaking()
            >> Transcribed("i need a refill", at_ms=1400)
            << StopSpeaking()
            >> speech(800)
            >> silence(700)
            << FinishUtterance(1)
            >> Transcribed("i need a refill", at_ms=2400, final=True, utterance=1)
            << Asked("i need a refill")
        ).done()

    def test_a_cough_lets_the_prompt_go_on(self, session: CallSession) -> None:
        (
            Playbook(session)
            >> CallConnected("CA1")
            << SaidSomething()
            >> speech(200)
            << PauseSpeaking()
            >> silence(700)
            << FinishUtterance(1)
            >> Transcribed("", at_ms=900, final=True, utterance=1)
            << ResumeSpeaking()
        ).done()

    @pytest.mark.parametrize("backchannel", ["mm hm", "uh huh", "okay", "yeah okay"])
    def test_a_backchannel_is_no_turn(self, session: CallSession, backchannel: str) -> None:
        (
            Playbook(session)
            >> CallConnected("CA1")
            << SaidSomething()
            >> speech(200)
            << PauseSpeaking()
            >> Transcribed(backchannel, at_ms=300)
            >> silence(700)
            << FinishUtterance(1)
            >> Transcribed(backchannel, at_ms=900, final=True, utterance=1)
            << ResumeSpeaking()
        ).done()

    def test_yes_over_a_yes_no_question_is_its_answer(self, asked_yes_no: Playbook) -> None:
        asked_yes_no >> Says("yeah") << PauseSpeaking() << StopSpeaking() << Asked("yeah")


class TestSafety:
    def test_a_red_flag_in_a_partial_stops_everything_and_rings_the_nurse(self, greeted: Playbook) -> None:
        book = greeted >> speech(400) >> Transcribed("my chest hurts and my left arm feels heavy", at_ms=3000)
        book << SaidSomething("9 1 1") << Rang(CareLevel.EMERGENCY_911)
        book >> Heard() << Left(NextStep.CONFERENCE, Disposition.NURSE_TRANSFERRED)
        summary = book.done().summary
        assert summary.safety_heard
        assert summary.red_flag is not None
        assert summary.red_flag.flag == "heart_attack"

    def test_a_red_flag_in_the_middle_of_a_booking_outranks_the_booking(self, asked_yes_no: Playbook) -> None:
        (
            asked_yes_no
            >> Transcribed("no wait he can not breathe his lips are blue", at_ms=9000, final=True)
            << StopSpeaking()
            << SaidSomething("9 1 1")
            << Rang(CareLevel.EMERGENCY_911)
        ).done()

    def test_nothing_stops_a_safety_sentence_and_nothing_is_asked_after_it(self, greeted: Playbook) -> None:
        book = greeted >> Transcribed("i think i am having a stroke", at_ms=3000, final=True)
        book << SaidSomething("9 1 1") << Rang(CareLevel.EMERGENCY_911)
        book >> speech(500) >> Transcribed("hello are you there", at_ms=5000) >> silence(1000) << FinishUtterance(1)
        book >> Transcribed("hello are you there", at_ms=6000, final=True, utterance=1) << Saved()
        book >> DigitPressed("1", 7000) >> silence(20000)
        book >> Heard() << Left(NextStep.CONFERENCE)
        spoken = [command for command in book.everything if isinstance(command, Speak)]
        assert len(spoken) == 2, "the greeting and the safety sentence, no further question"
        assert spoken[-1].prompt.kind is PromptKind.SAFETY

    def test_the_nurse_sees_what_was_said_while_waiting(self, greeted: Playbook) -> None:
        book = greeted >> Transcribed("my chest hurts and i am sweating", at_ms=3000, final=True)
        book << SaidSomething("9 1 1") << Rang(CareLevel.EMERGENCY_911)
        book >> Says("it started an hour ago") << Saved()
        assert book.session.summary.turns[-1].text.endswith("it started an hour ago")

    def test_words_that_may_hide_an_emergency_are_asked_about_first(self, greeted: Playbook) -> None:
        book = greeted >> Says("i have a bad headache and a fever")
        assert any(isinstance(command, Speak) for command in book.pending), "asked, not sent to the dialog"
        book << SaidSomething("?")
        book >> Heard() >> Says("yes") << SaidSomething() << Rang(book.session.summary.care_level)  # type: ignore[arg-type]
        assert book.session.summary.red_flag is not None

    def test_no_to_the_question_brings_the_caller_back_to_what_she_said(self, greeted: Playbook) -> None:
        (
            greeted
            >> Says("i have a bad headache and a fever")
            << SaidSomething("?")
            >> Heard()
            >> Says("no")
            << Asked("i have a bad headache and a fever")
        ).done()

    def test_the_dialog_is_told_once_what_was_denied(self, greeted: Playbook) -> None:
        book = greeted >> Says("i have a bad headache and a fever") << SaidSomething("?") >> Heard()
        book >> Says("no") << Asked("i have a bad headache and a fever")
        [answer] = book.session.summary.answers
        book >> replies("What else?") << Said("What else?") >> Heard() >> Says("well nothing") << Asked("well nothing")
        asked = [command for command in book.everything if isinstance(command, AskDialog)]
        assert [command.denied for command in asked] == [(answer.question,), ()]

    def test_an_answer_that_stays_unclear_goes_to_a_nurse(self, greeted: Playbook) -> None:
        (
            greeted
            >> Says("i have a bad headache and a fever")
            << SaidSomething("?")
            >> Heard()
            >> Says("what do you mean by that")
            << SaidSomething("Press 1 for yes")
            >> Heard()
            >> Says("well that depends")
            << SaidSomething("person")
            << Rang(CareLevel.NURSE_NOW)
        ).done()

    def test_the_key_answers_the_question_too(self, greeted: Playbook) -> None:
        book = greeted >> Says("i have a bad headache and a fever") << SaidSomething("?") >> DigitPressed("1", 9000)
        book << StopSpeaking() << SaidSomething()
        assert isinstance(book.pending[0], TransferToNurse)


class TestWishes:
    @pytest.mark.parametrize("words", ["i want to talk to a real person", "agent", "can i speak to a nurse please"])
    def test_a_person_is_always_reachable(self, greeted: Playbook, words: str) -> None:
        greeted >> Says(words) << SaidSomething("person") << Rang(CareLevel.NURSE_WITHIN_HOUR)

    def test_zero_is_a_person(self, greeted: Playbook) -> None:
        greeted >> DigitPressed("0", 100) << SaidSomething("person") << Rang(CareLevel.NURSE_WITHIN_HOUR)

    def test_repeat_says_the_whole_question_again(self, asked_yes_no: Playbook) -> None:
        asked_yes_no >> Heard() >> Says("could you repeat that please") << Said("Is this for you?")

    def test_slower_speaks_slower_from_now_on(self, asked_yes_no: Playbook) -> None:
        book = (
            asked_yes_no
            >> Heard()
            >> Says("slower please")
            << Said("Of course. I will speak more slowly.", "Is this for you?")
        )
        assert book.prompt is not None
        assert book.prompt.prompt.rate_wpm == SessionSettings().slow_rate_wpm
        book >> Heard() >> Says("yes") << Asked("yes") >> replies("Good.") << Said("Good.")
        assert book.prompt.prompt.rate_wpm == SessionSettings().slow_rate_wpm

    def test_start_over_begins_again(self, asked_yes_no: Playbook) -> None:
        (
            asked_yes_no
            >> Heard()
            >> Says("start over")
            << Asked("/start_over")
            >> replies(do=ReplyAction.START_OVER)
            << Said("How can I help you today?")
        ).done()

    def test_goodbye_ends_the_call_once_it_was_heard(self, greeted: Playbook) -> None:
        (
            greeted
            >> Says("goodbye")
            << SaidSomething("Goodbye")
            >> Heard()
            << Left(NextStep.HANG_UP, Disposition.SELF_SERVED)
        ).done()

    def test_a_caller_who_speaks_into_the_goodbye_is_heard(self, greeted: Playbook) -> None:
        book = greeted >> Says("goodbye") << SaidSomething("Goodbye") >> speech(200) << PauseSpeaking()
        book >> Transcribed("oh one more thing", at_ms=8000) << StopSpeaking() >> silence(700) << FinishUtterance(2)
        book >> Transcribed("oh one more thing", at_ms=9000, final=True, utterance=2) << Asked("oh one more thing")


class TestSilenceAndConfusion:
    def test_three_different_reprompts_then_a_person(self, greeted: Playbook, lines: Lines) -> None:
        for reprompt in lines.no_input:
            greeted >> silence(7000) << Said(*reprompt, "How can I help you today?") >> Heard()
        greeted >> silence(7000) << SaidSomething("bring a person") << Rang(CareLevel.NURSE_NOW)

    def test_a_short_sound_in_place_of_an_answer_is_not_waited_for_as_long(
        self, greeted: Playbook, lines: Lines
    ) -> None:
        """A cough is no answer, and no reason to ask at once; but it may have been a "yes" that nobody understood."""
        greeted >> speech(260) >> silence(60) << FinishUtterance(1)
        greeted >> Transcribed("", at_ms=9000, final=True, utterance=1)
        greeted >> silence(2400)
        greeted >> silence(1200) << Said(*lines.no_input[0], "How can I help you today?")
        greeted.done()

    def test_words_without_a_meaning_are_asked_again_three_times_then_a_person(
        self, greeted: Playbook, lines: Lines
    ) -> None:
        for reprompt in lines.no_match:
            greeted >> Says("garden chair") << Asked("garden chair") >> replies(do=ReplyAction.NO_MATCH)
            greeted << Said(*reprompt, "How can I help you today?") >> Heard()
        greeted >> Says("garden chair") << Asked("garden chair") >> replies(do=ReplyAction.NO_MATCH)
        greeted << SaidSomething("bring a person") << Rang(CareLevel.NURSE_NOW)

    def test_a_yes_no_reprompt_offers_the_keys(self, asked_yes_no: Playbook, lines: Lines) -> None:
        asked_yes_no >> Heard() >> silence(7000) << Said(*lines.no_input[0], "Is this for you?", *lines.keypad_yes_no)

    def test_a_long_sound_without_a_word_counts_as_not_understood(self, greeted: Playbook, lines: Lines) -> None:
        greeted >> Says("", ms=900) << Said(*lines.no_match[0], "How can I help you today?")

    def test_a_click_or_an_um_changes_nothing(self, greeted: Playbook) -> None:
        (greeted >> Says("", ms=200) >> Says("um", ms=300)).done()


class TestKeypad:
    def test_the_first_question_is_answered_by_a_key_too(self, greeted: Playbook) -> None:
        greeted >> DigitPressed("1", 5000) << Asked("/book_appointment")

    def test_a_key_with_a_meaning_answers_at_once(self, asked_yes_no: Playbook) -> None:
        book = asked_yes_no >> DigitPressed("1", 5000) << StopSpeaking() << Asked("/affirm")
        assert book.session.summary.answers[-1].answered == "pressed 1"

    def test_a_key_without_a_meaning_is_asked_again(self, asked_yes_no: Playbook) -> None:
        asked_yes_no >> Heard() >> DigitPressed("7", 5000) << SaidSomething("Press 1 for yes")

    def test_a_date_is_typed_key_by_key_and_ends_with_a_pause(self, greeted: Playbook) -> None:
        greeted >> Says("book") << Asked("book") >> replies("Your date of birth?", listen=Listen.DATE, question="dob")
        greeted << Said("Your date of birth?") >> Heard()
        for digit in "03031952":
            greeted >> DigitPressed(digit, greeted.at_ms)
        greeted >> silence(2600) << Asked("03031952")

    def test_hash_ends_a_number_at_once(self, greeted: Playbook) -> None:
        greeted >> Says("book") << Asked("book") >> replies("How many weeks?", listen=Listen.DIGITS)
        greeted << Said("How many weeks?") >> Heard() >> DigitPressed("1", 100) >> DigitPressed("2", 200)
        greeted >> DigitPressed("#", 300) << Asked("12")

    def test_a_lone_zero_is_a_person_even_where_numbers_are_typed(self, greeted: Playbook) -> None:
        greeted >> Says("book") << Asked("book") >> replies("How many weeks?", listen=Listen.DIGITS)
        greeted << Said("How many weeks?") >> Heard() >> DigitPressed("0", greeted.at_ms) >> silence(2600)
        greeted << SaidSomething("person") << Rang(CareLevel.NURSE_WITHIN_HOUR)


class TestDialog:
    def test_a_slow_reply_is_covered(self, greeted: Playbook) -> None:
        (
            greeted
            >> Says("when are you open")
            << Asked("when are you open")
            >> DialogDelayed(1)
            << Said("One moment.")
            >> replies("From eight to five.")
            << Said("From eight to five.")
        ).done()

    def test_a_late_answer_to_an_old_request_is_ignored(self, greeted: Playbook) -> None:
        greeted >> Says("when are you open") << Asked("when are you open") >> DialogReplied(99, DialogReply(("No.",)))
        greeted.done()

    def test_what_is_said_while_we_think_is_answered_too(self, greeted: Playbook) -> None:
        (
            greeted
            >> Says("my name is maria")
            << Asked("my name is maria")
            >> Says("garcia")
            >> replies("What is your last name?")
            << Asked("garcia")
            >> replies("Thank you.")
            << Said("Thank you.")
        ).done()

    def test_a_booking_that_is_done_is_told_even_when_the_caller_went_on(self, greeted: Playbook) -> None:
        (
            greeted
            >> Says("yes")
            << Asked("yes")
            >> Says("thank you")
            >> replies("You are booked.", outcome="appointment_booked")
            << Said("You are booked.")
        ).done()
        assert greeted.session.summary.disposition is Disposition.APPOINTMENT_BOOKED

    def test_a_failing_dialog_ends_at_a_nurse_with_words(self, greeted: Playbook) -> None:
        (
            greeted
            >> Says("when are you open")
            << Asked("when are you open")
            >> DialogFailed(1)
            << SaidSomething("connecting you to a nurse")
            << Rang(CareLevel.NURSE_NOW)
            >> Heard()
            << Left(NextStep.CONFERENCE)
        ).done()

    def test_the_dialog_can_ask_for_a_transfer_and_says_how_urgent(self, greeted: Playbook) -> None:
        greeted >> Says("i want to talk about my results") << Asked("i want to talk about my results")
        greeted >> Replies(
            DialogReply(("Please stay.",), do=ReplyAction.TRANSFER, care_level="nurse_now", reason="Fever")
        )
        greeted << Said("Please stay.") << Rang(CareLevel.NURSE_NOW)
        assert greeted.session.summary.reason == "Fever"

    def test_answers_are_kept_by_question(self, asked_yes_no: Playbook) -> None:
        asked_yes_no >> Heard() >> Says("yes it is") << Asked("yes it is")
        answer = asked_yes_no.session.summary.answers[-1]
        assert (answer.question, answer.asked, answer.answered) == ("booking.for_you", "Is this for you?", "yes it is")


class TestFailure:
    def test_redis_gone_leads_to_the_nurse_line_with_words(self, greeted: Playbook) -> None:
        (
            greeted >> ServiceFailed("call_store") << SaidSomething("nurse") >> Heard() << Left(NextStep.NURSE_LINE)
        ).done()

    def test_redis_gone_while_transferring_changes_where_the_call_goes(self, greeted: Playbook) -> None:
        greeted >> Says("operator") << SaidSomething("person") << Rang(CareLevel.NURSE_WITHIN_HOUR)
        greeted >> ServiceFailed("call_store") >> Heard() << Left(NextStep.NURSE_LINE)

    def test_without_a_voice_the_carrier_speaks_for_us(self, greeted: Playbook) -> None:
        greeted >> ServiceFailed("synthesizer") << Left(NextStep.NURSE_LINE, Disposition.FAILED)

    def test_without_ears_the_caller_gets_a_nurse(self, greeted: Playbook) -> None:
        greeted >> ServiceFailed("recognizer") << SaidSomething("nurse") << Rang(CareLevel.NURSE_NOW)

    @pytest.mark.parametrize("event", [StreamStalled(4000), ServerDraining()])
    def test_a_call_outlives_its_socket(self, greeted: Playbook, event: object) -> None:
        greeted >> event << Saved() << Left(NextStep.RECONNECT)

    def test_hanging_up_is_recorded(self, greeted: Playbook) -> None:
        session = (greeted >> CallerHungUp(5000) << Saved()).done()
        assert session.state is CallState.ENDED
        assert session.summary.disposition is Disposition.ABANDONED

    def test_after_the_end_nothing_is_done(self, greeted: Playbook) -> None:
        (greeted >> CallerHungUp(5000) << Saved() >> DigitPressed("0", 1) >> TransferProgressed("ringing")).done()


class TestResumed:
    def test_a_resumed_call_repeats_its_last_question(self, lines: Lines, screen: RedFlagScreen) -> None:
        earlier = CallSummary("CA1", turns=(TurnRecord("agent", "What day suits you?", 900),))
        session = CallSession(SessionSettings(), lines, screen, earlier)
        Playbook(session) >> CallConnected("CA1", resumed=True) << Said(*lines.resumed, "What day suits you?")

    def test_a_call_that_was_lost_in_its_greeting_asks_the_first_question(
        self, lines: Lines, screen: RedFlagScreen
    ) -> None:
        earlier = CallSummary("CA1", turns=(TurnRecord("agent", lines.greeting[1], 900),))
        session = CallSession(SessionSettings(), lines, screen, earlier)
        Playbook(session) >> CallConnected("CA1", resumed=True) << Said(*lines.resumed, *lines.first_question)

    def test_a_call_that_was_lost_within_a_prompt_repeats_the_question_at_its_end(
        self, greeted: Playbook, lines: Lines, screen: RedFlagScreen
    ) -> None:
        book = greeted >> Says("i need a checkup") << Asked("i need a checkup")
        book >> replies("A checkup it is.", "What day suits you?") << Said("A checkup it is.", "What day suits you?")
        assert book.prompt
        book >> SentenceHeard(book.prompt.prompt.id, 0, book.at_ms + 1500)
        session = CallSession(SessionSettings(), lines, screen, book.session.summary)
        Playbook(session) >> CallConnected("CA1", resumed=True) << Said(*lines.resumed, "What day suits you?")

    def test_a_resumed_call_with_a_red_flag_goes_on_to_the_nurse(
        self, greeted: Playbook, lines: Lines, screen: RedFlagScreen
    ) -> None:
        book = greeted >> Transcribed("i took all of my pills i want to die", at_ms=3000, final=True)
        earlier = book.session.summary
        session = CallSession(SessionSettings(), lines, screen, earlier)
        Playbook(session) >> CallConnected("CA1", resumed=True) << SaidSomething() << Rang(CareLevel.EMERGENCY_911)
