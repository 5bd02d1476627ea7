"""Who calls: drawn from the script by a seed, so that a run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from voice_agent.bench.facts import Purpose
from voice_agent.bench.script import PAUSE, Goal, Question, Script
from voice_agent.bench.sounds import LOUD_ROOM_DB, QUIET_DB
from voice_agent.simulator import pauses
from voice_agent.simulator.line import LineQuality
from voice_agent.simulator.speech import NOISE_PREFIX

BURSTS: Final = LineQuality(burst_ms=100, jitter_ms=60)
GAP_S: Final = 0.4
FIRST_OVER_GREETING_MS: Final = (800, 2500)
SECOND_OVER_GREETING_MS: Final = (4000, 6500)
OVER_PROMPT_MS: Final = (800, 2000)
PAUSES_MS: Final = (300, 500, 700, 900)
"""The soft ends of the words around it make each some 50 ms longer."""
PROMPTS_PLANNED: Final = 24
"""Prompts of a call, after the greeting, for which it is drawn beforehand what will be heard over them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What this caller answers to a question."""

    question: Question
    line: str = field(repr=False)
    """Pauses are timed; empty: wait."""
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Over:
    """A sound over a prompt."""

    purpose: Purpose
    line: str = field(repr=False)
    after_ms: int
    """Since the prompt began to be heard."""
    ends: str = ""
    """An interruption that is heard changes how the call ends."""


@dataclass(frozen=True, slots=True)
class Role:
    """One caller, with all that chance decides drawn already."""

    number: int
    goal: str
    voice: str
    pace: float
    noise_db: float
    echo: bool
    line: LineQuality
    opening: str = field(repr=False)
    opening_purpose: Purpose
    answers: tuple[Answer, ...] = field(repr=False)
    greeting: tuple[Over, ...] = ()
    prompts: tuple[Over | None, ...] = ()
    """What is heard over the prompts after the greeting, in order."""
    otherwise: str = ""
    nudge: str = ""
    delays_ms: tuple[int, ...] = ()
    """Hesitations before the answers, used in turn."""

    @property
    def lines(self) -> set[str]:
        """Everything this caller may say."""
        over = [*self.greeting, *(one for one in self.prompts if one)]
        said = {self.opening, self.otherwise, self.nudge, *(answer.line for answer in self.answers)}
        return {line for line in said | {one.line for one in over} if line}

    @property
    def conditions(self) -> tuple[str, ...]:
        """What makes this call harder than others."""
        names = {
            "loud room": self.noise_db != QUIET_DB,
            "echo": self.echo,
            "bursts": bool(self.line.burst_ms),
            "gap": self.line.dead_after_s is not None,
        }
        return tuple(name for name, there in names.items() if there)


def roles(script: Script, seed: int) -> Iterator[Role]:
    """Callers without end; the same seed brings the same ones in the same order."""
    number = 0
    while True:
        yield role(script, random.Random(f"{seed}/{number}"), number)  # noqa: S311 - a play, not secrets
        number += 1


def role(script: Script, chance: random.Random, number: int) -> Role:
    """One caller."""
    shares = script.shares
    goal = chance.choices(script.goals, [goal.weight for goal in script.goals])[0]
    quality = LineQuality()
    if chance.random() < shares.bursts:
        quality = BURSTS
    if chance.random() < shares.gap:
        quality = replace(quality, dead_after_s=chance.uniform(8, 30), dead_for_s=GAP_S)
    drawn = Role(
        number=number,
        goal=goal.name,
        voice=chance.choice(script.voices),
        pace=chance.choice(script.paces),
        noise_db=LOUD_ROOM_DB if chance.random() < shares.loud_room else QUIET_DB,
        echo=chance.random() < shares.echo,
        line=quality,
        opening=_timed(chance.choice(goal.opens), chance),
        opening_purpose=Purpose.RED_FLAG if goal.flags else Purpose.ANSWER,
        answers=_answers(script, goal, chance),
        greeting=tuple(_over_greeting(script, chance)),
        prompts=tuple(_over_prompt(script, chance) for _ in range(PROMPTS_PLANNED)),
        otherwise=script.otherwise,
        nudge=script.nudge,
        delays_ms=tuple(chance.randrange(0, 600, 20) for _ in range(8)),
    )
    # Drawn last: whatever the share, the callers are otherwise the same.
    return drawn if chance.random() < shares.final_tone else _going_on(drawn)


def _going_on(drawn: Role) -> Role:
    """The same caller, whose words before a pause sound as if more came."""
    answers = tuple(replace(answer, line=pauses.going_on(answer.line)) for answer in drawn.answers)
    return replace(drawn, opening=pauses.going_on(drawn.opening), answers=answers)


def _answers(script: Script, goal: Goal, chance: random.Random) -> tuple[Answer, ...]:
    drawn = []
    for question in (*goal.answers, *script.questions):
        line = "" if question.opening or not question.says else _timed(chance.choice(question.says), chance)
        drawn.append(Answer(question, line, Purpose.RED_FLAG if question.flags else Purpose.ANSWER))
    return tuple(drawn)


def _over_greeting(script: Script, chance: random.Random) -> Iterator[Over]:
    shares = script.shares
    early = chance.random()
    first = None
    if early < shares.noise_over_greeting:
        first = _noise(script, chance, FIRST_OVER_GREETING_MS)
    elif early < shares.noise_over_greeting + shares.backchannel_over_greeting:
        backchannel = chance.choice(script.backchannels)
        first = Over(Purpose.BACKCHANNEL, backchannel, chance.randint(*FIRST_OVER_GREETING_MS))
    if first:
        yield first
    if chance.random() < shares.interrupted_greeting:
        yield _interruption(script, chance, SECOND_OVER_GREETING_MS if first else FIRST_OVER_GREETING_MS)


def _over_prompt(script: Script, chance: random.Random) -> Over | None:
    drawn = chance.random()
    if drawn < script.shares.interrupted_prompt:
        return _interruption(script, chance, OVER_PROMPT_MS)
    if drawn < script.shares.interrupted_prompt + script.shares.noise_over_prompt:
        return _noise(script, chance, OVER_PROMPT_MS)
    return None


def _interruption(script: Script, chance: random.Random, when: tuple[int, int]) -> Over:
    meant = chance.choice(script.interruptions)
    return Over(Purpose.INTERRUPTION, meant.says, chance.randint(*when), meant.ends)


def _noise(script: Script, chance: random.Random, when: tuple[int, int]) -> Over:
    return Over(Purpose.NOISE, NOISE_PREFIX + chance.choice(script.noises), chance.randint(*when))


def _timed(line: str, chance: random.Random) -> str:
    """Draw the length of each pause."""
    pieces = [piece.strip() for piece in line.split(PAUSE)]
    timed = pieces[0]
    for piece in pieces[1:]:
        timed += f" <{chance.choice(PAUSES_MS)}> {piece}"
    return timed
