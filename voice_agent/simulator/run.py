"""Runs one scenario against a server and judges it."""

from __future__ import annotations

import functools
import json
import re
import time
from dataclasses import asdict, dataclass, field, replace
from typing import Final

from pydantic import TypeAdapter

from voice_agent.simulator.ears import plain
from voice_agent.simulator.leg import HungUpError, Leg
from voice_agent.simulator.people import ScriptedCaller, ScriptedNurse
from voice_agent.simulator.phone import Phone
from voice_agent.simulator.scenario import Expectations, NurseSpec, Scenario
from voice_agent.simulator.speech import Voice
from voice_agent.simulator.timeline import Listener, Step, What
from voice_agent.simulator.twin import Twin

SETTLE_S: Final = 5.0
"""How long the nurses' legs and the last callbacks may take after the caller's call has ended."""


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a scenario."""

    name: str
    call_id: str
    ok: bool
    failures: tuple[str, ...]
    """Each a sentence; none when all went as expected."""
    ended: str
    """`bridged`, `nurse_line`, `hung_up`, `caller_left`, or `overdue`."""
    lasted_ms: int
    steps: tuple[Step, ...] = field(repr=False)
    recording: str | None = None
    """A stereo WAV: the caller's words on the left, what the caller heard on the right."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> CallResult:
        """What `to_json` wrote."""
        return TypeAdapter(cls).validate_json(text)

    @property
    def gaps_ms(self) -> list[int]:
        """Each silence between the caller's words and the agent's next sound."""
        mine = [step for step in self.steps if step.call_id == self.call_id]
        return [step.gap_ms for step in mine if step.what is What.HEARD and step.gap_ms is not None]


def run_scenario(scenario: Scenario, twin: Twin, on_event: Listener | None = None) -> CallResult:
    """Place the call and wait for its end. `on_event` sees each step as it happens, from the calls' threads.

    Raises SynthesizerError when a voice of the scenario is not installed.
    """
    spec = scenario.caller
    voice = Voice(spec.voice, spec.rate)
    for line in [*(rule.says for rule in scenario.turns), scenario.otherwise, spec.when_bridged]:
        if line:
            voice.speak(line)  # rendered before the call, so that nobody hesitates because of us
    for nurse in scenario.nurses:
        twin.install(nurse.number, functools.partial(_nurse, twin, nurse, Voice(nurse.voice)))
    caller = ScriptedCaller(scenario)
    phone = Phone(caller, voice=voice, ears=twin.ears(), noise_db=spec.noise_db)
    before = twin.legs()
    earlier = {leg.sid for leg in before}
    beside = any(leg.direction == "inbound" and not leg.over.is_set() for leg in before)
    began_ms = twin.timeline.now_ms()
    stop = twin.timeline.listen(lambda step: on_event(_since(step, began_ms))) if on_event else None
    try:
        leg = twin.call(phone, spec.number, scenario.line)
        in_time = leg.join(scenario.expect.within_s)
        if not in_time:
            leg.order(HungUpError("network"))
            leg.join(SETTLE_S)
        lasted_ms = twin.timeline.now_ms() - began_ms
        legs = _settled(twin, leg, earlier, beside=beside)
    finally:
        if stop:
            stop()
    ours = {other.sid for other in legs}
    steps = tuple(_since(step, began_ms) for step in twin.timeline.steps() if step.call_id in ours)
    flag_at_ms = None if caller.flag_at_ms is None else caller.flag_at_ms - began_ms
    ended = _ended(leg, steps) if in_time else "overdue"
    failures = (*caller.failures, *_judged(scenario.expect, leg, legs, steps, ended, flag_at_ms))
    directory = twin.settings.recordings
    recording = str(twin.recording(leg, directory)) if directory and leg.answered_at else None
    return CallResult(scenario.name, leg.sid, not failures, failures, ended, lasted_ms, steps, recording)


def _nurse(twin: Twin, spec: NurseSpec, voice: Voice) -> Phone:
    return Phone(ScriptedNurse(spec), voice=voice, ears=twin.ears(), ring=ScriptedNurse.ring(spec))


def _since(step: Step, began_ms: int) -> Step:
    return replace(step, at_ms=step.at_ms - began_ms)


def _settled(twin: Twin, leg: Leg, earlier: set[str], *, beside: bool) -> list[Leg]:
    """The calls that belong to this one, once they are over; those still up after a while are hung up."""
    until = time.monotonic() + SETTLE_S
    for other in _ours(twin, leg, earlier, beside=beside):
        if not other.join(max(0.0, until - time.monotonic())):
            other.order(HungUpError("network"))
            other.join(1.0)
    twin.webhooks.settle(SETTLE_S)
    return _ours(twin, leg, earlier, beside=beside)


