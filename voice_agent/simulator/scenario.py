"""A simulated call as a YAML file.

Who calls, what they say to what they hear, which nurses there are, and how the call should go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator

from voice_agent import strict_yaml
from voice_agent.simulator.line import LineQuality
from voice_agent.simulator.speech import sayable
from voice_agent.strict_yaml import STRICT

ANY = "any"
Ending = Literal["bridged", "nurse_line", "hung_up", "caller_left"]
Line = Annotated[str, AfterValidator(sayable)]
"""Words, with timed pauses (`i have had a <900> headache`) if wanted; or a noise (`noise:cough`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When this is heard, that is done; once, unless `repeat`. Rules are tried in the order of the file."""

    __pydantic_config__ = STRICT

    hears: str
    """A regular expression on what was heard since the caller last spoke (lower case, no punctuation), or `any`."""
    says: Line | None = None
    presses: str | None = None
    waits_ms: int = 0
    """Silent for so long first; with nothing else to do, just silent."""
    hangs_up: bool = False
    """After the words, if there are any."""
    interrupts_after_ms: int | None = None
    """Do it only while the agent is still speaking, once it has spoken for so long and `hears` matches."""
    on_hold: bool = False
    """Do it only while waiting for a nurse, once `hears` matches what was heard there."""
    repeat: bool = False
    raises_flag: bool = False
    """After these words nothing that `expect.not_heard_after_flag` names may be heard."""

    def __post_init__(self) -> None:
        _check_pattern(self.hears)
        if not (self.says or self.presses or self.waits_ms or self.hangs_up):
            raise ValueError("a rule does something: says, presses, waits_ms or hangs_up")
        if self.presses and not re.fullmatch(r"[0-9*#]+", self.presses):
            raise ValueError("presses takes the keys of a telephone: 0-9, * and #, in quotation marks")

    def matches(self, heard: str) -> bool:
        return self.hears == ANY or re.search(self.hears, heard) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSpec:
    """Who calls."""

    __pydantic_config__ = STRICT

    number: str = "+15550109001"
    voice: str = "flite:slt"
    rate: float = 1.0
    """Pace of speech; 1.3 is hurried."""
    noise_db: float = 0.0
    """Signal-to-noise ratio of the room, 0 for a quiet one; 20 is a kitchen, 10 a street."""
    reacts_after_ms: int = 400
    """After the agent has been silent for 600 ms."""
    when_bridged: Line | None = None
    """The first words to the nurse."""
    talks_for_s: float = 3.0
    """To the nurse, before hanging up."""
    hangs_up_on_hold_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NurseSpec:
    """Somebody with a telephone who may be rung."""

    __pydantic_config__ = STRICT

    number: str
    voice: str = "flite:rms"
    answers_after_s: float = 1.0
    no_answer: bool = False
    busy: bool = False
    fails: bool = False
    """The number is out of service."""
    presses: str | None = None
    hears: str | None = None
    """Press only once this was heard; otherwise at the first pause."""
    presses_after_s: float | None = None
    """Press so long after answering instead, whatever was heard."""
    hangs_up_after_s: float | None = None
    """After answering, if not connected with a caller by then."""
    when_bridged: Line | None = "hello this is the nurse how can i help you"

    def __post_init__(self) -> None:
        if self.hears:
            _check_pattern(self.hears)
        if self.no_answer + self.busy + self.fails > 1:
            raise ValueError("only one of no_answer, busy and fails can be true")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """How the call should go; what is not written is not checked, but errors of the twin always fail it."""

    __pydantic_config__ = STRICT

    ends: Ending
    """`bridged`: with a nurse, in a conference; `nurse_line`: with a dialled number; `hung_up`: by the agent;
    `caller_left`: by the caller, alone."""
    within_s: float = 180.0
    heard: tuple[str, ...] = ()
    """Each of these regular expressions was heard by the caller."""
    not_heard: tuple[str, ...] = ()
    not_heard_after_flag: tuple[str, ...] = ()
    lets_speak: bool = False
    """The agent never begins while the caller is still speaking, pauses included."""
    whisper_contains: tuple[str, ...] = ()
    """Each was heard by the nurse who accepted (before the caller was there), or by the last one who answered."""
    rung: tuple[str, ...] | None = None
    """These numbers were rung, in this order."""
    accepted_by: str | None = None
    longest_gap_ms: int | None = None
    """Between the end of the caller's words and the agent's next sound, at the caller's telephone."""
    errors: tuple[str, ...] = ()
    """Twilio's codes that this call is meant to provoke."""

    def __post_init__(self) -> None:
        for patterns in (self.heard, self.not_heard, self.not_heard_after_flag, self.whisper_contains):
            for pattern in patterns:
                _check_pattern(pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One file."""

    __pydantic_config__ = STRICT

    name: str
    turns: tuple[Rule, ...]
    expect: Expectations
    about: str = ""
    caller: CallerSpec = field(default_factory=CallerSpec)
    otherwise: Line | None = None
    """Said when no rule matches; three times, then the call has failed."""
    patience_s: float = 6.0
    """How long after the agent fell silent `otherwise` is said."""
    gives_up_after_s: float = 20.0
    """So long without a sound from either side fails the call."""
    nurses: tuple[NurseSpec, ...] = ()
    line: LineQuality = field(default_factory=LineQuality)


def load(path: Path) -> Scenario:
    """Raises ContentError that names file, line and key."""
    return strict_yaml.read(path, Scenario)


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
