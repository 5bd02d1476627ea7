"""What a grammar holds, and what counts as an answer to its question."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from voice_agent.call.replies import Listen
from voice_agent.speech.grammars import ANSWERS, Grammar, built
from voice_agent.speech.recognizer import BUILT_IN, PROJECT_MODELS
from voice_agent.speech.vosk_model import load, vocabulary

ALWAYS = ["My chest hurts!", "he's spodding blood", "operator"]
VOCABULARY = frozenset(
    {word for phrases in ANSWERS.values() for phrase in phrases for word in phrase.split()}
    | {"my", "chest", "hurts", "he's", "blood", "operator"}
)


@dataclass(frozen=True)
class Said:
    text: str


def said(text: str) -> list[Said]:
    return [Said(word) for word in text.split()]


@pytest.fixture
def grammar() -> Grammar:
    return built(VOCABULARY, ALWAYS)[Listen.YES_NO]


@pytest.mark.parametrize("phrase", ["my chest hurts", "operator", "[unk]"])
def test_every_grammar_holds_what_must_be_understood_whatever_was_asked(phrase: str) -> None:
    assert all(phrase in json.loads(grammar.text) for grammar in built(VOCABULARY, ALWAYS).values())


def test_words_that_the_model_does_not_know_are_left_out(grammar: Grammar) -> None:
    phrases = json.loads(grammar.text)
    assert "he's" in phrases
    assert "blood" in phrases
    assert "spodding" not in " ".join(phrases)


def test_answers_with_unknown_words_are_left_out() -> None:
    grammar = built(VOCABULARY - {"absolutely"}, ALWAYS)[Listen.YES_NO]
    assert not grammar.is_answer(said("absolutely"))
    assert grammar.is_answer(said("definitely"))


@pytest.mark.parametrize("text", ["yes", "no i don't", "yes i do", "yeah that's right", "no thank you"])
def test_an_answer_or_two_are_trusted(grammar: Grammar, text: str) -> None:
    assert grammar.is_answer(said(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes [unk]",
        "[unk]",
        "my chest hurts",
        "no my chest hurts",
        "right yes works",
        "i don't nope",
        "i yes it probably",
    ],
)
def test_anything_else_is_not(grammar: Grammar, text: str) -> None:
    assert not grammar.is_answer(said(text))


@pytest.mark.parametrize("text", ["", "no", "no thank", "yes that's", "yes i"])
def test_what_may_become_an_answer(grammar: Grammar, text: str) -> None:
    assert grammar.may_become_answer(text.split())


@pytest.mark.parametrize("text", ["my", "no my", "thank you no", "yes [unk]", "yes yes yes yes"])
def test_what_will_be_none(grammar: Grammar, text: str) -> None:
    assert not grammar.may_become_answer(text.split())


def test_the_built_in_model_knows_all_answers() -> None:
    """A slip in the list would be left out without a word."""
    vocabulary = load(PROJECT_MODELS / BUILT_IN, BUILT_IN).vocabulary
    assert vocabulary is not None
    assert {word for phrases in ANSWERS.values() for phrase in phrases for word in phrase.split()} <= vocabulary


@pytest.mark.parametrize("missing", ["HCLr.fst", "Gr.fst"])
def test_a_model_whose_graph_is_in_one_piece_takes_no_grammar(missing: str, tmp_path: Path) -> None:
    for name in ("HCLr.fst", "Gr.fst", "words.txt"):
        (tmp_path / name).write_text("<eps> 0\nyes 1\n")
    assert vocabulary(tmp_path) == {"<eps>", "yes"}
    (tmp_path / missing).unlink()
    assert vocabulary(tmp_path) is None
