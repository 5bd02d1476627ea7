"""Vosk: one shared model, an ear a call."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import vosk

from voice_agent.audio.frames import FRAME_MS, PCM_FRAME_BYTES, SAMPLE_RATE_HZ, AudioFrame
from voice_agent.audio.resampling import Doubler
from voice_agent.call.events import Transcribed, Word
from voice_agent.errors import RecognizerError
from voice_agent.speech.published_models import holds_model
from voice_agent.strict_yaml import STRICT

BUILT_IN: Final = "clinic-en-8k"
"""The model that the project carries: for synthetic voices."""
PATIENT_MODEL: Final = "vosk-model-small-en-us-0.15"
"""The smallest published model that understands people."""
PROJECT_MODELS: Final = Path(__file__).resolve().parents[2] / "models"
DEFAULT_MODELS_DIR: Final = Path("~/.cache/vosk")
"""Where Vosk itself keeps published models, so that one that is there already is found."""
BATCH_MS: Final = 100
"""Vosk computes in chunks of some 240 ms; smaller bites than this only cost."""
BATCH_BYTES: Final = PCM_FRAME_BYTES * BATCH_MS // FRAME_MS


@dataclass(frozen=True, slots=True)
class RecognizerSettings:
    """What to recognise with."""

    __pydantic_config__ = STRICT

    model: str = BUILT_IN
    """A directory, or the name of a published Vosk model (`voice-agent models fetch NAME`)."""
    models_dir: Path = DEFAULT_MODELS_DIR
    """Where published models are kept; `~` is the home directory."""


@dataclass(frozen=True, slots=True)
class _LoadedModel:
    vosk_model: Any
    """`vosk.Model`; the library has no types."""
    sample_rate_hz: int
    """8000, or 16000 when the model was trained on wide-band sound."""


class VoskRecognizers:
    """Loads the model once, on the first `check` or `open`, and opens an ear for each call."""

    def __init__(self, settings: RecognizerSettings | None = None) -> None:
        self._settings = settings or RecognizerSettings()
        self._loading = threading.Lock()
        self._model: _LoadedModel | None = None

    @property
    def is_builtin(self) -> bool:
        """The model is the one that the project carries."""
        return self.directory() == (PROJECT_MODELS / BUILT_IN).resolve()

    def notice(self) -> str | None:
        """A line to show at start when the model is not one for patients."""
        if not self.is_builtin:
            return None
        return (
            "The built-in model knows synthetic voices only; patients need a published model: "
            f"voice-agent models fetch {PATIENT_MODEL}"
        )

    def directory(self) -> Path:
        """Where the model is, or should be: a path as it stands, a name in `models_dir`."""
        model = self._settings.model
        if model == BUILT_IN:
            return (PROJECT_MODELS / BUILT_IN).resolve()
        as_path = Path(model).expanduser()
        return (as_path if as_path.is_dir() else self._settings.models_dir.expanduser() / model).resolve()

    def open(self) -> VoskRecognizer:
        """An ear for one call. Raises RecognizerError when the model cannot be used."""
        model = self._loaded()
        try:
            # Made for the model's own rate: Vosk takes another here, and then fails at the first sound.
            ear = vosk.KaldiRecognizer(model.vosk_model, float(model.sample_rate_hz))
        except Exception as error:  # vosk raises bare Exception
            raise RecognizerError(f"Vosk could not open a recogniser on {self.directory()}: {error}") from error
        ear.SetWords(True)
        return VoskRecognizer(ear, model.sample_rate_hz)

    def check(self) -> str | None:
        """Load the model if need be; None when it is there and loads."""
        try:
            self._loaded()
        except RecognizerError as error:
            return str(error)
        return None

    def _loaded(self) -> _LoadedModel:
        with self._loading:
            if self._model is None:
                self._model = _load(self.directory(), self._settings.model)
            return self._model


class VoskRecognizer:
    """One call's ear. Belongs to one thread at a time."""

    def __init__(self, ear: Any, sample_rate_hz: int) -> None:
        """`ear`: a `vosk.KaldiRecognizer` for `sample_rate_hz`, 8000 or 16000."""
        self._ear: Any | None = ear
        self._doubler = Doubler() if sample_rate_hz == 2 * SAMPLE_RATE_HZ else None
        self._clock = _Clock(sample_rate_hz)
        self._batch = b""
        self._last_partial = ""

    def accept(self, frames: Sequence[AudioFrame]) -> list[Transcribed]:
        """Hear frames in order; partials and Vosk's own finals, once for every 100 ms at most."""
        heard: list[Transcribed] = []
        for frame in frames:
            if self._clock.jumps_at(frame.at_ms):
                # What waits belongs to the time before the gap.
                heard.extend(self._feed())
            self._clock.hear(frame)
            self._batch += frame.pcm
            if len(self._batch) >= BATCH_BYTES:
                heard.extend(self._feed())
        return heard

    def finish(self, utterance: int) -> Transcribed:
        """Flush: the final of all that was heard since the last final; costs one short decode."""
        # The last bite may itself complete a final; its words belong to this answer as well.
        words = [word for final in self._feed() if final.final for word in final.words]
        words.extend(self._words_of(self._ask("FinalResult")))
        self._last_partial = ""
        self._clock.forget_gaps()
        return Transcribed(
            " ".join(word.text for word in words),
            at_ms=self._clock.listened_ms,
            final=True,
            words=tuple(words),
            utterance=utterance,
        )

    def close(self) -> None:
        """Free Vosk's decoder; the ear hears no more."""
        self._ear = None
        self._batch = b""

    def _feed(self) -> list[Transcribed]:
        """Give Vosk what waits; what changed."""
        batch, self._batch = self._batch, b""
        if not batch:
            return []
        if not self._hear_now(self._doubler.push(batch) if self._doubler else batch):
            return self._partial()
        words = self._words_of(self._ask("Result"))
        self._last_partial = ""
        if not words:
            return []
        text = " ".join(word.text for word in words)
        return [Transcribed(text, at_ms=self._clock.listened_ms, final=True, words=words)]

    def _hear_now(self, pcm: bytes) -> bool:
        """True when Vosk has cut a final by itself."""
        self._clock.feed(len(pcm) // 2)
        try:
            return bool(self._open_ear().AcceptWaveform(pcm))
        except RecognizerError:
            raise
        except Exception as error:  # vosk raises bare Exception
            raise RecognizerError(f"Vosk could not decode the caller's audio: {error}") from error

    def _partial(self) -> list[Transcribed]:
        text = str(self._ask("PartialResult").get("partial", ""))
        if text == self._last_partial:
            return []
        self._last_partial = text
        return [Transcribed(text, at_ms=self._clock.listened_ms)]

    def _words_of(self, result: dict[str, Any]) -> tuple[Word, ...]:
        return tuple(
            Word(
                text=item["word"],
                start_ms=self._clock.audio_time(item["start"]),
                end_ms=self._clock.audio_time(item["end"]),
                confidence=min(1.0, float(item["conf"])),
            )
            for item in result.get("result", ())
        )

    def _ask(self, what: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(getattr(self._open_ear(), what)())
        return answer

    def _open_ear(self) -> Any:
        if self._ear is None:
            raise RecognizerError("This recogniser was closed: open another for the next call.")
        return self._ear


class _Clock:
    """Maps Vosk's time, which counts the samples that it was fed, to audio time, which has gaps."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._fed_samples = 0
        self._next_ms: int | None = None
        self._anchors: list[tuple[float, int]] = [(0.0, 0)]
        """(Seconds fed to Vosk, audio time of the next sample), ascending; one after each gap."""
        self.listened_ms = 0

    def jumps_at(self, at_ms: int) -> bool:
        """The next frame does not follow on the last; a jitter of less than a frame is none."""
        return self._next_ms is None or abs(at_ms - self._next_ms) >= FRAME_MS

    def hear(self, frame: AudioFrame) -> None:
        """A frame is about to be batched."""
        if self.jumps_at(frame.at_ms):
            self._anchors.append((self._fed_samples / self._sample_rate_hz, frame.at_ms))
            self._next_ms = frame.at_ms
        self._next_ms = (self._next_ms or 0) + FRAME_MS
        self.listened_ms = max(self.listened_ms, frame.end_ms)

    def feed(self, samples: int) -> None:
        """Vosk was given so many samples."""
        self._fed_samples += samples

    def audio_time(self, fed_s: float) -> int:
        """Audio time in ms of a moment that Vosk gives in seconds of what it was fed; never later than now."""
        since_s, at_ms = next((anchor for anchor in reversed(self._anchors) if anchor[0] <= fed_s), self._anchors[0])
        return min(self.listened_ms, at_ms + round((fed_s - since_s) * 1000))

    def forget_gaps(self) -> None:
        """All that was fed is transcribed: only the time since the last gap matters from here on."""
        self._anchors = [self._anchors[-1]]


def _load(directory: Path, asked_for: str) -> _LoadedModel:
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
    return _LoadedModel(model, sample_rate_hz)


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
