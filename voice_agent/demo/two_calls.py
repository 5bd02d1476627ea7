"""The two calls, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from voice_agent.call.handoff import CallSummary, sbar
from voice_agent.call.transfer import TransferStatus
from voice_agent.demo.progress import Progress
from voice_agent.errors import VoiceAgentError
from voice_agent.ports import CallStore, Patient, Scheduling
from voice_agent.simulator import scenario
from voice_agent.simulator.printing import clock, line
from voice_agent.simulator.run import CallResult, run_scenario
from voice_agent.simulator.twin import Twin

Say = Callable[[str], None]


def place_call(title: str, path: Path, twin: Twin, progress: Progress) -> CallResult:
    """Place the call of a scenario file, then print its steps by time.

    Not as they happen: what somebody heard is known only when it has ended, and would stand after the answer to it.
    """
    progress.say()
    with progress.step(f"{title} ({path.name})"):
        result = run_scenario(scenario.load(path), twin)
    progress.say()
    for step in result.steps:
        progress.say(f"  {line(step)}")
    gaps = sorted(result.gaps_ms)
    progress.say(f"\n  The call lasted {clock(result.lasted_ms)} and ended: {result.ended.replace('_', ' ')}.")
    if gaps:
        progress.say(f"  Silence before the agent speaks: median {gaps[len(gaps) // 2]} ms, longest {gaps[-1]} ms.")
    return result


def booked(scheduling: Scheduling, patient: Patient, now: datetime, say: Say) -> list[str]:
    """Show the patient's appointments as the database has them; a sentence when there is none."""
    try:
        found = scheduling.appointments_of(patient, after=now)
    except VoiceAgentError as error:
        return [str(error)]
    for appointment in found:
        start = appointment.slot.start
        say(f"  In the appointment book: {start:%A, %B} {start.day} at {start:%H:%M}, {appointment.slot.clinician},")
        say(f"  for {appointment.patient.name}: {appointment.reason}.")
    return [] if found else [f"there is no appointment for {patient.name} in the appointment book"]


def handed_over(store: CallStore, call_id: str, say: Say) -> list[str]:
    """Show what the nurse was told; sentences for what is missing of the hand-off."""
    try:
        transfer = store.transfer_of_call(call_id)
        summary = store.load_summary(transfer.token) if transfer else None
    except VoiceAgentError as error:
        return [str(error)]
    if transfer is None:
        return ["no transfer to a nurse was started"]
    problems = []
    if transfer.status not in {TransferStatus.BRIDGED, TransferStatus.DONE}:
        problems.append(f"no nurse was joined with the caller: the transfer stands at {transfer.status}")
    if summary is None:
        problems.append("there is no summary for the nurse")
    else:
        show_summary(summary, say)
    return problems


def show_summary(summary: CallSummary, say: Say) -> None:
    """What the nurse sees, in short."""
    say("\n  The nurse's summary (sealed in Redis, shown in the console):\n")
    for part, words in sbar(summary).items():
        say(f"    {part.capitalize():<15} {words}")
    if flag := summary.red_flag:
        evidence = ", ".join(f"“{piece.words}”" for piece in flag.evidence)
        say(f"    {'Red flag':<15} {flag.title} at {clock(flag.at_ms)}: {evidence}")
    for turn in summary.turns:
        say(f"    {clock(turn.at_ms)} {turn.speaker:<8} {turn.text}")


def verdict(name: str, problems: list[str], progress: Progress) -> bool:
    """One line for a call that went well, else one line for each thing that did not."""
    for problem in problems:
        progress.say(f"  NOT as it should be: {problem}")
    progress.say(f"  {name}: {'as it should be' if not problems else 'FAILED'}")
    return not problems
