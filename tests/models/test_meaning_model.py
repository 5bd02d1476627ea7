"""The trained model belongs to the sentences beside it, and to none of the sets that judge it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from voice_agent.second_opinion import classifier
from voice_agent.second_opinion.classifier import features
from voice_agent.second_opinion.judge import MODEL
from voice_agent.second_opinion.sentence_vectors import SentenceVectors, packaged_model

TESTS = Path(__file__).resolve().parents[1]
SENTENCES = MODEL.with_name("sentences.yaml")
CARD = MODEL.with_name("README.md")
JUDGING = [
    *sorted((TESTS / "safety" / "sets").glob("*.yaml")),
    *sorted((TESTS / "triage" / "sentences").glob("*.yaml")),
]


def strings(content: object) -> list[str]:
    """Every string in a YAML document that is not a key."""
    match content:
        case str(text):
            return [text]
        case dict(mapping):
            return [text for value in mapping.values() for text in strings(value)]
        case list(values):
            return [text for value in values for text in strings(value)]
    return []


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z ]", "", text.lower()).split())


def trained_on() -> list[str]:
    return strings(yaml.safe_load(SENTENCES.read_text(encoding="utf-8")))


def test_the_model_was_trained_on_the_sentences_as_they_stand() -> None:
    digest = hashlib.sha256(SENTENCES.read_bytes()).hexdigest()
    assert classifier.read(MODEL).about.sentences_sha256 == digest
    assert digest in CARD.read_text(encoding="utf-8")


def test_there_are_enough_sentences_and_none_twice() -> None:
    said = [plain(text) for text in trained_on()]
    assert len(said) >= 900
    assert len(set(said)) == len(said)


def test_no_sentence_of_a_judging_set_is_trained_on() -> None:
    said = {plain(text) for text in trained_on()}
    assert len(JUDGING) >= 3
    shared = [
        f"{path.name}: {text}"
        for path in JUDGING
        for text in strings(yaml.safe_load(path.read_text(encoding="utf-8")))
        if len(text.split()) >= 4 and plain(text) in said
    ]
    assert shared == []


def test_what_it_remembers_are_the_vectors_of_its_sentences() -> None:
    """Another build of numpy may round otherwise, no more."""
    model = classifier.read(MODEL)
    vectors = SentenceVectors(packaged_model())
    said = trained_on()
    assert len(model.known) == len(said)
    for place in range(0, len(said), len(said) // 8):
        made = features(vectors.layers(said[place])[None], model.centre)[0]
        assert np.dot(made, model.known[place]) == pytest.approx(1, abs=2e-3)
