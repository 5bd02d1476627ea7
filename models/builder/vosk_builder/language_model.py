"""Sentences -> back-off trigram, interpolated by Witten and Bell's method.

A history is a tuple of at most two words; the empty history is the unigram.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

ORDER = 3
START, END = "<s>", "</s>"
MIN_COUNT = (1, 1, 2)
"""How often a word must follow a history of no, one and two words to be kept."""

NEVER_SEEN = 1.0
SEEN_BONUS = 0.3
"""Extra unigram counts: every word of the vocabulary can be said, seen in the text or not."""

History = tuple[str, ...]


@dataclass(frozen=True)
class Trigram:
    """Smoothed probabilities, and the weight of the back-off of each history that has one."""

    probabilities: dict[History, dict[str, float]]
    back_off: dict[History, float]

    def __len__(self) -> int:
        """How many n-grams."""
        return sum(len(followers) for followers in self.probabilities.values())


class _Counts:
    def __init__(self, sentences: Iterable[str], vocabulary: Sequence[str]) -> None:
        self.by_length: list[defaultdict[History, Counter[str]]] = [defaultdict(Counter) for _ in range(ORDER)]
        for sentence in sentences:
            words = [START, *sentence.split(), END]
            for at in range(1, len(words)):
                for length in range(min(ORDER - 1, at) + 1):
                    self.by_length[length][tuple(words[at - length : at])][words[at]] += 1
        self.unigram: dict[str, float] = dict(self.by_length[0][()])
        for word in vocabulary:
            self.unigram[word] = self.unigram.get(word, 0.0) + (SEEN_BONUS if word in self.unigram else NEVER_SEEN)
        self.total = sum(self.unigram.values())
        self.uniform = 1.0 / (len(vocabulary) + 1)

    def probability(self, history: History, word: str) -> float:
        """Interpolated: the longer history, mixed with the shorter ones in proportion to how varied it is."""
        if not history:
            types = len(self.unigram)
            return (self.unigram.get(word, 0.0) + types * self.uniform) / (self.total + types)
        followers = self.by_length[len(history)].get(history)
        shorter = self.probability(history[1:], word)
        if not followers:
            return shorter
        types = len(followers)
        return (followers[word] + types * shorter) / (followers.total() + types)

    def kept(self) -> Iterator[tuple[History, list[str]]]:
        """The histories of the model, with the words that follow."""
        yield (), list(self.unigram)
        for length in range(1, ORDER):
            for history, followers in self.by_length[length].items():
                words = [word for word, count in followers.items() if count >= MIN_COUNT[length]]
                if words:
                    yield history, words


def estimate(sentences: Iterable[str], vocabulary: Sequence[str]) -> Trigram:
    """The trigram of a text. Words of the vocabulary that are not in it are possible everywhere."""
    counts = _Counts(sentences, vocabulary)
    probabilities = {
        history: {word: counts.probability(history, word) for word in words} for history, words in counts.kept()
    }
    back_off = {}
    for history, followers in probabilities.items():
        if history:
            left = 1.0 - sum(followers.values())
            shorter_left = 1.0 - sum(counts.probability(history[1:], word) for word in followers)
            back_off[history] = max(left, 1e-6) / max(shorter_left, 1e-6)
    return Trigram(probabilities, back_off)
