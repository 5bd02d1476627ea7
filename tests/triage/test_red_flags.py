"""The red-flag screen on the project's own content, one table a lesson of the evidence."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from voice_agent import strict_yaml
from voice_agent.call.events import Word
from voice_agent.call.handoff import Evidence, RedFlagRaised
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flag_content import RedFlagContent
from voice_agent.triage.red_flags import RedFlagScreen, Screening

DIALOGS = Path(__file__).resolve().parents[2] / "dialogs"
CONTENT = strict_yaml.read(DIALOGS / "red_flags.yaml", RedFlagContent)
SCREEN = RedFlagScreen(CONTENT)
TABLE_ROWS = 35


def flags(text: str, context: tuple[str, ...] = ()) -> set[str]:
    return set(SCREEN.fired(text, context=context))


@pytest.mark.parametrize(
    ("said", "flag"),
    [
        ("there's an elephant sitting on my chest", "heart_attack"),
        ("the left side of my face has dropped", "stroke"),
        ("dad's talking gibberish and can't lift his arm", "stroke"),
        ("i took the whole bottle of tylenol", "overdose"),
        ("i don't want to be here any more", "suicide"),
        ("my tongue is swelling up after eating peanuts", "anaphylaxis"),
        ("my neighbor slumped over and he will not answer me", "unconscious_seizure"),
        ("his puffer does nothing and he is struggling for air", "breathing"),
    ],
)
def test_lesson_1_unseen_wording_fires_because_findings_are_composed(said: str, flag: str) -> None:
    assert flag in flags(said)


@pytest.mark.parametrize(
    "said",
    [
        "i need a flu shot and also my chest feels like it is being crushed",
        "i'd like to reschedule my physical oh and my mouth is drooping on one side",
        "just a refill please and i am throwing up blood",
        "runny nose since monday and i want to kill myself",
    ],
)
def test_lesson_2_a_minor_complaint_never_hides_the_red_flag_beside_it(said: str) -> None:
    assert SCREEN.screen(said).red_flag


@pytest.mark.parametrize(
    ("typed", "dictated"),
    [
        ("I can't breathe!", "i can not breathe"),
        ("She won't wake up.", "she will not wake up"),
        ("I don't want to live anymore", "i do not want to live any more"),
        ("He's not breathing", "he is not breathing"),
        ("It isn't stopping, it's gushing", "it is not stopping it is gushing"),
    ],
)
def test_lesson_3_contractions_are_heard_written_out_and_shortened(typed: str, dictated: str) -> None:
    assert flags(typed) == flags(dictated) != set()


@pytest.mark.parametrize(
    ("said", "flag"),
    [
        ("i cannot lift my arm and my speech is slurred", "stroke"),
        ("no fever but i have chest pain", "heart_attack"),
        ("no my chest hurts", "heart_attack"),
        ("the bleeding will not let up", "severe_bleeding"),
        ("it just won't quit bleeding", "severe_bleeding"),
        ("no blood but i keep gasping for air", "breathing"),
        ("my right no wait my left arm is numb and my face is drooping", "stroke"),
        ("my neighbor is not responding", "unconscious_seizure"),
        ("i had a stroke last year and now my face is drooping again", "stroke"),
        ("what are the signs of a stroke because my husband's face is drooping", "stroke"),
        ("i'm on eliquis and i can't get this nosebleed to quit", "severe_bleeding"),
        ("i don't feel well my chest hurts", "heart_attack"),
        ("my dog bit my son and his hand is pouring blood", "severe_bleeding"),
        ("i fainted when i was ten but now i have chest pain", "heart_attack"),
    ],
)
def test_lesson_4_negation_reaches_no_further_than_its_clause(said: str, flag: str) -> None:
    assert flag in flags(said)


@pytest.mark.parametrize(
    "said",
    [
        "no chest pain",
        "i don't have any chest pain or trouble breathing",
        "she is not suicidal",
        "the chest pain is gone",
        "i had a stroke last year and need a follow up",
        "two years ago i had a seizure",
        "what are the signs of a heart attack",
        "in the movie he has a seizure",
        "my grandmother died of a stroke",
        "my father's heart attack was in two thousand fifteen",
        "i don't feel dizzy or suicidal",
        "my fever broke yesterday",
        "my chest pain went away",
        "i overdosed when i was nineteen",
        "my grandfather drowned before i was born",
        "we thought she swallowed a coin but the x ray was clear",
        "is chest pain a side effect of this pill",
        "my dog swallowed a battery",
        "she didn't pass out she just felt tired",
    ],
)
def test_lesson_4_what_is_denied_past_told_or_hypothetical_does_not_fire(said: str) -> None:
    assert flags(said) == set()


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("i have a headache and a fever", "headache.sudden"),
        ("my chest hurts a bit i'm thirty", "heart_attack.chest"),
        ("my baby has a fever", "infant_fever.age"),
        ("my back hurts", "back.saddle"),
        ("my stomach hurts", "belly.severe"),
        ("my legs are swollen", "leg.one_sided"),
        ("i feel so depressed", "suicide.thoughts"),
        ("i fainted at work today", "unconscious.fainted"),
    ],
)
def test_lesson_5_a_hidden_red_flag_is_asked_about(said: str, question: str) -> None:
    screening = SCREEN.screen(said)
    assert not screening.red_flag
    assert screening.ask is not None
    assert screening.ask.id == question
    assert screening.ask.listen == "yes_no"
    assert screening.ask.sentence.endswith("?")


@pytest.mark.parametrize(
    "said",
    [
        "my husband says it's nothing but there is pressure in my chest",
        "it's probably just gas but my chest is so tight",
        "everyone tells me it is anxiety but i can't breathe",
        "i don't want to bother anybody but half my face is numb",
    ],
)
def test_lesson_6_nobody_talks_an_emergency_down(said: str) -> None:
    assert SCREEN.screen(said).level is CareLevel.EMERGENCY_911


@pytest.mark.parametrize(
    ("thought", "plan"),
    [
        ("i want to kill myself", "i want to kill myself and i have a gun"),
        ("i want to die", "i want to die and i have a plan"),
        ("i don't want to live", "i don't want to live i am going to take all of my pills tonight"),
    ],
)
def test_lesson_6_a_named_method_raises_suicide_to_911_with_a_gentle_script(thought: str, plan: str) -> None:
    first, second = SCREEN.screen(thought), SCREEN.screen(plan)
    assert first.level is CareLevel.NURSE_NOW
    assert second.level is CareLevel.EMERGENCY_911
    for screening in (first, second):
        assert any("9 8 8" in sentence for sentence in screening.script)


@pytest.mark.parametrize("said", ["my chest hurts when i cough", "when i cough my chest hurts"])
def test_lesson_7_when_it_hurts_belongs_to_what_hurts(said: str) -> None:
    """A "when" tells more of its main clause, before it or behind it; what else is said takes part as ever."""
    asked = SCREEN.screen(said)
    assert (asked.red_flag, asked.ask and asked.ask.id) == (False, "heart_attack.chest")
    assert "heart_attack" in flags(f"{said} and i am sweating")
    assert "heart_attack" in flags("my chest hurts and my throat hurts when i cough")


@pytest.mark.parametrize(
    "said",
    [
        "my phone is dying",
        "i'm dying to see the doctor",
        "this wait is killing me",
        "goodbye",
        "that is all goodbye",
        "heart of the matter",
        "chest x ray appointment",
        "flu shot",
        "i need my epi pen refilled",
        "i have an appointment with the stroke clinic",
        "it cost me an arm and a leg",
    ],
)
def test_lesson_7_near_misses_neither_fire_nor_ask(said: str) -> None:
    assert SCREEN.screen(said) == Screening()


@pytest.mark.parametrize(
    ("said", "flag"),
    [
        ("i took all of my pills i want to die", "overdose"),
        ("i took all of my tablets and i want to die", "suicide"),
        ("i wish i could die", "suicide"),
        ("there is a pain in my chest", "heart_attack"),
        ("i have chest pain but i need an appointment", "heart_attack"),
        ("he hit me with a belt", "violence"),
        ("this wait is killing me and so is the pressure in my chest", "heart_attack"),
    ],
)
def test_lesson_7_an_idiom_never_hides_what_is_meant(said: str, flag: str) -> None:
    assert flag in flags(said)


@pytest.mark.parametrize(
    "said",
    [
        "something is wrong with me",
        "i feel really strange",
        "she looks awful",
        "i need a refill and also my dad looks funny",
        "i have a little cough but my mother is acting weird",
        "is my prescription ready and my arm has gone all odd",
    ],
)
def test_lesson_8_alarm_without_a_name_is_asked_about_and_never_passed_over(said: str) -> None:
    screening = SCREEN.screen(said)
    assert screening.red_flag or screening.ask is not None


@pytest.mark.parametrize(
    ("heard", "flag"),
    [
        ("i am having chess pain", "heart_attack"),
        ("i have test pains and my arm is numb", "heart_attack"),
        ("i keep thinking of sue aside", "suicide"),
        ("i want to kill my shelf", "suicide"),
        ("the breeding will not stop", "severe_bleeding"),
        ("my tong is swelling", "anaphylaxis"),
        ("she hit her head and takes a liquis", "head_injury"),
        ("ate weeks old with a fever of one oh one", "infant_fever"),
    ],
)
def test_expected_misrecognitions_are_heard_as_what_was_meant(heard: str, flag: str) -> None:
    assert flag in flags(heard)


def test_misrecognitions_without_their_context_mean_what_they_say() -> None:
    assert flags("my son plays chess on saturdays") == set()
    assert flags("i have a test tomorrow") == set()


def test_findings_compose_across_utterances() -> None:
    assert "meningitis" not in flags("my neck is stiff")
    assert "meningitis" in flags("my neck is stiff", ("i have a fever",))
    assert "infant_fever" in flags("she has a fever", ("my baby is six weeks old",))


def test_an_old_denial_does_not_silence_a_new_complaint_nor_an_old_complaint_fire_again() -> None:
    assert "heart_attack" in flags("my chest hurts now", ("no chest pain",))
    assert flags("i would like to book a visit", ("my chest hurts",)) == set()


def test_the_evidence_carries_the_times_of_its_words() -> None:
    said = "hello um my chest feels tight"
    words = [Word(text, 400 * at, 400 * at + 300, 0.9) for at, text in enumerate(said.split())]
    raised = SCREEN.screen(said, words=words, at_ms=3000).raised
    assert raised is not None
    assert (raised.flag, raised.title, raised.at_ms) == ("heart_attack", "Heart attack", 3000)
    assert raised.evidence == (Evidence("chest feels tight", 1200, 2300),)
    assert raised.content_version.startswith(CONTENT.version)


def test_without_word_times_the_evidence_has_none() -> None:
    raised = SCREEN.screen("my chest feels tight").raised
    assert raised is not None
    assert raised.evidence == (Evidence("chest feels tight"),)


def test_a_red_flag_in_another_reading_of_the_same_audio_counts() -> None:
    screening = SCREEN.screen("i have jess pane", alternatives=["i have jazz pain", "i have chest pain"])
    assert screening.raised is not None
    assert screening.raised.flag == "heart_attack"


@pytest.mark.parametrize(
    ("partial", "fires"),
    [
        ("i have no", False),
        ("i have no chest pain", False),
        ("my chest pain", False),
        ("my chest pain is gone", False),
        ("i am dying to see the", False),
        ("i had a stroke", False),
        ("i had a stroke last year and", False),
        ("my chest feels so tight and i am", True),
        ("i can't breathe please help", True),
        ("i want to kill myself i have", True),
    ],
)
def test_a_partial_fires_only_on_what_the_next_words_cannot_change(partial: str, fires: bool) -> None:
    screening = SCREEN.screen(partial, partial=True)
    assert screening.red_flag is fires
    assert screening.ask is None


def test_yes_raises_no_clears_and_neither_is_unclear() -> None:
    question = SCREEN.screen("my baby has a fever").ask
    assert question is not None
    assert SCREEN.answered(question, "yes she is") is True
    assert SCREEN.answered(question, "no she's two") is False
    assert SCREEN.answered(question, "i don't know") is None
    assert SCREEN.answered(question, "she's only six weeks old") is True
    raised = SCREEN.raised_by_answer(question, "yes she is", 9000)
    assert isinstance(raised, RedFlagRaised)
    assert (raised.flag, raised.care_level, raised.at_ms) == ("infant_fever", CareLevel.NURSE_NOW, 9000)
    assert [piece.words for piece in raised.evidence] == ["baby", "fever", "yes she is"]


def test_a_question_that_was_put_is_not_put_again() -> None:
    first = SCREEN.screen("my stomach hurts").ask
    assert first is not None
    second = SCREEN.screen("my stomach hurts", asked={first.id}).ask
    assert second is None or second.id != first.id


def test_of_several_red_flags_the_most_urgent_is_raised() -> None:
    screening = SCREEN.screen("my stitches came apart and i can't breathe")
    assert screening.level is CareLevel.EMERGENCY_911


def test_the_same_words_give_the_same_screening() -> None:
    said = "my chest is tight and my arm is numb and i can't breathe"
    assert len({repr(RedFlagScreen(CONTENT).screen(said)) for _ in range(2)}) == 1


@pytest.mark.parametrize("said", ["", "   ", "...", "um uh", "no", "'", "9", "* ~ <pain>"])
def test_nothing_said_is_nothing_found(said: str) -> None:
    assert SCREEN.screen(said) == Screening()


def test_every_row_of_the_table_is_there_unapproved_and_with_an_authority() -> None:
    assert len(CONTENT.red_flags) >= TABLE_ROWS
    for flag in CONTENT.red_flags:
        assert flag.authority
        assert flag.approved_by is None
        assert len(flag.must_fire) >= 2
        assert flag.must_not_fire


def test_no_script_reassures_or_diagnoses() -> None:
    for sentences in CONTENT.scripts.values():
        text = " ".join(sentences).lower()
        for word in ("don't worry", "do not worry", "you are fine", "nothing serious", "heart attack", "stroke"):
            assert word not in text


def test_an_utterance_takes_less_than_five_milliseconds() -> None:
    said = "well i was carrying the groceries up and i had to stop twice and my neighbor said sit down so i did"
    SCREEN.screen(said)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        SCREEN.screen(said)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.005
