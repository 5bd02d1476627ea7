"""How near the meaning of a sentence is to the emergencies of our own sentences.

Kernel ridge regression over the means behind two layers of the network, one output for each question (urgent? crisis?
which flag?), each made a probability by a logistic curve fitted on sentences that were left out (Platt 1999). A layer
in the middle knows more of negation and tense than the last, which was trained for likeness of topic.
`models/meaning/train.py` makes the file; its model card stands beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from voice_agent.errors import SecondOpinionError
from voice_agent.second_opinion.tensors import Floats
from voice_agent.triage.second_opinion import CRISIS_FLAGS, Opinion, Thresholds

FORMAT: Final = 1
USED_LAYERS: Final = (3, 5)
"""Of six, from 0."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Score → probability: 1 / (1 + exp(-(slope · score + offset)))."""

    slope: float
    offset: float

    def __call__(self, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        chances: npt.NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(self.slope * scores + self.offset, -30, 30)))
        return chances


@dataclass(frozen=True, slots=True)
class About:
    """What belongs to the arrays."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 (pydantic reads it)

    sentences_sha256: str
    """Of the file that it was trained on."""
    flags: tuple[str, ...]
    gamma: float
    """Width of the kernel: exp(-gamma · squared distance)."""
    urgent: Curve
    crisis: Curve
    flag: Curve
    thresholds: Thresholds
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Classifier:
    """The trained model."""

    about: About
    centre: Floats = field(repr=False)
    """(len(USED_LAYERS), 384): the mean of all sentences, taken off first."""
    known: Floats = field(repr=False)
    """(sentences, features)"""
    weights: Floats = field(repr=False)
    """(sentences, 2 + flags): urgent, crisis, then each flag."""
    bias: Floats = field(repr=False)
    """(2 + flags,)"""

    def judge(self, layers: Floats) -> Opinion:
        """An opinion on one sentence: (6, 384), of `SentenceVectors.layers`."""
        scores = self.scores(features(layers[None], self.centre))[0]
        own = scores[2:]
        best = int(own.argmax())
        flags = self.about.flags
        crisis = max(CRISIS_FLAGS, key=lambda flag: own[flags.index(flag)])
        return Opinion(
            urgent=float(self.about.urgent(scores[0])),
            crisis=float(self.about.crisis(scores[1])),
            flag=flags[best],
            flag_sure=float(self.about.flag(own[best])),
            crisis_flag=crisis,
        )

    def scores(self, these: Floats) -> npt.NDArray[np.float64]:
        """(n, 2 + flags) of features (n, features)."""
        found: npt.NDArray[np.float64] = kernel(these, self.known, self.about.gamma) @ self.weights + self.bias
        return found

    def write(self, path: Path) -> None:
        """One file, the same bytes for the same values."""
        about = np.frombuffer(json.dumps(asdict(self.about), sort_keys=True).encode(), np.uint8)
        arrays: dict[str, Any] = {
            "centre": self.centre,
            "known": self.known.astype(np.float16),
            "weights": self.weights.astype(np.float32),
            "bias": self.bias.astype(np.float32),
        }
        np.savez_compressed(path, about=about, **arrays)


def read(path: Path) -> Classifier:
    """The model in `path`. Raises SecondOpinionError."""
    try:
        with np.load(path, allow_pickle=False) as file:
            about = TypeAdapter(About).validate_python(json.loads(file["about"].tobytes()))
            arrays = [file[name].astype(np.float32) for name in ("centre", "known", "weights", "bias")]
    except (OSError, ValueError, KeyError, ValidationError) as error:
        raise SecondOpinionError(f"{path} is not a trained model: run models/meaning/train.py ({error})") from error
    if about.format != FORMAT:
        raise SecondOpinionError(f"{path} is of format {about.format}, this version reads {FORMAT}")
    return Classifier(about, *arrays)


def features(layers: Floats, centre: Floats) -> Floats:
    """(n, 6, 384) → (n, features): each used layer centred and of length one, all together of length one."""
    used = layers[:, USED_LAYERS] - centre
    used /= np.linalg.norm(used, axis=-1, keepdims=True)
    made: Floats = used.reshape(len(used), -1) / np.float32(np.sqrt(len(USED_LAYERS)))
    return made


def centre_of(layers: Floats) -> Floats:
    """What `features` takes off: the mean of (n, 6, 384)."""
    mean: Floats = layers[:, USED_LAYERS].mean(axis=0)
    return mean


def kernel(these: Floats, those: Floats, gamma: float) -> npt.NDArray[np.float64]:
    """(n, m): how alike features of length one are, 0 to 1."""
    alike: npt.NDArray[np.float64] = np.exp(-gamma * (2 - 2 * (these @ those.T).astype(np.float64)))
    return alike


def targets(flags: Sequence[str], of: Sequence[str | None]) -> npt.NDArray[np.float64]:
    """(n, 2 + flags) of +1 and -1: what `scores` should say; None is harmless."""
    rows = [[flag is not None, flag in CRISIS_FLAGS, *(flag == each for each in flags)] for flag in of]
    return 2.0 * np.array(rows, np.float64) - 1
