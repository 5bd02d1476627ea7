"""What was needed against what was given."""

from __future__ import annotations

from evaluation_stories import SOME, called

from voice_agent.evaluation import confusion
from voice_agent.evaluation.cases import Need
from voice_agent.evaluation.outcomes import Ending


def test_sentences_are_counted_by_what_was_needed_and_given() -> None:
    table = confusion.of_sentences(SOME)
    cells = {
        (row, column): count
        for row, counts in zip(table.needed, table.counts, strict=True)
        for column, count in zip(table.given, counts, strict=True)
        if count
    }
    assert cells == {
        ("911", "911"): 1,
        ("911", "asked"): 1,
        ("911", "passed"): 1,
        ("nurse_now", "nurse_now"): 1,
        ("harmless", "911"): 1,
        ("harmless", "passed"): 1,
    }


def test_every_vignette_is_in_the_table() -> None:
    table = confusion.of_calls([called(need, ending) for need in Need for ending in Ending])
    assert table.needed == ("emergency", "seen_soon", "self_care")
    assert table.counts == ((1,) * len(Ending),) * 3
