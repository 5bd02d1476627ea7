"""Trains the second opinion by meaning, and writes its model card.

    .venv/bin/python models/meaning/train.py

Trained on sentences.yaml alone. The thresholds are chosen on the development sets, which it is not trained on; the
locked sets are never read here. The same sentences, packages and machine give the same bytes.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml
from model_card import write_card
from scores import auc, highest_for, platt, threshold_for

from voice_agent.config import DEFAULT_DIALOGS, load_red_flags
from voice_agent.second_opinion.classifier import (
    About,
    Classifier,
    Curve,
    centre_of,
    features,
    kernel,
    targets,
)
from voice_agent.second_opinion.sentence_vectors import SentenceVectors, packaged_model
from voice_agent.second_opinion.tensors import Floats
from voice_agent.triage.red_flags import RedFlagScreen, Screening
from voice_agent.triage.second_opinion import CRISIS_FLAGS, Thresholds

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
SENTENCES = HERE / "sentences.yaml"
MODEL = HERE / "classifier.npz"
CHOSEN_ON = (
    PROJECT / "tests" / "triage" / "sentences" / "development.yaml",
    PROJECT / "tests" / "safety" / "sets" / "development.yaml",
)
GAMMA = 1.5
RIDGE = 0.1
FOLDS = 5
SEED = 20261127
BUDGETS = {"ask": 0.03, "nurse": 0.01, "ask_crisis": 0.03, "nurse_crisis": 0.003}
"""Harmless sentences, as a share, that may reach each threshold."""
MISSED = {"doubt": 0.015, "doubt_crisis": 0.04, "calm": 0.025}
"""Emergencies (of `doubt_crisis`: crises), as a share, that may stay below each threshold."""
NAMED_RIGHT = 0.8
"""How often the nearest flag must be the right one where its own question is put."""

Chances = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sentence:
    """One line of a set."""

    text: str
    flag: str | None
    """None: harmless."""
    kind: str


@dataclass(frozen=True)
class Judged:
    """A set, and what the model says of it."""

    name: str
    sentences: Sequence[Sentence]
    urgent: Chances
    crisis: Chances
    flags: Sequence[str]
    """The nearest of each."""
    flag_sure: Chances
    rules: Sequence[str] = ()
    """What the rules alone do: "flag", "ask", "weak" (ask about a weak word) or ""."""
    raised: Sequence[str | None] = ()
    """The red flag that they raise."""

    def are(self, what: str) -> npt.NDArray[np.bool_]:
        """Which sentences are "urgent", "crisis" or "harmless"."""
        tests = {
            "urgent": lambda flag: flag is not None,
            "crisis": lambda flag: flag in CRISIS_FLAGS,
            "harmless": lambda flag: flag is None,
        }
        return np.array([tests[what](sentence.flag) for sentence in self.sentences])


def read_set(path: Path) -> list[Sentence]:
    """A set of sentences; emergencies are sorted by flag, and in most sets by kind of wording below it."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    found: list[Sentence] = []
    for flag, given in content["emergencies"].items():
        kinds = given if isinstance(given, dict) else {flag: given}
        found += [Sentence(text, flag, kind) for kind, texts in kinds.items() for text in texts]
    for kind, texts in content["harmless"].items():
        found += [Sentence(text, None, kind) for text in texts]
    if twice := {each.text for each in found if sum(each.text == other.text for other in found) > 1}:
        sys.exit(f"{path}: these stand twice: {sorted(twice)}")
    return found


def layers_of(vectors: SentenceVectors, sentences: Sequence[Sentence]) -> Floats:
    """(n, 6, 384)"""
    return np.stack([vectors.layers(sentence.text) for sentence in sentences])


def fitted(known: Floats, wanted: Chances) -> tuple[Floats, Floats]:
    """Weights and bias of the ridge regression."""
    bias = wanted.mean(axis=0)
    gram = kernel(known, known, GAMMA) + RIDGE * np.eye(len(known))
    return np.linalg.solve(gram, wanted - bias).astype(np.float32), bias.astype(np.float32)


def left_out_scores(known: Floats, wanted: Chances) -> Chances:
    """What is said of each sentence by a model that was not trained on it."""
    fold = np.random.default_rng(SEED).permutation(len(known)) % FOLDS
    scores = np.zeros_like(wanted)
    for number in range(FOLDS):
        out = fold == number
        weights, bias = fitted(known[~out], wanted[~out])
        scores[out] = kernel(known[out], known[~out], GAMMA) @ weights + bias
    return scores


