"""What was needed against what was given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from voice_agent.evaluation.cases import Need
from voice_agent.evaluation.outcomes import Called, Ending, Judged, Verdict

HARMLESS: Final = "harmless"
URGENT: Final = ("911", "nurse_now", "nurse_within_hour")


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts: a row for what was needed, a column for what was given."""

    needed: tuple[str, ...]
    given: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def of_sentences(judged: Iterable[Judged]) -> Confusion:
    """By level; a question that was put is a column of its own."""
    pairs = [(one.sentence.level.value if one.sentence.level else HARMLESS, _given(one)) for one in judged]
    return _table((*URGENT, HARMLESS), (*URGENT, "asked", "nurse", "passed"), pairs)


def of_calls(calls: Iterable[Called]) -> Confusion:
    """Vignettes, by how the calls ended."""
    rows = {need.levels: need.value for need in Need}
    pairs = [(rows[one.needs], one.ending.value) for one in calls]
    return _table(list(rows.values()), [ending.value for ending in Ending], pairs)


def _given(one: Judged) -> str:
    heard = one.heard
    return heard.level.value if heard.verdict is Verdict.FLAGGED and heard.level else heard.verdict.value


def _table(needed: Sequence[str], given: Sequence[str], pairs: Iterable[tuple[str, str]]) -> Confusion:
    counted = Counter(pairs)
    return Confusion(
        tuple(needed), tuple(given), tuple(tuple(counted[(row, column)] for column in given) for row in needed)
    )
