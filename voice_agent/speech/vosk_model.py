"""A Vosk model on disk and in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import vosk

from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.errors import RecognizerError
from voice_agent.speech.published_models import holds_model

PATIENT_MODEL: Final = "vosk-model-small-en-us-0.15"
"""The smallest published model that understands people."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What all recognisers share."""

    vosk_model: Any
    """`vosk.Model`; the library has no types."""
    sample_rate_hz: int
    """8000, or 16000 when the model was trained on wide-band sound."""
    vocabulary: frozenset[str] | None = field(default=None, repr=False)
    """The words that it knows, when it takes grammars at run time; None when it takes none."""


def load(directory: Path, asked_for: str) -> LoadedModel:
    """Raises RecognizerError with what to do when it cannot be used; `asked_for` is its name in the settings."""
    if not holds_model(directory):
        raise RecognizerError(
            f"There is no Vosk model {asked_for!r} (looked in {directory}): "
            f"fetch a published one with `voice-agent models fetch {_fetchable(asked_for)}`, "
            "or set recognizer.model in config.yaml to a model's directory."
        )
    sample_rate_hz = _sample_rate_hz(directory)
    if sample_rate_hz not in (SAMPLE_RATE_HZ, 2 * SAMPLE_RATE_HZ):
        raise RecognizerError(
            f"The Vosk model in {directory} wants {sample_rate_hz} Hz; the telephone line can feed models of "
            "8000 and 16000 Hz: choose another in recognizer.model."
        )
    vosk.SetLogLevel(-1)
    try:
        model = vosk.Model(str(directory))
    except Exception as error:  # vosk raises bare Exception
        raise RecognizerError(
            f"The Vosk model in {directory} does not load, so it is damaged or incomplete: "
            f"delete the directory and run `voice-agent models fetch {_fetchable(asked_for)}`."
        ) from error
    return LoadedModel(model, sample_rate_hz, vocabulary(directory))


def vocabulary(directory: Path) -> frozenset[str] | None:
    """The words of a model whose graph comes in two parts, so that the second can be replaced while it runs."""
    for graph in (directory / "graph", directory):
        words = graph / "words.txt"
        if (graph / "HCLr.fst").is_file() and (graph / "Gr.fst").is_file() and words.is_file():
            lines = words.read_text(encoding="utf-8").splitlines()
            return frozenset(line.split()[0] for line in lines if line.strip())
    return None


def _sample_rate_hz(directory: Path) -> int:
    """The rate that the model's features are computed at; Kaldi's default is 16 kHz."""
    for name in ("conf/mfcc.conf", "mfcc.conf"):
        settings = directory / name
        if settings.is_file():
            for line in settings.read_text(encoding="utf-8").splitlines():
                option, _, value = line.split("#")[0].strip().partition("=")
                if option.strip() == "--sample-frequency":
                    return round(float(value))
    return 16000


def _fetchable(asked_for: str) -> str:
    return asked_for if asked_for.startswith("vosk-model-") else PATIENT_MODEL