def _ours(twin: Twin, leg: Leg, earlier: set[str], *, beside: bool) -> list[Leg]:
    """This call, those connected with it and, when nobody else called meanwhile, all that went out since.

    `beside`: another call was under way when this one began.
    """
    since = [other for other in twin.legs() if other.sid not in earlier]
    alone = not beside and sum(other.direction == "inbound" for other in since) == 1
    return [other for other in since if other is leg or other.sid in leg.linked or alone]


def _ended(leg: Leg, steps: tuple[Step, ...]) -> str:
    bridged = [step.text for step in steps if step.what is What.BRIDGED and step.call_id == leg.sid]
    if bridged:
        return "nurse_line" if bridged[-1].startswith("callee") else "bridged"
    return "caller_left" if leg.ended_by == "caller" else "hung_up"


def _judged(
    expect: Expectations, leg: Leg, legs: list[Leg], steps: tuple[Step, ...], ended: str, flag_at_ms: int | None
) -> list[str]:
    """A sentence for each thing that was not as expected."""
    failures = []
    if ended != expect.ends:
        failures.append(f"the call should end {expect.ends}, and it ended {ended}")
    failures += [
        f"the twin reports: {step.text}"
        for step in steps
        if step.what is What.ERROR and not step.text.startswith(tuple(expect.errors) or ("no such code",))
    ]
    heard = [step for step in steps if step.what is What.HEARD and step.call_id == leg.sid]
    words = " ".join(plain(step.text) for step in heard)
    failures += [f"the caller should hear /{p}/ and did not" for p in expect.heard if not re.search(p, words)]
    failures += [f"the caller should not hear /{p}/ and did" for p in expect.not_heard if re.search(p, words)]
    if expect.not_heard_after_flag:
        failures += _judged_after_flag(expect, heard, flag_at_ms)
    if expect.lets_speak:
        failures += _spoken_over(heard, [step for step in steps if step.what is What.SAID and step.call_id == leg.sid])
    failures += _judged_nurses(expect, leg, legs, steps)
    for step in heard:
        if expect.longest_gap_ms is not None and (step.gap_ms or 0) > expect.longest_gap_ms:
            failures.append(f"{step.gap_ms} ms of silence before {step.text!r}; at most {expect.longest_gap_ms} ms")
    return failures


def _judged_after_flag(expect: Expectations, heard: list[Step], flag_at_ms: int | None) -> list[str]:
    if flag_at_ms is None:
        return ["the words that raise the flag were never said"]
    later = " ".join(plain(step.text) for step in heard if step.at_ms >= flag_at_ms)
    return [
        f"after the red flag the caller should not hear /{p}/ and did"
        for p in expect.not_heard_after_flag
        if re.search(p, later)
    ]


def _spoken_over(heard: list[Step], said: list[Step]) -> list[str]:
    failures = []
    for mine in said:
        ends_ms = mine.at_ms + (mine.lasted_ms or 0)
        failures += [
            f"the agent should wait for the end of {mine.text!r} and began {ends_ms - other.at_ms} ms before it"
            for other in heard
            if mine.at_ms < other.at_ms < ends_ms
        ]
    return failures


def _judged_nurses(expect: Expectations, leg: Leg, legs: list[Leg], steps: tuple[Step, ...]) -> list[str]:
    failures = []
    out = [other for other in legs if other is not leg]
    rung = tuple(other.called for other in out)
    if expect.rung is not None and rung != expect.rung:
        failures.append(f"rung should be {', '.join(expect.rung)} in this order, and were {', '.join(rung) or 'none'}")
    linked = [other for other in out if other.sid in leg.linked]
    if expect.accepted_by is not None and expect.accepted_by not in {other.called for other in linked}:
        failures.append(f"{expect.accepted_by} should accept and did not")
    answered = linked or [other for other in out if other.answered_at is not None]
    whisper = _whisper(answered[-1], steps) if answered else ""
    return failures + [
        f"the nurse should hear /{p}/ and did not" for p in expect.whisper_contains if not re.search(p, whisper)
    ]


def _whisper(nurse: Leg, steps: tuple[Step, ...]) -> str:
    """What a nurse heard before the caller was there."""
    words = []
    for step in steps:
        if step.call_id == nurse.sid and step.what is What.BRIDGED:
            break
        if step.call_id == nurse.sid and step.what is What.HEARD:
            words.append(plain(step.text))
    return " ".join(words)
