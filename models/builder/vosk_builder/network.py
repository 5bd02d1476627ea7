"""The time-delay network: 40 MFCCs every 10 ms -> 84 log posteriors every 30 ms, from 180 ms before and after."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from vosk_builder.conf import CEPSTRA, FRAMES_PER_OUTPUT
from vosk_builder.features import Features, output_frames
from vosk_builder.phones import PDFS

FIRST_WINDOW = 7
"""Input frames that the first layer sees at once."""

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Size:
    """Widths and depth."""

    hidden: int = 320
    bottleneck: int = 112
    blocks: int = 5
    last: int = 256

    @property
    def context(self) -> int:
        """Input frames of 10 ms on either side of an output frame."""
        return FIRST_WINDOW // 2 + FRAMES_PER_OUTPUT * self.blocks


@dataclass(frozen=True)
class Affine:
    """y = weights x + bias."""

    weights: Matrix
    bias: Matrix


@dataclass(frozen=True)
class Folded:
    """The trained network as matrices alone: batch-norms and input normalisation are folded in."""

    first: Affine
    blocks: list[tuple[Affine, Affine]]
    last: Affine
    output: Affine


class Network(nn.Module):
    """Residual blocks that look 30 ms back and ahead through a bottleneck.

    Time comes before channels, and splicing is concatenation, so that all the work is matrix products.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Matrix, deviation: Matrix, size: Size | None = None) -> None:
        super().__init__()
        self.size = size or Size()
        hidden, bottleneck, last = self.size.hidden, self.size.bottleneck, self.size.last
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("deviation", torch.from_numpy(deviation))
        self.first = nn.Linear(CEPSTRA * FIRST_WINDOW, hidden, bias=False)
        self.first_norm = nn.BatchNorm1d(hidden)
        blocks = range(self.size.blocks)
        self.narrow = nn.ModuleList(nn.Linear(3 * hidden, bottleneck, bias=False) for _ in blocks)
        self.widen = nn.ModuleList(nn.Linear(bottleneck, hidden, bias=False) for _ in blocks)
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in blocks)
        self.last, self.last_norm = nn.Linear(hidden, last, bias=False), nn.BatchNorm1d(last)
        self.output = nn.Linear(last, PDFS)

    def forward(self, features: Tensor) -> Tensor:
        """[batch, padded input frames, 40] -> [batch, output frames, pdfs]. See `padded`."""
        normal = (features - self.mean) / self.deviation
        steps = (normal.shape[1] - FIRST_WINDOW) // FRAMES_PER_OUTPUT + 1
        span = FRAMES_PER_OUTPUT * (steps - 1) + 1
        windows = [normal[:, at : at + span : FRAMES_PER_OUTPUT] for at in range(FIRST_WINDOW)]
        hidden = _rectified(self.first_norm, self.first(torch.cat(windows, 2)))
        for narrow, widen, norm in zip(self.narrow, self.widen, self.norms, strict=True):
            spliced = torch.cat([hidden[:, :-2], hidden[:, 1:-1], hidden[:, 2:]], 2)
            hidden = hidden[:, 1:-1] + _rectified(norm, widen(narrow(spliced)))
        hidden = _rectified(self.last_norm, self.last(hidden))
        return functional.log_softmax(self.output(hidden).float(), 2)

    @torch.no_grad()
    def log_posteriors(self, features: Features) -> Matrix:
        """One utterance: [input frames, 40] -> [output frames, pdfs]."""
        self.eval()
        frames = padded(features, output_frames(len(features)), self.size.context)
        posteriors: Matrix = self(torch.from_numpy(frames)[None])[0].numpy()
        return posteriors

    @torch.no_grad()
    def folded(self) -> Folded:
        """The weights for Kaldi."""
        self.eval()
        scale, shift = _scale_and_shift(self.first_norm)
        weights = self.first.weight / self.deviation.repeat(FIRST_WINDOW)
        first = _affine(weights * scale[:, None], shift - (weights @ self.mean.repeat(FIRST_WINDOW)) * scale)
        blocks = []
        for narrow, widen, norm in zip(self.narrow, self.widen, self.norms, strict=True):
            scale, shift = _scale_and_shift(norm)
            no_bias = torch.zeros(self.size.bottleneck)
            blocks.append((_affine(_weight(narrow), no_bias), _affine(_weight(widen) * scale[:, None], shift)))
        scale, shift = _scale_and_shift(self.last_norm)
        last = _affine(self.last.weight * scale[:, None], shift)
        return Folded(first, blocks, last, _affine(self.output.weight, self.output.bias))


def padded(features: Features, outputs: int, context: int) -> Features:
    """The features with the edge frames repeated, as Kaldi does, so that the network gives so many outputs."""
    needed = FRAMES_PER_OUTPUT * (outputs - 1) + 1 + 2 * context
    right = max(0, needed - context - len(features))
    return np.concatenate([np.repeat(features[:1], context, 0), features, np.repeat(features[-1:], right, 0)])[:needed]


def normalisation(features: Sequence[NDArray[np.floating]]) -> tuple[Matrix, Matrix]:
    """Mean and deviation of each cepstrum."""
    frames = np.concatenate(features).astype(np.float32)
    return frames.mean(0), frames.std(0) + np.float32(1e-3)


def _rectified(norm: nn.Module, hidden: Tensor) -> Tensor:
    normal: Tensor = norm(hidden.flatten(0, 1))
    return functional.relu(normal.view(hidden.shape))


def _weight(layer: nn.Module) -> Tensor:
    weight = layer.weight
    assert isinstance(weight, Tensor)
    return weight


def _scale_and_shift(norm: nn.Module) -> tuple[Tensor, Tensor]:
    assert isinstance(norm, nn.BatchNorm1d) and norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return scale, norm.bias - norm.running_mean * scale


def _affine(weights: Tensor, bias: Tensor) -> Affine:
    return Affine(weights.detach().numpy().copy(), bias.detach().numpy().copy())
