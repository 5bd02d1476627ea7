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
    CallerLeft,
    NurseAccepted,
    NurseAnswered,
    NurseDialed,
    NurseJoined,
    NurseLeft,
    NurseNeeded,
    NurseUnreached,
    NurseVolunteered,
    Transfer,
    TransferCommand,
    TransferEvent,
    TransferStatus,
    advance,
)
from voice_agent.triage.care_levels import CareLevel

HERE = Path(__file__).resolve().parent
PICTURE = HERE / "state-diagrams.md"

VOLUNTEER = "volunteer"

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
    waiting, seen, moves = deque([first]), {_what_matters(first)}, dict[Move, None]()
    while waiting:
        transfer = waiting.popleft()
        for event in _events(transfer):
            after, commands = advance(transfer, event)
            if after.status is not transfer.status or commands:
                moves[Move(transfer.status, after.status, _label(event, commands))] = None
            if _what_matters(after) not in seen:
                seen.add(_what_matters(after))
                waiting.append(after)
    return list(moves)


def transfer_diagram() -> str:
    """The transfer's states, with each event and what is then done about it."""
    moves = transfer_moves()
    lines = ["stateDiagram-v2", "    [*] --> requested"]
    lines += [f"    {move.before} --> {move.after}: {move.label}" for move in moves if move.after != "caller_gone"]
    lines += [f"    {status} --> [*]" for status in TransferStatus if status in FINISHED]
    beneath = [
        "The caller may hang up before a nurse is joined; the transfer is then `caller_gone`:",
        "",
        "| while | then |",
        "|---|---|",
        *(f"| `{move.before}` | {move.label} |" for move in moves if move.after == "caller_gone"),
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
            "`voice_agent/call/transfer.py`. The event stands before the slash, what is done about it behind.",
            "",
            transfer_diagram(),
            "",
        )
    )


def _events(transfer: Transfer) -> Iterator[TransferEvent]:
    attempt = transfer.attempt
    yield NurseNeeded()
    yield CallerLeft()
    if VOLUNTEER not in transfer.ladder:
        yield NurseVolunteered(VOLUNTEER)
    if attempt >= 0:  # before the first ring there is no nurse of whom to tell anything
        yield NurseDialed(attempt, f"CA{attempt + 1}")
        yield NurseAnswered(attempt)
        yield NurseAccepted(attempt)
        yield NurseUnreached(attempt, "no_answer")
        yield NurseJoined(attempt)
        yield NurseLeft(attempt)


def _what_matters(transfer: Transfer) -> tuple[TransferStatus, int, bool]:
    return transfer.status, transfer.attempt, bool(transfer.nurse_call_id)


def _label(event: TransferEvent, commands: list[TransferCommand]) -> str:
    done = ", ".join(_words(command) for command in commands)
    return f"{_words(event)} / {done}" if done else _words(event)


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
