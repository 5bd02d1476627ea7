"""`voice-agent transcribe`: what a call would hear in recordings."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.call.replies import Listen
from voice_agent.config import DialogContent, Settings
from voice_agent.errors import SoundFileError
from voice_agent.speech.recognizer import SecondEarKind, VoskRecognizers
from voice_agent.speech.second_ear import MoonshineEar
from voice_agent.speech.voice_activity import SileroVoiceActivity
from voice_agent.transcribing.listening import Ears, Heard, listen_to
from voice_agent.transcribing.scores import Scores, reference_of, references
from voice_agent.transcribing.sound_files import in_a_call, telephone_sound
from voice_agent.wiring import always_understood, two_ears

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    files: Sequence[Path]
    expect: Listen
    mu_law: bool
    json: bool
    references: Path | None


def ears(settings: Settings, content: DialogContent) -> Ears:
    """The ears of a call, as configured. Raises RecognizerError when the second one is wanted and cannot listen."""
    recognizers = VoskRecognizers(settings.recognizer, always_understood(content))
    second = MoonshineEar() if settings.recognizer.second_ear is SecondEarKind.MOONSHINE else None
    two = two_ears(settings, recognizers)
    return Ears(
        recognizers,
        second,
        lambda: SileroVoiceActivity(settings.voice_activity),
        two.kind,
        two.agreement,
        settings.turns,
        settings.hearing,
    )


def transcribe(options: Options, ears: Ears, say: Say, complain: Say) -> bool:
    """Hear each file; False when one could not be read. Raises SoundFileError for a list that cannot be used."""
    said = references(options.references) if options.references else {}
    scores, all_read = Scores(), True
    for path in options.files:
        try:
            sound = telephone_sound(path, mu_law=options.mu_law)
        except SoundFileError as error:
            complain(str(error))
            all_read = False
            continue
        heard = listen_to(in_a_call(sound), options.expect, ears)
        say(_line(path, sound, heard) if options.json else _told(path, heard))
        if options.references is None:
            continue
        text = reference_of(path, said, options.references)
        if text is None:
            complain(f"{path}: {options.references} does not tell what is said in it.")
            all_read = False
            continue
        scores.add(text, options.expect, heard.vosk, heard.second_ear, heard.text)
    for line in scores.told():
        (complain if options.json else say)(line)
    return all_read


def _line(path: Path, sound: bytes, heard: Heard) -> str:
    seconds = len(sound) / 2 / SAMPLE_RATE_HZ
    return json.dumps(
        {
            "file": str(path),
            "vosk": heard.vosk,
            "second_ear": heard.second_ear,
            "text": heard.text,
            "confidence": round(heard.confidence, 3),
            "seconds": round(seconds, 3),
            "rtf": round(heard.took_s / seconds, 3) if seconds else 0.0,
        },
        ensure_ascii=False,
    )


def _told(path: Path, heard: Heard) -> str:
    doubt = "  (unsure: the agent would ask again)" if heard.unsure else ""
    return f"{path}: {heard.text or '–'}  [{heard.confidence:.2f}]{doubt}"
