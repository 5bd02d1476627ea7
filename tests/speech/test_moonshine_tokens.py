"""Words in pieces."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_agent.speech.answer_graph import Node, built
from voice_agent.speech.moonshine_tokens import END, Tokens
from voice_agent.speech.second_ear import packaged_model


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens.read(packaged_model() / "tokenizer.bin")


@pytest.mark.parametrize("text", ["Yes, I do.", "9-1-1", "My chest hurts", "naïve 好 co-pay?"])
def test_a_text_comes_back_from_its_pieces(tokens: Tokens, text: str) -> None:
    assert tokens.text(tokens.ids(f" {text}")) == text


def test_frequent_words_are_one_piece(tokens: Tokens) -> None:
    assert len(tokens) == 32768
    assert [len(tokens.ids(f" {word}")) for word in ("Yes", "No", "the")] == [1, 1, 1]


def test_long_pieces_are_read(tmp_path: Path) -> None:
    long = b"x" * 300
    packed = tmp_path / "tokenizer.bin"
    packed.write_bytes(bytes([1]) + b"a" + bytes([128 + 300 % 128, 300 // 128]) + long + bytes([2]) + b"bc")
    assert len(Tokens.read(packed)) == 3


def accepts(start: Node, ids: list[int]) -> bool:
    place: Node | None = start
    for token in [*ids, END]:
        if place is None:
            return False
        options = dict(place.options())
        if token not in options:
            return False
        place = options[token]
    return place is None


@pytest.mark.parametrize(
    ("listen", "text"),
    [
        ("yes_no", "Yes."),
        ("yes_no", "Yes, that's right."),
        ("yes_no", "no thank you"),
        ("yes_no", "No, I'm not sure."),
        ("digits", "Nine."),
        ("digits", "nine one one"),
        ("digits", "Five, five, five, zero, one."),
        ("digits", "9-1-9-0"),
        ("digits", "Thirty-three-four"),
        ("digits", "Double four, oh seven"),
    ],
)
def test_answers_are_in_the_graph_however_they_are_written(tokens: Tokens, listen: str, text: str) -> None:
    graphs = {kind.value: start for kind, start in built(tokens).items()}
    assert accepts(graphs[listen], tokens.ids(f" {text}"))


@pytest.mark.parametrize(
    ("listen", "text"), [("yes_no", "My chest hurts."), ("digits", "Fine."), ("yes_no", "Yes. My")]
)
def test_other_words_are_not(tokens: Tokens, listen: str, text: str) -> None:
    graphs = {kind.value: start for kind, start in built(tokens).items()}
    assert not accepts(graphs[listen], tokens.ids(f" {text}"))
