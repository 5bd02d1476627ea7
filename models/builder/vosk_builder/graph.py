"""Lexicon and trigram -> the decoding graph: HCLr.fst and Gr.fst, which Vosk composes while it decodes.

HCLr is a tree of sounds with the self-loops already in it and the word on an epsilon arc at its end, so that no
disambiguation symbols are needed; it is of OpenFST's lookahead type. Gr is the trigram. A run-time grammar replaces Gr.
The lookahead type renumbers the words, and words.txt must hold the new numbers: Vosk looks up grammar words there.
"""

import math
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pywrapfst

from vosk_builder import language_model, lexicon, phones
from vosk_builder.language_model import Trigram
from vosk_builder.lexicon import Lexicon

SILENCE_PROBABILITY = 0.5
VARIANT_COST = 0.3
"""How much less likely each of several pronunciations is: this times the log of their number."""

LOOKAHEAD_LIBRARY = Path("/usr/lib/x86_64-linux-gnu/libfstlookahead.so.22")
"""From Debian's libfst22t64 or libfst22; fstconvert looks for it under another name."""

Fst = Any  # pywrapfst has no types


def write(directory: Path, words: Lexicon, trigram: Trigram) -> None:
    """The files of `graph/`. The same words and trigram give the same bytes."""
    (directory / "phones").mkdir(parents=True, exist_ok=True)
    everything = lexicon.with_unknown(words)
    numbers = {word: number for number, word in enumerate(everything, start=1)}
    renumbered = _write_lookahead(sounds_to_words(everything, numbers), directory / "HCLr.fst")
    numbers = {word: renumbered[number] for word, number in numbers.items()}
    pywrapfst.convert(grammar(trigram, numbers), "const").write(str(directory / "Gr.fst"))
    by_number = sorted((number, word) for word, number in numbers.items())
    _write_lines(directory / "words.txt", ["<eps> 0", *(f"{word} {number}" for number, word in by_number)])
    # Vosk wants the disambiguation symbols to be listed; there are none, so this names an unused number.
    _write_lines(directory / "disambig_tid.int", [str(2 * len(phones.KALDI_PHONES) + 1)])
    boundaries = [f"{phone.number} {phone.boundary}" for phone in phones.KALDI_PHONES]
    _write_lines(directory / "phones" / "word_boundary.int", boundaries)


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


class _Builder:
    """An FST under construction, in plain numbers."""

    def __init__(self) -> None:
        self.fst: Fst = pywrapfst.VectorFst()
        self._weight_type = self.fst.weight_type()

    def state(self) -> int:
        return int(self.fst.add_state())

    def arc(self, source: int, takes: int, gives: int, cost: float, target: int) -> None:
        self.fst.add_arc(source, pywrapfst.Arc(takes, gives, self._weight(cost), target))

    def final(self, state: int, cost: float = 0.0) -> None:
        self.fst.set_final(state, self._weight(cost))

    def _weight(self, cost: float) -> Any:
        return pywrapfst.Weight(self._weight_type, cost)


def sounds_to_words(words: Lexicon, numbers: dict[str, int]) -> Fst:
    """Transition ids in, words out; silence may stand before, between and after the words."""
    tree = _Builder()
    start, between, silent, after_word = (tree.state() for _ in range(4))
    tree.fst.set_start(start)
    tree.final(between)
    silence = phones.silence()
    for state in (start, after_word):
        tree.arc(state, 0, 0, -math.log(1 - SILENCE_PROBABILITY), between)
        tree.arc(state, silence.enter, 0, -math.log(SILENCE_PROBABILITY), silent)
    tree.arc(silent, silence.stay, 0, 0.0, silent)
    tree.arc(silent, 0, 0, 0.0, between)

    branches: dict[tuple[int, int], int] = {}
    for word, variants in words.items():
        for variant in variants:
            state = between
            for phone in phones.in_word(variant):
                if (state, phone.number) not in branches:
                    branch = branches[state, phone.number] = tree.state()
                    tree.arc(state, phone.enter, 0, 0.0, branch)
                    tree.arc(branch, phone.stay, 0, 0.0, branch)
                state = branches[state, phone.number]
            tree.arc(state, 0, numbers[word], VARIANT_COST * math.log(len(variants)), after_word)
    tree.fst.arcsort("olabel")
    return tree.fst


def grammar(trigram: Trigram, numbers: dict[str, int]) -> Fst:
    """The trigram as an acceptor of words, with epsilon arcs to shorter histories."""
    acceptor = _Builder()
    histories = sorted(trigram.probabilities, key=lambda history: (len(history), history))
    state = {history: acceptor.state() for history in histories}
    acceptor.fst.set_start(state[(language_model.START,)])

    def longest_known(history: tuple[str, ...]) -> int:
        history = history[-(language_model.ORDER - 1) :]
        while history not in state:
            history = history[1:]
        return state[history]

    for history in histories:
        for word, probability in sorted(trigram.probabilities[history].items()):
            cost = -math.log(probability)
            if word == language_model.END:
                acceptor.final(state[history], cost)
            else:
                acceptor.arc(state[history], numbers[word], numbers[word], cost, longest_known((*history, word)))
        if history:
            acceptor.arc(state[history], 0, 0, -math.log(trigram.back_off[history]), longest_known(history[1:]))
    acceptor.fst.connect()
    acceptor.fst.arcsort("ilabel")
    return acceptor.fst


def _write_lookahead(fst: Fst, path: Path) -> dict[int, int]:
    """Write an FST as the lookahead type; how that renumbered its output labels."""
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "olabel_lookahead-fst.so").symlink_to(LOOKAHEAD_LIBRARY)
        plain, pairs = Path(scratch) / "plain.fst", Path(scratch) / "pairs"
        fst.write(str(plain))
        subprocess.run(
            ["fstconvert", "--fst_type=olabel_lookahead", f"--save_relabel_opairs={pairs}", plain, path],
            check=True,
            env=os.environ | {"LD_LIBRARY_PATH": scratch},
        )
        return {int(old): int(new) for old, new in (line.split() for line in pairs.read_text().splitlines())}
