"""Vosk: one shared model, an ear a call."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import vosk
from pydantic import Field

from voice_agent.audio.frames import FRAME_MS, AudioFrame
from voice_agent.call.agreement import AgreementSettings
from voice_agent.call.events import Transcribed, Word
from voice_agent.call.replies import Listen
from voice_agent.errors import RecognizerError
from voice_agent.speech.decoder import OPEN, UNKNOWN, Decoder
from voice_agent.speech.grammars import Grammar, built
from voice_agent.speech.vosk_model import PATIENT_MODEL, LoadedModel, load
from voice_agent.strict_yaml import STRICT

BUILT_IN: Final = "clinic-en-8k"
"""The model that the project carries: for synthetic voices."""
PROJECT_MODELS: Final = Path(__file__).resolve().parents[2] / "models"
CONTEXT_FRAMES: Final = 150
"""Three seconds: what is decoded again when the caller goes on after a flush."""
GOES_ON_MS: Final = 1000
"""A pause of at most this long does not end what the caller is saying."""
FLUSHED_SILENCE_MS: Final = 120
"""A flush comes after at least so much silence, so that no word lies across it."""
DEFAULT_MODELS_DIR: Final = Path("~/.cache/vosk")
"""Where Vosk itself keeps published models, so that one that is there already is found."""


class SecondEarKind(StrEnum):
    """Which recogniser hears each finished utterance besides Vosk."""

    MOONSHINE = "moonshine"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RecognizerSettings:
    """What to recognise with."""

    __pydantic_config__ = STRICT

    model: str = BUILT_IN
    """A directory, or the name of a published Vosk model (`voice-agent models fetch NAME`)."""
    models_dir: Path = DEFAULT_MODELS_DIR
    """Where published models are kept; `~` is the home directory."""
    grammars: bool = True
    """Hear the answers to closed questions with a grammar, where the model takes one at run time."""
    second_ear: SecondEarKind = SecondEarKind.MOONSHINE
    """What hears each finished utterance again; the extra `second-ear` of our package brings it. Where that is
    missing, Vosk hears alone."""
    renew_after_s: Annotated[float, Field(gt=0)] = 2.0
    """Seconds of speech after which a call's decoder forgets what it has computed of its search graph: less is less
    memory and more work."""
    agreement: AgreementSettings = field(default_factory=AgreementSettings)
    """Which words of both ears are believed."""


class VoskRecognizers:
    """Loads the model once, on the first `check` or `open`, and opens an ear for each call."""

    def __init__(self, settings: RecognizerSettings | None = None, always: Sequence[str] = ()) -> None:
        """`always`: phrases that are understood whatever was asked, such as red flags and wishes for a person."""
        self._settings = settings or RecognizerSettings()
        self._always = tuple(always)
        self._loading = threading.Lock()
        self._model: LoadedModel | None = None
        self._grammars: Mapping[Listen, Grammar] = {}

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
        renew_after_s = self._settings.renew_after_s if model.vocabulary is not None else None
        return VoskRecognizer(Decoder(ear, model.sample_rate_hz, renew_after_s), self._grammars)

    def check(self) -> str | None:
        """Load the model if need be; None when it is there and loads."""
        try:
            self._loaded()
        except RecognizerError as error:
            return str(error)
        return None

    def _loaded(self) -> LoadedModel:
        with self._loading:
            if self._model is None:
                model = load(self.directory(), self._settings.model)
                if self._settings.grammars and model.vocabulary is not None:
                    self._grammars = built(model.vocabulary, self._always)
                self._model = model
            return self._model


class VoskRecognizer:
    """One call's ear. Belongs to one thread at a time.

    A closed question is heard with a grammar, until the caller says something else: then what was heard of the
    utterance is decoded again with the model's whole vocabulary, and so is all that follows until the next question.

    A flush in mid-sentence costs the words after it their context, acoustic and linguistic. When the caller goes on
    at once, the last seconds before the flush are decoded again in front, and their words, told already, left out.
    """

    def __init__(self, decoder: Decoder, grammars: Mapping[Listen, Grammar]) -> None:
        self._decoder = decoder
        self._grammars = grammars
        self._wanted: Grammar | None = None
        """What the question asks for; none once the caller has said something else."""
        self._grammar: Grammar | None = None
        """What the decoder uses."""
        self._kept: list[AudioFrame] = []
        """What the decoder has heard since it last began anew, should it have to be decoded again."""
        self._last_words: tuple[Word, ...] = ()
        """All that the last final was made of, told before or not."""
        self._told_ms = 0
        """Words before this audio time were in an earlier final."""
        self._told_words = 0
        """How many of the words being decoded those are, as far as can be known before the final."""
        self._last_partial = ""

    def accept(self, frames: Sequence[AudioFrame], *, partials: bool = True) -> list[Transcribed]:
        """Hear frames in order; partials and Vosk's own finals, once for every 100 ms at most."""
        heard: list[Transcribed] = []
        for frame in frames:
            if not self._decoder.has_heard:
                self._begin(frame, in_time=partials)
            self._kept.append(frame)
            for is_cut in self._decoder.hear(frame):
                heard.extend(self._cut() if is_cut else self._partial() if partials else ())
        return heard

    def expect(self, listen: Listen) -> None:
        """What kind of answer comes next; holds from the next flush, at once when nothing was heard since the last."""
        self._decoder.refuse_when_closed()
        self._wanted = self._grammars.get(listen)
        if not self._decoder.has_heard:
            # Nobody waits for words now: a good time for what would hold up the next ones.
            self._kept.clear()
            self._use(self._wanted)
            self._decoder.renew()

    def finish(self, utterance: int) -> Transcribed:
        """Flush: the final of all that was heard since the last final; one short decode, or none, or a second one."""
        self._decoder.refuse_when_closed()
        if not self._decoder.has_heard:
            return Transcribed("", at_ms=self._decoder.listened_ms, final=True, utterance=utterance)
        words, grammar = self._decoder.flush(), self._grammar
        if grammar is not None and not grammar.is_answer(words):
            words = self._hear_again() + self._decoder.flush()
            if not words:
                self._wanted = grammar  # a noise: the question is still open
        final = self._final(words, utterance)
        self._told_ms = self._decoder.listened_ms - FLUSHED_SILENCE_MS // 2
        return final

    def close(self) -> None:
        """Free Vosk's decoder; the ear hears no more."""
        self._decoder.close()
        self._kept.clear()

    def _begin(self, frame: AudioFrame, *, in_time: bool) -> None:
        """The first sound after a flush: a new utterance, or one that goes on, which is given its context back."""
        before, self._kept = self._kept[-CONTEXT_FRAMES:], []
        self._use(self._wanted)
        if not (in_time and before and -FRAME_MS < frame.at_ms - before[-1].end_ms <= GOES_ON_MS):
            return
        self._told_words = sum(word.end_ms > before[0].at_ms for word in self._last_words)
        self._kept = before
        if self._rehear():
            self._told_words = 0  # Vosk has cut them off by itself

    def _cut(self) -> list[Transcribed]:
        """Vosk has cut a final by itself."""
        words = self._decoder.cut()
        if self._grammar is not None and not self._grammar.is_answer(words):
            return self._something_else()
        self._kept.clear()
        return self._finals(words)

    def _partial(self) -> list[Transcribed]:
        """The words so far, when they have changed; those of a grammar only while they may become an answer."""
        heard = self._decoder.partial().split()
        if self._grammar is not None and not self._grammar.may_become_answer(heard):
            return self._something_else()
        text = " ".join(word for word in heard[self._told_words :] if word != UNKNOWN)
        if text == self._last_partial:
            return []
        self._last_partial = text
        return [Transcribed(text, at_ms=self._decoder.listened_ms)]

    def _something_else(self) -> list[Transcribed]:
        """The caller answers with something else than was asked for."""
        words = self._hear_again()
        return (self._finals(words) if words else []) + self._partial()

    def _hear_again(self) -> tuple[Word, ...]:
        """Decode what was kept with the whole vocabulary; the words of what Vosk cuts on the way."""
        if self._wanted is self._grammar:
            self._wanted = None
        self._use(None)
        return self._rehear()

    def _rehear(self) -> tuple[Word, ...]:
        words: tuple[Word, ...] = ()
        for frame in self._kept:
            for is_cut in self._decoder.hear(frame):
                words += self._decoder.cut() if is_cut else ()
        return words

    def _use(self, grammar: Grammar | None) -> None:
        if grammar is not self._grammar:
            self._decoder.use(grammar.text if grammar else OPEN)
            self._grammar = grammar

    def _finals(self, words: tuple[Word, ...]) -> list[Transcribed]:
        final = self._final(words, None)
        self._told_ms = max([self._told_ms, *(word.end_ms for word in final.words)])
        return [final] if final.words else []

    def _final(self, words: tuple[Word, ...], utterance: int | None) -> Transcribed:
        new = tuple(word for word in words if word.text != UNKNOWN and word.start_ms + word.end_ms > 2 * self._told_ms)
        self._last_words, self._last_partial, self._told_words = words, "", 0
        text = " ".join(word.text for word in new)
        return Transcribed(text, at_ms=self._decoder.listened_ms, final=True, words=new, utterance=utterance)
