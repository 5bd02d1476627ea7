"""Recordings -> a trained network.

1. flite reports when it says each sound: a small network learns from that, and aligns everything.
2. A second small network learns from those alignments, with telephone effects, and aligns everything again.
3. The final network learns from the second alignments, from several telephone copies of everything.
"""

import math
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional, utils

from vosk_builder import alignment
from vosk_builder.alignment import NO_WORD, Alignment
from vosk_builder.features import Features, mfcc, output_frames
from vosk_builder.lexicon import Lexicon
from vosk_builder.network import Folded, Matrix, Network, Size, normalisation, padded
from vosk_builder.phones import PDFS, SILENCE, SPOKEN_NOISE, first_pdf, later_pdf
from vosk_builder.recordings import Recording
from vosk_builder.telephone import Augmenter

SMALL = Size(hidden=192, bottleneck=64)
CHUNK = 56
"""Output frames of one training example."""
BATCH = 48
UNKNOWN_WORDS = 0.03
"""So many words are relabelled as spoken noise, which teaches the network [unk]."""
PRIOR_WEIGHT = 0.7
WORST = 2.0
"""Per cent of the utterances left out after alignment: the synthesiser said something else."""
CLEAN = 0.1
"""Share of the copies that keep the clean sound."""
IGNORED = -100


@dataclass(frozen=True)
class Example:
    """One utterance to learn from."""

    features: NDArray[np.float16]
    alignment: Alignment


@dataclass(frozen=True)
class Acoustics:
    """What the builder needs of a trained network."""

    network: Folded
    priors: NDArray[np.float64]
    """How often each pdf is heard."""

    def save(self, path: Path) -> None:
        """For `load`."""
        path.write_bytes(pickle.dumps(self))

    @staticmethod
    def load(path: Path) -> "Acoustics":
        """What `save` wrote. Only for our own files: pickle runs what it reads."""
        loaded = pickle.loads(path.read_bytes())
        assert isinstance(loaded, Acoustics)
        return loaded


@dataclass(frozen=True)
class Plan:
    """How long and how fast one network learns."""

    name: str
    epochs: int
    rate: float
    seed: int


BOOTSTRAP = Plan("bootstrap", epochs=3, rate=3e-3, seed=1)
SECOND = Plan("second", epochs=2, rate=3e-3, seed=2)
FINAL = Plan("final", epochs=12, rate=2.5e-3, seed=3)
FINAL_COPIES = 4


def train(recordings: list[Recording], lexicon: Lexicon) -> Acoustics:
    """The whole of the training. Seeded, but bf16 sums differ in the last bits between processors."""
    torch.set_num_threads(1)  # more are slower when the cores are shared
    torch.manual_seed(1)
    clean = [mfcc(recording.samples).astype(np.float16) for recording in recordings]
    mean, deviation = normalisation(clean[::7])
    _say(f"features of {len(recordings)} utterances")

    timed = [
        Example(features, alignment.from_times(recording.sounds, output_frames(len(features))))
        for recording, features in zip(recordings, clean, strict=True)
        if recording.sounds
    ]
    network = Network(mean, deviation, SMALL)
    _learn(network, lambda _: timed, BOOTSTRAP)
    aligned = _align(network, recordings, clean, lexicon)

    network = Network(mean, deviation, SMALL)
    copies = _Copies(recordings, clean, aligned, seed=11)
    _learn(network, copies, SECOND)
    aligned = _align(network, recordings, clean, lexicon)

    network = Network(mean, deviation)
    copies = _Copies(recordings, clean, aligned, seed=100)
    _learn(network, copies, FINAL)
    return Acoustics(network.folded(), _priors(network, copies(0)[:2500]))


class _Copies:
    """Telephone copies of every utterance; after FINAL_COPIES epochs the first copy comes again."""

    def __init__(
        self, recordings: list[Recording], clean: list[NDArray[np.float16]], aligned: list[Alignment | None], seed: int
    ) -> None:
        self._utterances = [each for each in zip(recordings, clean, aligned, strict=True) if each[2]]
        self._bystanders = [recording.samples for recording in recordings]
        self._seed = seed
        self._made: dict[int, list[Example]] = {}

    def __call__(self, epoch: int) -> list[Example]:
        copy = epoch % FINAL_COPIES
        if copy not in self._made:
            augmenter = Augmenter(self._bystanders, self._seed + copy)
            self._made[copy] = [
                Example(features, found) if augmenter.chance(CLEAN) else _telephone_copy(recording, found, augmenter)
                for recording, features, found in self._utterances
                if found
            ]
            _say(f"copy {copy} made")
        return self._made[copy]


