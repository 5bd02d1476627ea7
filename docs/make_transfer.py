"""Plays transfers through the twin and writes docs/transfer.md: what the caller hears, second by second.

    PYTHONPATH=.:tests python docs/make_transfer.py

Some five minutes; the seconds differ a little from run to run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "transfer.md"
TOGETHER = 3
HEADER = """# What a caller hears on the way to a nurse

Played through the [twin](simulator.md) by `docs/make_transfer.py`, with a server process and a Redis for each story; do
not edit. The media socket is a stand-in that has just raised a red flag: the safety sentence, which our own voice says
on it, is not here. What stands in quotation marks was heard to its end. Seconds are counted from the answer to the
caller; they differ a little from run to run. The rules are in the [state diagrams](state-diagrams.md).
"""


def main() -> int:
    """Write the page."""
    from transfer_stories import STORIES

    with ThreadPoolExecutor(TOGETHER) as pool:
        told = list(pool.map(_played, STORIES))
    PAGE.write_text("\n".join([HEADER, *told]), encoding="utf-8")
    return 0


def _played(story: Callable[..., None]) -> str:
    from transfer_stage import play

    told = play(story)
    owed = "a call-back is on the list" if told.callbacks else "no call-back is owed"
    rows = [f"| {at // 60}:{at % 60:02} | {who} | {words} |" for at, who, words in told.rows]
    ended = f"The transfer ended `{told.transfer.status}`; {owed}."
    title = story.__name__.replace("_", " ").capitalize()
    table = "\n".join(["| at | whose telephone | what |", "|---|---|---|", *rows])
    return f"## {title}\n\n{story.__doc__}\n\n{table}\n\n{ended}\n"


if __name__ == "__main__":
    sys.exit(main())
