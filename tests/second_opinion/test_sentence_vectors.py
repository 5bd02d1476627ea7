"""all-MiniLM-L6-v2 in numpy gives what its makers publish."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voice_agent.errors import SecondOpinionError
from voice_agent.second_opinion.sentence_vectors import SentenceVectors, packaged_model

# The example on the front page of the Sentence Transformers documentation, with the cosines that stand there.
PUBLISHED = ("The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.")
COSINES = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]


@pytest.fixture(scope="module")
def vectors() -> SentenceVectors:
    return SentenceVectors(packaged_model())


def test_the_published_cosines_come_out(vectors: SentenceVectors) -> None:
    made = np.stack([vectors.vector(sentence) for sentence in PUBLISHED])
    assert made @ made.T == pytest.approx(np.array(COSINES), abs=6e-5)


def test_every_layer_is_given_and_the_last_is_the_vector(vectors: SentenceVectors) -> None:
    layers = vectors.layers(PUBLISHED[0])
    assert layers.shape == (6, 384)
    assert layers[-1] / np.linalg.norm(layers[-1]) == pytest.approx(vectors.vector(PUBLISHED[0]))


def test_nothing_and_too_much_are_no_error(vectors: SentenceVectors) -> None:
    for text in ("", "pain " * 1000):
        assert np.linalg.norm(vectors.vector(text)) == pytest.approx(1, abs=1e-5)


def test_a_folder_without_the_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecondOpinionError, match=str(tmp_path)):
        SentenceVectors(tmp_path)


def test_a_folder_with_another_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (tmp_path / "vocab.txt").write_text("[UNK]\n[CLS]\n[SEP]\n")
    with pytest.raises(SecondOpinionError, match="does not hold all-MiniLM-L6-v2"):
        SentenceVectors(tmp_path)
