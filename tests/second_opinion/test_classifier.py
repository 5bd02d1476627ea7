"""The trained part, on three sentences that are three directions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voice_agent.errors import SecondOpinionError
from voice_agent.second_opinion import classifier
from voice_agent.second_opinion.classifier import About, Classifier, Curve, features, kernel, targets
from voice_agent.second_opinion.tensors import Floats
from voice_agent.triage.second_opinion import Thresholds

FLAGS = ("stroke", "suicide", "harm_to_others", "violence")
STEEP = Curve(4.0, 0.0)
ABOUT = About("0" * 64, FLAGS, 1.5, STEEP, STEEP, STEEP, Thresholds(0.5, 0.9, 0.5, 0.9, 0.6))


def sentence(direction: int) -> Floats:
    layers = np.zeros((6, 384), np.float32)
    layers[:, direction] = 1
    return layers


@pytest.fixture
def model() -> Classifier:
    layers = np.stack([sentence(0), sentence(1), sentence(2)])
    centre = np.zeros((2, 384), np.float32)
    known = features(layers, centre)
    wanted = targets(FLAGS, ["stroke", "violence", None])
    weights = np.linalg.solve(kernel(known, known, ABOUT.gamma), wanted).astype(np.float32)
    return Classifier(ABOUT, centre, known, weights, np.zeros(2 + len(FLAGS), np.float32))


def test_what_it_knows_it_says(model: Classifier) -> None:
    stroke = model.judge(sentence(0))
    assert stroke.urgent > 0.9
    assert stroke.crisis < 0.1
    assert stroke.flag == "stroke"
    violence = model.judge(sentence(1))
    assert violence.crisis > 0.9
    assert (violence.flag, violence.crisis_flag) == ("violence", "violence")
    assert model.judge(sentence(2)).urgent < 0.1


def test_what_is_like_nothing_is_in_doubt(model: Classifier) -> None:
    assert model.judge(sentence(300)).urgent == pytest.approx(0.5, abs=0.1)


def test_a_model_comes_back_from_its_file_and_always_as_the_same_bytes(model: Classifier, tmp_path: Path) -> None:
    model.write(tmp_path / "a.npz")
    model.write(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    again = classifier.read(tmp_path / "a.npz")
    assert again.about == ABOUT
    assert again.judge(sentence(0)).urgent == pytest.approx(model.judge(sentence(0)).urgent, abs=1e-3)


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no model")
    np.savez(tmp_path / "other.npz", about=np.frombuffer(b'{"format": 1}', np.uint8))
    for name in ("text.npz", "other.npz", "none.npz"):
        with pytest.raises(SecondOpinionError, match=name):
            classifier.read(tmp_path / name)
