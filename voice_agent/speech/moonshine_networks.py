"""Moonshine's two networks: sound in, the likelihood of each next token out.

The package `moonshine-voice` brings the networks and a library that runs them, which gives neither confidences nor a
choice of words. We run the same files ourselves, with ONNX Runtime, which gives both.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from voice_agent.errors import RecognizerError

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE_RATE_HZ: Final = 16000
ENCODER_STEP: Final = 384
"""Samples for each of the encoder's outputs."""
LAYERS: Final = 6
HEADS: Final = 8
HEAD_SIZE: Final = 36

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sound:
    """An utterance as the decoder reads it."""

    hidden: Floats = field(repr=False)
    mask: NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Some beginnings of the text, all of one length, with what the decoder remembers of them."""

    sound: Sound
    ours: dict[str, Floats] = field(repr=False)
    """What it keeps of the tokens so far, by name of its input; one row a beginning."""
    of_sound: dict[str, Floats] = field(repr=False)
    """What it keeps of the sound; one row for all."""
    is_first: bool = False

    def chosen(self, rows: Sequence[int]) -> Prefixes:
        """Those in `rows`, in that order, one maybe several times."""
        return replace(self, ours={name: kept[list(rows)] for name, kept in self.ours.items()})


class Networks:
    """Both networks in memory (some 90 MB); belongs to one thread at a time."""

    def __init__(self, directory: Path, threads: int) -> None:
        """Raises RecognizerError when ONNX Runtime is missing, or the files are."""
        try:
            import onnxruntime
        except ImportError as error:
            raise RecognizerError(
                "The second ear needs the package onnxruntime: install voice-agent[second-ear], "
                "or set recognizer.second_ear in config.yaml to none."
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._encoder, self._decoder = (
                onnxruntime.InferenceSession(str(directory / name), options, providers=["CPUExecutionProvider"])
                for name in ("encoder_model.ort", "decoder_model_merged.ort")
            )
        except Exception as error:  # its exceptions have no base class of their own
            raise RecognizerError(
                f"Moonshine's networks in {directory} do not load: install voice-agent[second-ear] anew."
            ) from error
        self._kept: list[str] = [output.name for output in self._decoder.get_outputs()][1:]

    def listened(self, samples: Floats) -> Sound:
        """The whole utterance, 16 kHz, -1 to 1, at least a tenth of a second."""
        mask = np.ones((1, len(samples)), dtype=np.int64)
        (hidden,) = self._run(
            self._encoder, ["last_hidden_state"], {"input_values": samples[None], "attention_mask": mask}
        )
        # The decoder takes every 384th of the mask, and must find one for each output of the encoder.
        return Sound(hidden, np.ones((1, hidden.shape[1] * ENCODER_STEP), dtype=np.int64))

    def begin(self, sound: Sound) -> Prefixes:
        """One beginning, of no token."""
        nothing = np.zeros((1, HEADS, 0, HEAD_SIZE), dtype=np.float32)
        names = [f"past_key_values.{layer}.{{}}.{part}" for layer in range(LAYERS) for part in ("key", "value")]
        return Prefixes(
            sound,
            {name.format("decoder"): nothing for name in names},
            {name.format("encoder"): nothing for name in names},
            is_first=True,
        )

    def step(self, prefixes: Prefixes, tokens: Sequence[int]) -> tuple[NDArray[np.float64], Prefixes]:
        """Each beginning grows by its token; log probabilities of the token after it, a row for each beginning."""
        rows, sound = len(tokens), prefixes.sound
        outputs = self._run(
            self._decoder,
            ["logits", *self._kept],
            {
                "encoder_attention_mask": np.repeat(sound.mask, rows, 0),
                "encoder_hidden_states": np.repeat(sound.hidden, rows, 0),
                "input_ids": np.array(tokens, dtype=np.int64)[:, None],
                "use_cache_branch": np.array([not prefixes.is_first]),
                **prefixes.ours,
                **{name: np.repeat(kept, rows, 0) for name, kept in prefixes.of_sound.items()},
            },
        )
        kept = {
            f"past_key_values.{name.partition('.')[2]}": kept
            for name, kept in zip(self._kept, outputs[1:], strict=True)
        }
        grown = Prefixes(
            sound,
            {name: kept[name] for name in prefixes.ours},
            {name: kept[name] for name in prefixes.of_sound} if prefixes.is_first else prefixes.of_sound,
        )
        return _log_softmax(outputs[0][:, -1]), grown

    def read(self, sound: Sound, tokens: Sequence[int]) -> NDArray[np.float64]:
        """A whole text at once: log probabilities of the token after each of `tokens`, a row for each."""
        start = self.begin(sound)
        (scores,) = self._run(
            self._decoder,
            ["logits"],
            {
                "encoder_attention_mask": sound.mask,
                "encoder_hidden_states": sound.hidden,
                "input_ids": np.array([tokens], dtype=np.int64),
                "use_cache_branch": np.array([False]),
                **start.ours,
                **start.of_sound,
            },
        )
        return _log_softmax(scores[0])

    def _run(self, network: Any, outputs: list[str], inputs: dict[str, Any]) -> list[Floats]:
        try:
            return list(network.run(outputs, inputs))
        except Exception as error:  # as above
            raise RecognizerError(f"Moonshine could not hear an utterance: {error}") from error


def _log_softmax(scores: Floats) -> NDArray[np.float64]:
    shifted = scores.astype(np.float64) - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