def curves(scores: Chances, wanted: Chances) -> tuple[Curve, Curve, Curve]:
    """Score → probability of urgent, of crisis, and that the nearest flag is the right one."""
    urgent = wanted[:, 0] > 0
    own = scores[urgent][:, 2:]
    right = own.argmax(axis=1) == wanted[urgent][:, 2:].argmax(axis=1)
    return (
        Curve(*platt(scores[:, 0], urgent)),
        Curve(*platt(scores[:, 1], wanted[:, 1] > 0)),
        Curve(*platt(own.max(axis=1), right)),
    )


def judged(name: str, sentences: Sequence[Sentence], scores: Chances, about: About) -> Judged:
    """Scores made probabilities."""
    own = scores[:, 2:]
    return Judged(
        name,
        sentences,
        about.urgent(scores[:, 0]),
        about.crisis(scores[:, 1]),
        [about.flags[best] for best in own.argmax(axis=1)],
        about.flag(own.max(axis=1)),
    )


def with_rules(these: Judged, screen: RedFlagScreen) -> Judged:
    """What the rules alone do about each."""
    screenings = [screen.screen(sentence.text) for sentence in these.sentences]
    raised = [each.raised.flag if each.raised else None for each in screenings]
    return replace(these, rules=[_by_rules(each) for each in screenings], raised=raised)


def _by_rules(screening: Screening) -> str:
    if screening.red_flag or screening.ask is None:
        return "flag" if screening.red_flag else ""
    return "weak" if screening.ask.weak else "ask"


def chosen_thresholds(sets: Sequence[Judged], left_out: Judged) -> Thresholds:
    """Those that keep to the budgets, over all development sets together."""
    real_urgent = np.concatenate([np.maximum(each.urgent, each.crisis)[each.are("urgent")] for each in sets])
    real_crisis = np.concatenate([each.crisis[each.are("crisis")] for each in sets])
    urgent = np.concatenate([each.urgent[each.are("harmless")] for each in sets])
    crisis = np.concatenate([each.crisis[~each.are("crisis")] for each in sets])
    real = left_out.are("urgent")
    right = np.array([near == each.flag for near, each in zip(left_out.flags, left_out.sentences, strict=True)])
    sure = left_out.flag_sure[real]
    steps = np.arange(0.05, 1.0, 0.05)
    named = next((step for step in steps if right[real][sure >= step].mean() >= NAMED_RIGHT), steps[-1])
    return Thresholds(
        ask=threshold_for(urgent, BUDGETS["ask"]),
        nurse=threshold_for(urgent, BUDGETS["nurse"]),
        ask_crisis=threshold_for(crisis, BUDGETS["ask_crisis"]),
        nurse_crisis=threshold_for(crisis, BUDGETS["nurse_crisis"]),
        name=round(float(named), 2),
        doubt=highest_for(real_urgent, MISSED["doubt"]),
        doubt_crisis=highest_for(real_crisis, MISSED["doubt_crisis"]),
        calm=highest_for(real_urgent, MISSED["calm"]),
    )


def main() -> None:
    """Train, choose, write."""
    vectors = SentenceVectors(packaged_model())
    red_flags = load_red_flags(DEFAULT_DIALOGS)
    flags = tuple(entry.id for entry in red_flags.red_flags)
    sentences = read_set(SENTENCES)
    if unknown := {sentence.flag for sentence in sentences} - {*flags, None}:
        sys.exit(f"{SENTENCES}: no such red flags: {sorted(map(str, unknown))}")
    layers = layers_of(vectors, sentences)
    centre = centre_of(layers)
    known = features(layers, centre).astype(np.float16).astype(np.float32)  # as it will be kept
    wanted = targets(flags, [sentence.flag for sentence in sentences])
    scores = left_out_scores(known, wanted)
    about = About(
        hashlib.sha256(SENTENCES.read_bytes()).hexdigest(),
        flags,
        GAMMA,
        *curves(scores, wanted),
        thresholds=Thresholds(1, 1, 1, 1, 1),
    )
    model = Classifier(about, centre, known, *fitted(known, wanted))
    screen = RedFlagScreen(red_flags)
    left_out = with_rules(judged("sentences.yaml, each left out once", sentences, scores, about), screen)
    sets = []
    for path in filter(Path.exists, CHOSEN_ON):
        these = read_set(path)
        said = model.scores(features(layers_of(vectors, these), centre))
        sets.append(with_rules(judged(str(path.relative_to(PROJECT)), these, said, about), screen))
    about = replace(about, thresholds=chosen_thresholds(sets, left_out))
    replace(model, about=about).write(MODEL)
    write_card(HERE / "README.md", about, left_out, sets, BUDGETS | MISSED)
    for each in (left_out, *sets):
        print(f"{each.name}: area under the curve {auc(each.urgent, each.are('urgent')):.3f}")
    print(about.thresholds)


if __name__ == "__main__":
    main()
