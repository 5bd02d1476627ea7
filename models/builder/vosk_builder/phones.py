"""The sounds of the model, and the numbers Kaldi knows them by.

Forty-two sounds: silence, spoken noise, and CMUdict's without stress, except that an unstressed AH is AX.
Each has two pdfs (what the network tells apart): its first frame, and any later frame. That is the topology of
Kaldi's chain models. In Kaldi's eyes a sound has four variants by its place in the word (begin, end, internal,
singleton), which share the two pdfs; from them Vosk finds where words begin and end.
"""

from dataclasses import dataclass

PHONES = [
    *("SIL", "SPN", "AA", "AE", "AH", "AX", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH"),
    *("IH", "IY", "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W"),
    *("Y", "Z", "ZH"),
]
PHONE_ID = {phone: number for number, phone in enumerate(PHONES)}
SILENCE, SPOKEN_NOISE = 0, 1
PDFS = 2 * len(PHONES)

Pronunciation = tuple[int, ...]


def first_pdf(phone: int) -> int:
    """The pdf of the first frame of a sound."""
    return 2 * phone


def later_pdf(phone: int) -> int:
    """The pdf of every frame of a sound after its first."""
    return 2 * phone + 1


@dataclass(frozen=True)
class KaldiPhone:
    """A sound at one place in a word."""

    number: int
    """From 1, as in word_boundary.int."""
    boundary: str
    """nonword, singleton, begin, end or internal."""
    phone: int
    """Index into PHONES."""

    @property
    def enter(self) -> int:
        """The transition id that enters the sound, and emits its first frame."""
        return 2 * self.number

    @property
    def stay(self) -> int:
        """The transition id of the self-loop, which emits the later frames."""
        return 2 * self.number - 1


_BOUNDARIES = ("begin", "end", "internal", "singleton")


def _kaldi_phones() -> tuple[KaldiPhone, ...]:
    phones = [KaldiPhone(1, "nonword", SILENCE), KaldiPhone(2, "singleton", SPOKEN_NOISE)]
    for phone in range(2, len(PHONES)):
        for boundary in _BOUNDARIES:
            phones.append(KaldiPhone(len(phones) + 1, boundary, phone))
    return tuple(phones)


KALDI_PHONES = _kaldi_phones()
_BY_PLACE = {(kaldi.phone, kaldi.boundary): kaldi for kaldi in KALDI_PHONES}


def in_word(pronunciation: Pronunciation) -> list[KaldiPhone]:
    """The sounds of one word, each at its place."""
    last = len(pronunciation) - 1
    if last == 0:
        return [_BY_PLACE[pronunciation[0], "singleton"]]
    places = ["begin"] + ["internal"] * (last - 1) + ["end"]
    return [_BY_PLACE[phone, place] for phone, place in zip(pronunciation, places, strict=True)]


def silence() -> KaldiPhone:
    """The silence between words."""
    return KALDI_PHONES[0]
