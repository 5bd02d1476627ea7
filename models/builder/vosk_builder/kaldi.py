"""A trained network -> final.mdl: TransitionModel and AmNnetSimple in Kaldi's binary format.

A token is its text and one space; an int32 and a float have their size, 4, in front; a matrix may be compressed.
The transition model is a chain's: one emitting state a sound, with one pdf on entering and one on staying.
"""

import math
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vosk_builder.conf import CEPSTRA
from vosk_builder.network import FIRST_WINDOW, Affine, Folded
from vosk_builder.phones import KALDI_PHONES, first_pdf, later_pdf
from vosk_builder.training import Acoustics

_BINARY_MARK = b"\0B"
_SIXTEEN_BITS = 65535
_HALF = 0.5


def write(path: Path, acoustics: Acoustics) -> None:
    """The acoustic model, its matrices in 16 bits."""
    contexts = _token("<LeftContext>") + _int(0) + _token("<RightContext>") + _int(0)  # Kaldi works them out anew
    priors = _token("<Priors>") + _vector(acoustics.priors)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_BINARY_MARK + _transition_model() + _network(acoustics.network) + contexts + priors)


def _token(text: str) -> bytes:
    return text.encode() + b" "


def _int(value: int) -> bytes:
    return struct.pack("<bi", 4, value)


def _float(value: float) -> bytes:
    return struct.pack("<bf", 4, value)


def _ints(values: Sequence[int]) -> bytes:
    return struct.pack("<bi", 4, len(values)) + np.asarray(values, "<i4").tobytes()


def _vector(values: ArrayLike) -> bytes:
    floats = np.asarray(values, "<f4")
    return _token("FV") + _int(len(floats)) + floats.tobytes()


def _matrix(values: NDArray[np.float32]) -> bytes:
    """Kaldi's CompressedMatrix, format CM2: 16 bits between the least and the greatest value."""
    least, spread = float(values.min()), float(np.ptp(values)) or 1.0
    codes = np.clip(np.round((values - least) / spread * _SIXTEEN_BITS), 0, _SIXTEEN_BITS).astype("<u2")
    return _token("CM2") + struct.pack("<ffii", least, spread, *values.shape) + codes.tobytes()


def _transition_model() -> bytes:
    count = len(KALDI_PHONES)
    forward_or_stay = _int(2) + _int(0) + _float(_HALF) + _int(1) + _float(_HALF)
    topology = (
        _ints([phone.number for phone in KALDI_PHONES])
        + _ints([-1] + [0] * count)  # every sound has the one topology
        + _int(-1)  # marks the form with a forward and a self-loop pdf
        + _int(1)  # topologies
        + _int(2)  # states
        + (_int(0) + _int(1) + forward_or_stay)  # pdf classes 0 and 1
        + (_int(-1) + _int(-1) + _int(0))  # the last state emits nothing and goes nowhere
    )
    tuples = b"".join(
        _int(phone.number) + _int(0) + _int(first_pdf(phone.phone)) + _int(later_pdf(phone.phone))
        for phone in KALDI_PHONES
    )
    log_probabilities = _vector([0.0] + [math.log(_HALF)] * (2 * count))
    return (
        _token("<TransitionModel>")
        + (_token("<Topology>") + topology + _token("</Topology>"))
        + (_token("<Tuples>") + _int(count) + tuples + _token("</Tuples>"))
        + (_token("<LogProbs>") + log_probabilities + _token("</LogProbs>"))
        + _token("</TransitionModel>")
    )


class _Components:
    """Kaldi's list of components, and the lines that join them."""

    def __init__(self) -> None:
        self.lines = [f"input-node name=input dim={CEPSTRA}"]
        self.blobs: list[tuple[str, bytes]] = []

    def add(self, name: str, source: str, blob: bytes) -> str:
        self.lines.append(f"component-node name={name} component={name} input={source}")
        self.blobs.append((name, blob))
        return name

    def rectified(self, name: str, source: str, affine: Affine) -> str:
        hidden = self.add(f"{name}.affine", source, _affine(affine))
        return self.add(f"{name}.relu", hidden, _nonlinear("RectifiedLinearComponent", len(affine.bias)))

    def bytes(self) -> bytes:
        named = b"".join(_token("<ComponentName>") + _token(name) + blob for name, blob in self.blobs)
        lines = ("\n".join(self.lines) + "\n\n").encode()
        count = _token("<NumComponents>") + _int(len(self.blobs))
        return _token("<Nnet3>") + b"\n" + lines + count + named + _token("</Nnet3>")


def _network(network: Folded) -> bytes:
    components = _Components()
    reach = FIRST_WINDOW // 2
    hidden = components.rectified("tdnn0", _spliced("input", range(-reach, reach + 1)), network.first)
    for number, (narrow, widen) in enumerate(network.blocks, start=1):
        narrowed = components.add(f"tdnn{number}.narrow", _spliced(hidden, (-3, 0, 3)), _affine(narrow))
        widened = components.rectified(f"tdnn{number}", narrowed, widen)
        hidden = components.add(f"tdnn{number}.sum", f"Sum({hidden}, {widened})", _no_op(len(widen.bias)))
    hidden = components.rectified("last", hidden, network.last)
    hidden = components.add("output.affine", hidden, _affine(network.output))
    hidden = components.add("output.log-softmax", hidden, _nonlinear("LogSoftmaxComponent", len(network.output.bias)))
    components.lines.append(f"output-node name=output input={hidden} objective=linear")
    return components.bytes()


def _spliced(source: str, offsets: Sequence[int]) -> str:
    parts = [source if offset == 0 else f"Offset({source}, {offset})" for offset in offsets]
    return f"Append({', '.join(parts)})"


def _affine(affine: Affine) -> bytes:
    matrix, bias = _matrix(affine.weights), _vector(affine.bias)
    inside = _token("<LinearParams>") + matrix + _token("<BiasParams>") + bias
    return _token("<FixedAffineComponent>") + inside + _token("</FixedAffineComponent>")


def _nonlinear(kind: str, width: int) -> bytes:
    statistics = _token("<ValueAvg>") + _vector([]) + _token("<DerivAvg>") + _vector([]) + _token("<Count>") + _float(0)
    return _token(f"<{kind}>") + _token("<Dim>") + _int(width) + statistics + _token(f"</{kind}>")


def _no_op(width: int) -> bytes:
    inside = _token("<Dim>") + _int(width) + _token("<BackpropScale>") + _float(1.0)
    return _token("<NoOpComponent>") + inside + _token("</NoOpComponent>")
