"""A replayed call in words, for people."""

from __future__ import annotations

from collections.abc import Iterator

from voice_agent.call.commands import (
    AskDialog,
    Command,
    LeaveStream,
    PauseSpeaking,
    ResumeSpeaking,
    Speak,
    StopSpeaking,
    TransferToNurse,
)
from voice_agent.call.events import (
    CallerHungUp,
    DigitPressed,
    Event,
    HeardAgain,
    NotHeardAgain,
    ServiceFailed,
    Transcribed,
)


def told(event: Event, commands: list[Command]) -> Iterator[str]:
    """What happened and what was done about it, one line each; frames of silence and the like say nothing."""
    match event:
        case Transcribed(text=text, at_ms=at_ms, final=True) if text:
            yield f"{_clock(at_ms)}  caller   {text}"
        case HeardAgain(hearing=hearing):
            yield f"         again    {hearing.text or '(no words)'}"
        case NotHeardAgain(why=why):
            yield f"         again    ({why})"
        case DigitPressed(digit=digit, at_ms=at_ms):
            yield f"{_clock(at_ms)}  caller   pressed {digit}"
        case CallerHungUp(at_ms=at_ms):
            yield f"{_clock(at_ms)}  caller   hung up"
        case ServiceFailed(service=service):
            yield f"         trouble  {service} failed"
        case _:
            pass
    for command in commands:
        if line := _done(command):
            yield f"         {line}"


def _done(command: Command) -> str | None:
    match command:
        case Speak(prompt=prompt):
            return f"agent    {' '.join(prompt.sentences)}"
        case PauseSpeaking():
            return "agent    (pauses)"
        case ResumeSpeaking():
            return "agent    (goes on)"
        case StopSpeaking():
            return "agent    (stops)"
        case AskDialog(message=message):
            return f"dialog   {message}"
        case TransferToNurse(care_level=level):
            return f"nurse    is rung: {level}"
        case LeaveStream(next_step=step, disposition=disposition):
            return f"call     goes to {step}: {disposition}"
        case _:
            return None


def _clock(at_ms: int) -> str:
    return f"{at_ms // 60000:02}:{at_ms % 60000 / 1000:04.1f}"
