"""Synthetic callers: the training and test sets, each a pickle of Recordings in the work directory."""

import multiprocessing
import pickle
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vosk_builder import text
from vosk_builder.conf import RATE_HZ
from vosk_builder.paths import EVALUATION, data_lines
from vosk_builder.voices import Manner, Samples, SpeechError, Voice, say

SEED = 20261


@dataclass(frozen=True)
class Recording:
    """One utterance of a synthetic caller, clean."""

    words: str
    voice: str
    samples: Samples
    """8 kHz."""
    sounds: list[tuple[str, float]] | None
    """See voices.Speech."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE_HZ


def _voices(engine: str, names: str) -> list[Voice]:
    return [Voice(engine, name) for name in names.split()]


TRAINING_FLITE = _voices("flite", "kal16 awb slt rms slt rms awb kal")
TRAINING_ESPEAK = [Voice("espeak", "")] * 3 + _voices(
    "espeak",
    "+m1 +m2 +m3 +m4 +m5 +m7 +f1 +f2 +f3 +f5 +klatt +klatt2 +klatt4 +Alex +Andy +Annie +Michael +adam +belinda +linda "
    "+paul +steph +john +edward +aunty +max +rob +benjamin +anika +m1 +m3 +f1 +f2 +f3",
)
TRAINING_SIZE = {"flite": 5600, "espeak": 5600}

TEST_VOICES = {
    "heard": _voices("flite", "slt rms awb kal16 kal") + _voices("espeak", "en-us en-us+f2 en-us+m3 en-gb en-gb+f3"),
    "unheard espeak": _voices("espeak", "en-us+f4 en-us+m6 en-us+m8 en-us+quincy en-us+robert en-gb+f4 en-gb+m6"),
    "unheard festival": _voices("festival", "kal_diphone cmu_us_slt_arctic_hts"),
}
"""By whether the network heard the voice in training. Festival's two speakers it knows from flite."""


def training(directory: Path, language_text: Iterable[str]) -> list[Path]:
    """Make the training sets that are not there yet; where they are. Test sentences are never read."""
    held_out = set(held_out_sentences(language_text))
    made = []
    for number, (engine, voices) in enumerate({"flite": TRAINING_FLITE, "espeak": TRAINING_ESPEAK}.items()):
        path = directory / f"train-{engine}.pickle"
        drawn = text.sentences(text.SPOKEN, TRAINING_SIZE[engine], SEED + number)
        script = [words for words in drawn if words not in held_out]
        rng = random.Random(SEED + 10 + number)
        jobs = [(words, voices[at % len(voices)], Manner.by_chance(rng)) for at, words in enumerate(script)]
        made.append(_record(path, jobs))
    return made


def tests(directory: Path, language_text: Iterable[str]) -> dict[str, Path]:
    """Make the test sets that are not there yet; where they are, by the name of text and voices."""
    texts = {
        "templates": held_out_sentences(language_text),
        "free": free_sentences("free"),
        "free, second list": free_sentences("free-second"),
        "calls": free_sentences("calls"),
    }
    made = {}
    for text_name, script in texts.items():
        for voices_name, voices in TEST_VOICES.items():
            every_voice = text_name == "calls" and voices_name == "heard"
            pairs = [
                (words, voice)
                for at, words in enumerate(script)
                for voice in (voices if every_voice else [voices[at % len(voices)]])
            ]
            name = f"{text_name}, {voices_name}"
            path = directory / f"test-{name.replace(', ', '-').replace(' ', '-')}.pickle"
            made[name] = _record(path, [(words, voice, Manner()) for words, voice in pairs])
    return made


def held_out_sentences(language_text: Iterable[str], count: int = 100) -> list[str]:
    """Template sentences that are not in the text of the language model."""
    known = set(language_text)
    drawn = dict.fromkeys(text.sentences(text.UTTERANCE, 8 * count, SEED + 99, longest=16))
    return [words for words in drawn if words not in known and len(words.split()) >= 3][:count]


def free_sentences(name: str) -> list[str]:
    """Sentences that a person wrote, not from the templates: a file of ../evaluation."""
    return data_lines(EVALUATION / f"{name}.txt")


_Job = tuple[str, Voice, Manner]


def _record(path: Path, jobs: Sequence[_Job]) -> Path:
    if not path.exists():
        with multiprocessing.Pool(2) as pool:
            recordings = [recording for recording in pool.imap(_one, jobs, chunksize=20) if recording]
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            pickle.dump(recordings, file)
        partial.rename(path)
        minutes = sum(recording.seconds for recording in recordings) / 60
        print(f"{path.name}: {len(recordings)} of {len(jobs)} utterances, {minutes:.1f} minutes", flush=True)
    return path


def _one(job: _Job) -> Recording | None:
    words, voice, manner = job
    try:
        speech = say(words, voice, manner)
    except SpeechError as error:
        print(f"left out: {error}", flush=True)
        return None
    return Recording(words, str(voice), speech.samples, speech.sounds)


def load(paths: Iterable[Path]) -> list[Recording]:
    """The recordings of several sets. Only for files that this program wrote: pickle runs what it reads."""
    recordings: list[Recording] = []
    for path in paths:
        with path.open("rb") as file:
            recordings += pickle.load(file)
    return recordings
