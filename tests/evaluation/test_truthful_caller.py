"""The scripted caller tells what is so, denies what is not, and invents nothing."""

from __future__ import annotations

import pytest

from voice_agent.evaluation.truthful_caller import UNKNOWN, TruthfulCaller

FACTS = {
    "age": "he's five weeks old",
    "since_when": "since this afternoon",
    "fever": "a hundred and one in his bottom",
    "breathing": "fine",
    "other_symptoms": "he's sleepier than usual but he has no rash",
    "pregnancy": "no it's for my baby",
    "course": "about the same",
    "otherwise": "no not that i noticed",
}


def asked(*sentences: str, facts: dict[str, str] = FACTS) -> str:
    return TruthfulCaller("my baby feels warm", facts).answer(sentences)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How old is your child?", "he's five weeks old"),
        ("What was the highest temperature?", "a hundred and one in his bottom"),
        ("For how many days has the fever lasted?", "since this afternoon and a hundred and one in his bottom"),
        ("Is the baby younger than three months?", "yes he's five weeks old"),
        ("Is the child older than two years?", "no he's five weeks old"),
        ("Are you pregnant?", "no it's for my baby"),
        ("Is it hard to breathe even while resting?", "no fine"),
        ("Is your child hard to wake, limp or blue?", "yes he's sleepier than usual but he has no rash"),
        ("Is there a rash that stays when you press on it?", "no not that i noticed"),
        ("Has your child hurt a leg?", "no not that i noticed"),
        ("What color is the car?", "no not that i noticed"),
        ("What is the visit for?", "my baby feels warm"),
        ("Would you like to book a visit?", "no thank you"),
        ("Is there anything else I can help you with?", "no thank you"),
        ("May I have your first and last name?", "mary johnson"),
    ],
)
def test_she_answers_what_was_asked(question: str, answer: str) -> None:
    assert asked(question) == answer


def test_only_the_last_question_counts() -> None:
    assert asked("Are you pregnant?", "I see.", "How old is he?", "Say years or weeks.") == "he's five weeks old"


def test_a_bare_fact_that_was_no_answer_is_followed_by_not_knowing() -> None:
    caller = TruthfulCaller("my baby feels warm", {"fever": "he felt hot to me"})
    assert caller.answer(["Is the fever above one hundred and four?"]) == "he felt hot to me"
    assert caller.answer(["Is the fever above one hundred and four?"]) == UNKNOWN


def test_a_plain_no_is_said_as_often_as_it_is_so() -> None:
    caller = TruthfulCaller("my baby feels warm", {"fever": "he felt hot to me"})
    assert [caller.answer([f"Is there {what}?"]) for what in ("a rash", "a rash", "blood")] == ["no"] * 3


def test_what_the_opening_says_already_is_no_new_fact() -> None:
    caller = TruthfulCaller("i have a headache", {"pain_place": "the headache is all over", "otherwise": "no"})
    assert caller.answer(["Is the headache sudden?"]) == "no"


def test_a_denial_is_not_taken_for_a_fact() -> None:
    facts = {"other_symptoms": "i'm sweating and i have no swelling", "otherwise": "no"}
    assert asked("Is there any swelling of the face?", facts=facts) == "no"
    assert asked("Does it come with sweating?", facts=facts) == "yes i'm sweating and i have no swelling"


def test_a_question_that_finds_the_hidden_thing_is_answered_with_it() -> None:
    question = "Is the baby younger than three months?"
    caller = TruthfulCaller("she has a fever", sure={question: "yes she is six weeks old"})
    assert caller.answer([question]) == "yes she is six weeks old"
    assert caller.answer(["Does she have a rash?"]) == "no"


@pytest.mark.parametrize(
    ("topic", "fact", "question", "answer"),
    [
        ("since_when", "three days", "Did it start suddenly?", "no three days"),
        ("since_when", "two hours ago", "Did it start suddenly?", "two hours ago"),
        ("since_when", "a week but bad since last night", "Did it start suddenly?", "a week but bad since last night"),
        ("since_when", "all of a sudden last week", "Did it start suddenly?", "yes all of a sudden last week"),
        ("severity", "it's a four", "Is the pain severe?", "no it's a four"),
        ("severity", "it's a seven", "Is the pain severe?", "it's a seven"),
        ("severity", "it's an eight now", "Is the pain severe?", "yes it's an eight now"),
        ("fever", "a hundred and one", "Is there a fever?", "yes a hundred and one"),
        ("eating_drinking", "yes but no toast", "Is it hard to swallow?", "no but no toast"),
        ("eating_drinking", "i hardly drink", "Is there a cold sweat or great sleepiness?", "no"),
        ("other_symptoms", "my speech and arms are all normal", "Is there trouble with speech?", "no"),
        ("other_symptoms", "hives nothing on my face", "Is there swelling of the face?", "no"),
        ("other_symptoms", "it's bruised and i can't put weight on it", "Are you unable to put weight on it?",
         "yes it's bruised and i can't put weight on it"),
        ("pain_place", "on the bone", "Is a bone to be seen?", "no"),
        ("pain_place", "my ankle", "Is the redness spreading?", "no my ankle"),
        ("breathing", "just a blocked nose", "Is it hard to finish a sentence?", "no just a blocked nose"),
        ("course", "it came on slowly", "Did it start suddenly?", "no it came on slowly"),
    ],
)  # fmt: skip
def test_facts_decide_a_question_that_wants_yes_or_no(topic: str, fact: str, question: str, answer: str) -> None:
    assert asked(question, facts={topic: fact}) == answer


def test_keys_offered_in_two_sentences_are_one_question() -> None:
    facts = {"fever": "he felt hot to me"}
    assert asked("If there is a fever, press 1.", "If not, press 2.", facts=facts) == "he felt hot to me"


def test_what_is_known_is_said_plainly_the_second_time() -> None:
    caller = TruthfulCaller("my head hurts", {"severity": "it's mild"})
    assert [caller.answer(["Is the pain severe?"]) for _ in range(3)] == ["no it's mild", "no", "no"]


def test_nothing_asked_and_nothing_known() -> None:
    assert TruthfulCaller("hello").answer([]) == UNKNOWN
