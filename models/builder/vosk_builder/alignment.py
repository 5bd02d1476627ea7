"""Which sound is spoken in which frame: Viterbi through the known words, silence optional, any pronunciation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vosk_builder.conf import FRAMES_PER_OUTPUT
from vosk_builder.lexicon import Lexicon
from vosk_builder.phones import PHONE_ID, SILENCE, first_pdf, later_pdf

NO_WORD = -1
_IMPOSSIBLE = -1e30


@dataclass(frozen=True)
class Alignment:
    """One utterance, frame by frame of 30 ms."""

    pdfs: NDArray[np.int64]
    words: NDArray[np.int64]
    """The index of the word being said, or NO_WORD."""
    score: float
    """Mean log-likelihood of a frame."""


@dataclass(frozen=True)
class _Path:
    """The sounds that may be heard, in order; each can be entered from some others."""

    phones: NDArray[np.int64]
    words: NDArray[np.int64]
    before: NDArray[np.int64]
    """[sounds, most ways in]: number of sounds means impossible, one more means the start."""
    last: list[int]
    """The sounds at which the utterance may end."""


def _path(words: Sequence[str], lexicon: Lexicon) -> _Path:
    start = -1
    phones, owners, before = [SILENCE], [NO_WORD], [[start]]
    ends = [start, 0]
    for index, word in enumerate(words):
        word_ends = []
        for variant in lexicon[word]:
            ways_in = ends
            for phone in variant:
                phones.append(phone)
                owners.append(index)
                before.append(list(ways_in))
                ways_in = [len(phones) - 1]
            word_ends += ways_in
        phones.append(SILENCE)
        owners.append(NO_WORD)
        before.append(list(word_ends))
        ends = [*word_ends, len(phones) - 1]
    count = len(phones)
    table = np.full((count, max(map(len, before))), count)
    for sound, ways_in in enumerate(before):
        table[sound, : len(ways_in)] = [count + 1 if way == start else way for way in ways_in]
    return _Path(np.array(phones), np.array(owners), table, [end for end in ends if end != start])


def align(log_likelihoods: NDArray[np.float32], words: Sequence[str], lexicon: Lexicon) -> Alignment | None:
    """[frames, pdfs] and the words said -> the best alignment; None if the words do not fit."""
    path = _path(words, lexicon)
    frames, count = len(log_likelihoods), len(path.phones)
    entering, staying = log_likelihoods[:, 2 * path.phones], log_likelihoods[:, 2 * path.phones + 1]
    score = np.full(count + 2, _IMPOSSIBLE)
    score[count + 1] = 0.0
    came_from = np.full((frames, count), NO_WORD)
    rows = np.arange(count)
    for frame in range(frames):
        ways_in = score[path.before]
        best = ways_in.argmax(1)
        enter, stay = ways_in[rows, best] + entering[frame], score[:count] + staying[frame]
        came_from[frame] = np.where(enter > stay, path.before[rows, best], NO_WORD)
        score[:count] = np.maximum(enter, stay)
        score[count + 1] = _IMPOSSIBLE
    sound = max(path.last, key=lambda end: float(score[end]))
    total = float(score[sound])
    if total < _IMPOSSIBLE / 2:
        return None
    pdfs, owners = np.zeros(frames, np.int64), np.full(frames, NO_WORD, np.int64)
    for frame in reversed(range(frames)):
        entered = came_from[frame, sound] != NO_WORD
        phone = int(path.phones[sound])
        pdfs[frame] = first_pdf(phone) if entered else later_pdf(phone)
        owners[frame] = path.words[sound]
        if entered and frame:
            sound = int(came_from[frame, sound])
    return Alignment(pdfs, owners, total / frames)


def from_times(sounds: Sequence[tuple[str, float]], frames: int) -> Alignment:
    """The alignment that a synthesiser reported itself: each sound, and the second at which it ended."""
    phones = np.array([PHONE_ID["SIL" if sound == "PAU" else sound] for sound, _ in sounds])
    ends = np.array([end for _, end in sounds])
    middle_of_window = 0.0125 + 0.01 * FRAMES_PER_OUTPUT * np.arange(frames)
    spoken = np.minimum(np.searchsorted(ends, middle_of_window, side="right"), len(phones) - 1)
    pdfs, previous = np.zeros(frames, np.int64), -1
    for frame, sound in enumerate(spoken):
        phone = int(phones[sound])
        goes_on = sound == previous or (previous >= 0 and phone == SILENCE == phones[previous])
        pdfs[frame] = later_pdf(phone) if goes_on else first_pdf(phone)
        previous = int(sound)
    return Alignment(pdfs, np.full(frames, NO_WORD, np.int64), 0.0)
