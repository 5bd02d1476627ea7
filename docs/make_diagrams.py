"""Draws docs/state-diagrams.md from the code.

The call's moves come from `states.TRANSITIONS`. The transfer's are found by trying every event in every state that
can be reached, so the picture shows what `advance` does, not what somebody remembers.

    python docs/make_diagrams.py            writes the file
    python docs/make_diagrams.py --check    exit status 1 when the committed file is another
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from voice_agent.call.states import TRANSITIONS
from voice_agent.call.transfer import (
    FINISHED,
    CallbackWanted,
    CallerJoined,
    CallerLeft,
    LegStatus,
    MachineAnswered,
    NurseAccepted,
    NurseAnswered,
    NurseDialed,
    NurseJoined,
    NurseLeft,
    NurseNeeded,
    NurseUnreached,
    Transfer,
    TransferCommand,
    TransferEvent,
    TransferStatus,
)
from voice_agent.call.transfer_moves import advance
from voice_agent.triage.care_levels import CareLevel

HERE = Path(__file__).resolve().parent
PICTURE = HERE / "state-diagrams.md"

SOON, LATER = "2026-01-05T09:00:00", "2026-01-05T09:30:00"
MOST_LEGS = 3
"""The two of the ladder, and the first one again after a drop."""
BENEATH = (TransferStatus.CALLER_GONE, TransferStatus.CALLBACK_CHOSEN)
"""Where nearly every state leads to: drawn, they would hide the rest."""

HEADER = """# State diagrams

Drawn from the code by `python docs/make_diagrams.py`; do not edit. A test keeps this page and the code in step.
"""


class Move(NamedTuple):
    """One arrow."""

    before: str
    after: str
    label: str


def call_diagram() -> str:
    """The call's states; those that can be reached from every other stand outside the conversation."""
    ended = {state for state, afters in TRANSITIONS.items() if not afters}
    always = {
        state
        for state in TRANSITIONS
        if all(state in afters for before, afters in TRANSITIONS.items() if before not in {state, *ended})
    }
    moves = [(before, after) for before, afters in TRANSITIONS.items() for after in TRANSITIONS if after in afters]
    lines = ["stateDiagram-v2", "    [*] --> conversation", "    state conversation {"]
    lines += [f"        [*] --> {next(iter(TRANSITIONS))}"]
    lines += [f"        {before} --> {after}" for before, after in moves if not always & {before, after}]
    lines += ["    }"]
    lines += [f"    conversation --> {after}" for after in TRANSITIONS if after in always]
    lines += [f"    {before} --> {after}" for before, after in moves if before in always]
    lines += [f"    {state} --> [*]" for state in TRANSITIONS if state in ended]
    return "\n".join(_fenced(lines))


def transfer_moves() -> list[Move]:
    """Every move of a transfer with two nurses on the ladder, in the order in which it is first reached."""
    first = Transfer("token", "CA0", CareLevel.NURSE_NOW, ("first", "second"))
    waiting, seen = deque([first]), {_what_matters(first)}
    moves: dict[tuple[str, str, str], Move] = {}
    while waiting:
        transfer = waiting.popleft()
        for event, at in _events(transfer):
            after, commands = advance(transfer, event, at)
            if after.status is not transfer.status or commands:
                move = Move(transfer.status, after.status, _label(event, at, commands))
                # The same event may find other legs to end as well; the plainest case stands for all.
                moves.setdefault((move.before, move.after, move.label.partition(" / ")[0]), move)
            if len(after.legs) <= MOST_LEGS and _what_matters(after) not in seen:
                seen.add(_what_matters(after))
                waiting.append(after)
    return list(moves.values())


def transfer_diagram() -> str:
    """The transfer's states, with each event and what is then done about it."""
    moves = transfer_moves()
    lines = ["stateDiagram-v2", "    [*] --> requested"]
    drawn = [move for move in moves if move.after not in BENEATH]
    lines += [f"    {move.before} --> {move.after}: {move.label}" for move in drawn]
    lines += [f"    {status} --> [*]" for status in TransferStatus if status in FINISHED]
    beneath = [
        "The caller may hang up, or ask to be called back, before a nurse is joined:",
        "",
        "| while | then | the transfer is then |",
        "|---|---|---|",
        *(f"| `{move.before}` | {move.label} | `{move.after}` |" for move in moves if move.after in BENEATH),
    ]
    return "\n".join((*_fenced(lines), "", *beneath))


def page() -> str:
    """The whole file."""
    return "\n".join(
        (
            HEADER,
            "## A call",
            "",
            "`voice_agent/call/states.py`. What drives a call; how it ended is its disposition.",
            "",
            call_diagram(),
            "",
            "## A warm transfer",
            "",
            "`voice_agent/call/transfer_moves.py`. The event stands before the slash, what is done about it behind.",
            "",
            transfer_diagram(),
            "",
        )
    )


def _events(transfer: Transfer) -> Iterator[tuple[TransferEvent, str]]:
    """Each event that may come now, and when: at once, or after a longer talk."""
    attempt = transfer.attempt
    yield NurseNeeded(), SOON
    yield CallerJoined(), SOON
    yield CallerLeft(), SOON
    yield CallbackWanted(), SOON
    live = [number for number, leg in enumerate(transfer.legs) if leg.status is not LegStatus.OVER]
    for number in live or ([attempt] if attempt >= 0 else []):
        yield NurseDialed(number, f"CA{number + 1}"), SOON
        yield NurseAnswered(number), SOON
        yield MachineAnswered(number), SOON
        yield NurseAccepted(number), SOON
        yield NurseUnreached(number, "no_answer"), SOON
        yield NurseJoined(number), SOON
        yield NurseLeft(number), SOON
        if transfer.status is TransferStatus.BRIDGED:
            yield NurseLeft(number), LATER


def _what_matters(transfer: Transfer) -> object:
    legs = tuple((leg.status, bool(leg.call_id), leg.release) for leg in transfer.legs)
    return transfer.status, legs, transfer.caller_in, transfer.talked


def _label(event: TransferEvent, at: str, commands: list[TransferCommand]) -> str:
    done = ", ".join(dict.fromkeys(_words(command) for command in commands))
    what = _words(event) + (" after a longer talk" if at == LATER else "")
    return f"{what} / {done}" if done else what


def _words(value: object) -> str:
    """`NurseAnswered` → "nurse answered"."""
    name = type(value).__name__
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _fenced(lines: list[str]) -> list[str]:
    return ["```mermaid", *lines, "```"]


def main(arguments: list[str]) -> int:
    """Write the page, or check it."""
    if "--check" in arguments:
        return int(not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != page())
    PICTURE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
