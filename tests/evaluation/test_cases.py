"""Sentences are named without being told."""

from __future__ import annotations

from voice_agent.evaluation.cases import Sentence, sentence_id


def test_an_id_does_not_depend_on_case_or_spaces() -> None:
    assert sentence_id("My  chest hurts ") == sentence_id("my chest hurts") != sentence_id("my chest hurt")


def test_an_id_tells_nothing_of_the_words() -> None:
    sentence = Sentence("my chest hurts", "heart_attack", None, "lay")
    assert len(sentence.id) == 10
    assert "chest" not in repr(sentence)
