"""The second ear: Moonshine, which hears whole utterances."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import Annotated, Final

import numpy as np
import soxr
from pydantic import Field

from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.call.events import Word
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.replies import Listen
from voice_agent.errors import RecognizerError
from voice_agent.speech import answer_graph, inventions
from voice_agent.speech.moonshine_decoding import Written, as_answer, as_read, freely
from voice_agent.speech.moonshine_networks import SAMPLE_RATE_HZ as NETWORK_HZ
from voice_agent.speech.moonshine_networks import Floats, Networks, Sound
from voice_agent.speech.moonshine_tokens import BEGIN, END, Tokens
from voice_agent.strict_yaml import STRICT
from voice_agent.understanding.spoken_form import spoken_form

PACKAGE: Final = "moonshine_voice"
RUNTIME: Final = "onnxruntime"
VERSION: Final = "0.0.59"
"""The last that carries its English model; later ones download it."""
TOKENS_A_SECOND: Final = 6.5
"""More text than this is never spoken (the limit that the model was trained with)."""
FREE_AHEAD: Final = 6.0
"""Natural-log likelihood by which free text is ahead of the likeliest answer when the odds are even that something else
was said. Chosen by eye on few recordings: lone digits of two speakers against other speech. Not tuned on any more."""
WARM_UP_PCM: Final = bytes(SAMPLE_RATE_HZ)
"""Half a second: the first run of a network is slow."""
SHORTEST_MS: Final = 100
MOST_COMPARED: Final = 100
"""Words of each text that are compared: as many as fit into the longest sound."""
LONGEST_S: Final = 30
"""The longest sound that the model was trained with."""


@dataclass(frozen=True, slots=True)
class MoonshineSettings:
    """How the second ear works."""

    __pydantic_config__ = STRICT

    threads: Annotated[int, Field(ge=1, le=16)] = 1
    """Cores for one utterance."""
    oh_penalty: Annotated[float, Field(ge=0)] = 2.0
    """Natural-log likelihood that "oh" must be ahead of a digit, since it is also what many a noise sounds like."""


_INSTALL: Final = (
    "install voice-agent[second-ear], or set recognizer.second_ear in config.yaml to none, and only Vosk will listen."
)


@dataclass(frozen=True, slots=True)
class _Loaded:
    networks: Networks
    tokens: Tokens
    answers: dict[Listen, answer_graph.Node] = field(repr=False)


class MoonshineEar:
    """Loads its model with the first `check` or `hear`. Belongs to one thread at a time."""

    def __init__(self, settings: MoonshineSettings | None = None, directory: Path | None = None) -> None:
        """`directory`: where the model is; None: in the package that carries it."""
        self._settings = settings or MoonshineSettings()
        self._directory = directory
        self._loaded: _Loaded | None = None
        self._closed = False

    def hear(self, pcm: bytes, listen: Listen = Listen.OPEN, first: str = "") -> SecondHearing:
        """One finished utterance: PCM16 mono 8 kHz. Sound longer than 30 s is heard without its beginning."""
        began = perf_counter()
        loaded = self._load()
        audio_ms = len(pcm) // 2 * 1000 // SAMPLE_RATE_HZ
        if audio_ms < SHORTEST_MS or not any(pcm):
            return SecondHearing(audio_ms=audio_ms)
        samples = _samples(pcm[-LONGEST_S * SAMPLE_RATE_HZ * 2 :])
        sound = loaded.networks.listened(samples)
        most = int(len(samples) / NETWORK_HZ * TOKENS_A_SECOND) + 4
        free = freely(loaded.networks, sound, most)
        words = self._words(free, listen, audio_ms)
        text = " ".join(word.text for word in words)
        answer, sure = self._answer(sound, free, listen, most)
        return SecondHearing(
            text=text,
            words=words,
            answer=answer,
            answer_confidence=sure,
            ahead=self._ahead(sound, text, first),
            audio_ms=audio_ms,
            took_ms=(perf_counter() - began) * 1000,
        )

    def check(self) -> str | None:
        """Load the model if need be; None when it is there and loads."""
        try:
            self._load()
        except RecognizerError as error:
            return str(error)
        return None

    def close(self) -> None:
        """Free the model; it hears no more."""
        self._loaded = None
        self._closed = True

    def _load(self) -> _Loaded:
        if self._closed:
            raise RecognizerError("This second ear was closed.")
        if self._loaded is None:
            directory = self._directory or packaged_model()
            if not (directory / "tokenizer.bin").is_file():
                raise RecognizerError(f"There is no Moonshine model in {directory}: {_INSTALL}")
            tokens = Tokens.read(directory / "tokenizer.bin")
            networks = Networks(directory, self._settings.threads)
            networks.step(networks.begin(networks.listened(_samples(WARM_UP_PCM))), [BEGIN])
            self._loaded = _Loaded(networks, tokens, answer_graph.built(tokens))
        return self._loaded

    def _words(self, free: Written, listen: Listen, audio_ms: int) -> tuple[Word, ...]:
        tokens = self._load().tokens
        if inventions.is_invented(tokens.text(free.tokens), free, audio_ms):
            return ()
        words: list[Word] = []
        for piece, confidence in _written_words(tokens, free):
            for word in spoken_form(piece, digit_by_digit=listen is Listen.DIGITS).split():
                words.append(Word(word, 0, audio_ms, confidence))
        return tuple(words)

    def _ahead(self, sound: Sound, text: str, first: str) -> float | None:
        """How much likelier `text` is than `first`, both written alike, for each word of the longer."""
        if not text or not first:
            return None
        if text == first:
            return 0.0
        loaded = self._load()
        both = [read.split()[:MOST_COMPARED] for read in (text, first)]
        ours, theirs = (as_read(loaded.networks, sound, loaded.tokens.ids(" " + " ".join(words))).log for words in both)
        return (ours - theirs) / max(map(len, both))

    def _answer(self, sound: Sound, free: Written, listen: Listen, most: int) -> tuple[str, float]:
        """The likeliest answer, and how far it is to be believed against other answers and against other speech."""
        loaded = self._load()
        start = loaded.answers.get(listen)
        if start is None:
            return "", 0.0
        likely: dict[str, float] = {}
        for written in as_answer(loaded.networks, sound, start, most):
            said = spoken_form(loaded.tokens.text(written.tokens), digit_by_digit=True)
            log = written.log - (self._settings.oh_penalty if said == "oh" else 0.0)
            likely[said] = np.logaddexp(likely.get(said, -math.inf), log)
        if not likely:
            return "", 0.0
        answer = max(likely, key=lambda said: likely[said])
        others = [log for said, log in likely.items() if said != answer]
        return answer, _sure(likely[answer], max(others, default=-math.inf), free)


def packaged_model() -> Path:
    """Where the package keeps its English model. Raises RecognizerError when something is missing."""
    # Found without being imported: the package would look for a microphone.
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise RecognizerError(f"The second ear needs the package moonshine-voice {VERSION}: {_INSTALL}")
    if importlib.util.find_spec(RUNTIME) is None:
        raise RecognizerError(f"The second ear needs the package {RUNTIME}: {_INSTALL}")
    directory = Path(found.origin).parent / "assets" / "tiny-en"
    if not directory.is_dir():
        installed = metadata.version("moonshine-voice")
        raise RecognizerError(
            f"moonshine-voice {installed} does not carry its model, {VERSION} does: install voice-agent[second-ear]."
        )
    return directory


def _samples(pcm: bytes) -> Floats:
    """PCM16 at 8 kHz as the networks take it."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768
    return np.asarray(soxr.resample(samples, SAMPLE_RATE_HZ, NETWORK_HZ), dtype=np.float32)


def _written_words(tokens: Tokens, written: Written) -> list[tuple[str, float]]:
    """Each piece of text between spaces, with the probability of a token in it (their geometric mean)."""
    groups: list[list[tuple[int, float]]] = []
    for token, log in zip(written.tokens, written.logs, strict=True):
        if token == END:
            break
        if not groups or tokens.begins_word(token):
            groups.append([])
        groups[-1].append((token, log))
    return [
        (tokens.text(token for token, _ in group), math.exp(sum(log for _, log in group) / len(group)))
        for group in groups
    ]


def _sure(answer: float, other: float, free: Written) -> float:
    """How far an answer is to be believed: against the next best answer, and against free speech.

    All are log probabilities of whole texts. The free text is nearly always likelier, for it may be any of thousands
    that sound alike ("line" for "nine"); only when it is so by much did the caller say something else.
    """
    against_answers = 1 / (1 + math.exp(min(50.0, other - answer)))
    against_speech = 1 / (1 + math.exp(min(50.0, free.log - answer - FREE_AHEAD)))
    return float(against_answers * against_speech)