def _telephone_copy(recording: Recording, found: Alignment, augmenter: Augmenter) -> Example:
    call = augmenter.call(recording.samples)
    features = mfcc(call.samples).astype(np.float16)
    frames = output_frames(len(features))
    pdfs, words = np.full(frames, later_pdf(SILENCE)), np.full(frames, NO_WORD)
    end = min(frames, call.lead + len(found.pdfs))
    pdfs[call.lead : end] = found.pdfs[: end - call.lead]
    words[call.lead : end] = found.words[: end - call.lead]
    if call.lead:
        if pdfs[call.lead] == first_pdf(SILENCE):
            pdfs[call.lead] = later_pdf(SILENCE)
        pdfs[0] = first_pdf(SILENCE)
    return Example(features, Alignment(pdfs, words, found.score))


def _learn(network: Network, examples: Callable[[int], list[Example]], plan: Plan) -> None:
    rng = np.random.default_rng(plan.seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=1e-3)
    chunks = sum(max(1, len(example.alignment.pdfs) // CHUNK) for example in examples(0))
    steps, step = max(1, plan.epochs * chunks // BATCH), 0
    for epoch in range(plan.epochs):
        network.train()
        loss_sum, right, frames = 0.0, 0, 0
        for features, pdfs in _batches(examples(epoch), rng, network.size.context):
            for group in optimizer.param_groups:
                group["lr"] = plan.rate * _warm_up_then_cosine(step, steps)
            with torch.autocast("cpu", torch.bfloat16):
                posteriors = network(features)
            loss = functional.nll_loss(posteriors.flatten(0, 1), pdfs.flatten(), ignore_index=IGNORED)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            step += 1
            counted = pdfs >= 0
            count = int(counted.sum())
            frames += count
            loss_sum += float(loss.detach()) * count
            right += int(((posteriors.argmax(2) == pdfs) & counted).sum())
        _say(f"{plan.name} epoch {epoch}: loss {loss_sum / frames:.3f}, {right / frames:.1%} of frames right")


def _warm_up_then_cosine(step: int, steps: int) -> float:
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))
    return min(1.0, step / 60 + 0.05) * (0.98 * fall + 0.02)


def _batches(
    examples: list[Example], rng: np.random.Generator, context: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    inputs: list[Features] = []
    targets: list[NDArray[np.int64]] = []
    for index in rng.permutation(len(examples)):
        pdfs = _some_words_unknown(examples[index].alignment, rng)
        frames = len(pdfs)
        features = padded(examples[index].features.astype(np.float32), frames, context)
        offset = int(rng.integers(0, max(1, min(CHUNK, frames - CHUNK + 1))))
        for start in range(offset, max(1, frames - CHUNK // 3), CHUNK):
            end = min(frames, start + CHUNK)
            short = CHUNK - (end - start)
            piece = features[3 * start : 3 * (end - 1) + 1 + 2 * context]
            inputs.append(np.concatenate([piece, np.repeat(piece[-1:], 3 * short, 0)]))
            targets.append(np.concatenate([pdfs[start:end], np.full(short, IGNORED)]))
        if len(inputs) >= BATCH:
            yield torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(targets))
            inputs, targets = [], []


def _some_words_unknown(found: Alignment, rng: np.random.Generator) -> NDArray[np.int64]:
    pdfs = found.pdfs.copy()
    for word in np.unique(found.words[found.words != NO_WORD]):
        if rng.random() < UNKNOWN_WORDS:
            frames = np.flatnonzero(found.words == word)
            pdfs[frames] = later_pdf(SPOKEN_NOISE)
            pdfs[frames[0]] = first_pdf(SPOKEN_NOISE)
    return pdfs


def _align(
    network: Network, recordings: list[Recording], clean: list[NDArray[np.float16]], lexicon: Lexicon
) -> list[Alignment | None]:
    posteriors = [network.log_posteriors(features.astype(np.float32)) for features in clean]
    priors = np.full(PDFS, 1e-3) + sum(np.exp(each).sum(0) for each in posteriors)
    log_priors: Matrix = np.log(priors / priors.sum()).astype(np.float32)
    found = [
        alignment.align(each - PRIOR_WEIGHT * log_priors, recording.words.split(), lexicon)
        for recording, each in zip(recordings, posteriors, strict=True)
    ]
    least = np.percentile([one.score if one else -math.inf for one in found], WORST, method="lower")
    kept = [one if one and one.score > least else None for one in found]
    _say(f"aligned {sum(one is not None for one in kept)} utterances")
    return kept


def _priors(network: Network, examples: list[Example]) -> NDArray[np.float64]:
    heard = np.zeros(PDFS)
    for example in examples:
        heard += np.exp(network.log_posteriors(example.features.astype(np.float32))).sum(0)
    priors: NDArray[np.float64] = np.maximum(heard / heard.sum(), 1e-5)
    return priors


_STARTED = time.monotonic()


def _say(message: str) -> None:
    print(f"{time.monotonic() - _STARTED:6.0f} s  {message}", flush=True)
