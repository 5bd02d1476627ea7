"""Opinions on what callers say: the network and the trained model together."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection
from pathlib import Path
from typing import Final

from voice_agent.errors import SecondOpinionError
from voice_agent.second_opinion import classifier
from voice_agent.second_opinion.sentence_vectors import INSTALL, SentenceVectors, packaged_model
from voice_agent.triage.second_opinion import Opinion, Thresholds

MODEL: Final = Path(__file__).resolve().parents[2] / "models" / "meaning" / "classifier.npz"
"""What models/meaning/train.py makes."""
TRAIN: Final = "run models/meaning/train.py"
THREADS: Final = "threadpoolctl"


def installed(flags: Collection[str], model: Path = MODEL) -> tuple[MeaningJudge | None, str | None]:
    """The judge, or what to tell when there is none."""
    try:
        return MeaningJudge(flags, model), None
    except SecondOpinionError as error:
        return None, f"There is no second opinion by meaning: the rules screen alone. {error}"


class MeaningJudge:
    """Safe from any thread. Takes some 25 ms of one core for a sentence of 20 words."""

    def __init__(self, flags: Collection[str], model: Path = MODEL, folder: Path | None = None) -> None:
        """`flags`: the red flags there are; `model`: the trained classifier; `folder`: None: the package's own.

        Keeps numpy's matrix products to one thread in this whole process. Raises SecondOpinionError.
        """
        _one_core()
        self._classifier = classifier.read(model)
        if gone := sorted(set(self._classifier.about.flags) - set(flags)):
            raise SecondOpinionError(f"{model} knows red flags that there are no more ({', '.join(gone)}): {TRAIN}")
        self._vectors = SentenceVectors(folder or packaged_model())

    @property
    def thresholds(self) -> Thresholds:
        """From which probabilities on its opinions count."""
        return self._classifier.about.thresholds

    def opinion(self, text: str) -> Opinion:
        """What `text` means."""
        return self._classifier.judge(self._vectors.layers(text))


def _one_core() -> None:
    if importlib.util.find_spec(THREADS) is None:
        raise SecondOpinionError(f"the package {THREADS} is not here: {INSTALL}")
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="blas")
