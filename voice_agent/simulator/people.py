"""Simulated people: a caller who follows a scenario, a nurse who takes the call.

They decide from what they hear, 20 ms at a time; they know nothing of the server.
"""

from __future__ import annotations

import re
from typing import Final

from voice_agent.audio.frames import FRAME_MS
from voice_agent.simulator.phone import FALLS_SILENT_MS, Phone, Ring, Where
from voice_agent.simulator.scenario import NurseSpec, Rule, Scenario

MOST_OTHERWISE: Final = 3
LOOK_EVERY_MS: Final = 100
BEFORE_GREETING_MS: Final = 700


class ScriptedCaller:
    """Follows a scenario's rules."""

    def __init__(self, scenario: Scenario) -> None:
        self.failures: list[str] = []
        self.flag_at_ms: int | None = None
        """On the timeline: when the words with `raises_flag` had been said."""
        self._scenario = scenario
        self._left = list(scenario.turns)
        self._acting: tuple[Rule, int] | None = None
        self._leaves = False
        self._flagging = False
        self._lost = 0
        self._where = Where.NOTHING
        self._since_ms = 0
        self._greeted = False

    def step(self, phone: Phone) -> None:
        if phone.where is not self._where:
            self._where, self._since_ms = phone.where, phone.now_ms
        if phone.speaking:
            return
        self._after_words(phone)
        match phone.where:
            case Where.AGENT:
                self._with_agent(phone)
            case Where.HOLD:
                self._on_hold(phone)
            case Where.PERSON:
                self._with_person(phone)
            case _:
                self._acting = None

    def _after_words(self, phone: Phone) -> None:
        if self._flagging:
            self._flagging, self.flag_at_ms = False, phone.notes.now_ms()
        if self._leaves:
            phone.hang_up()

    def _with_agent(self, phone: Phone) -> None:
        if self._acting:
            rule, at_ms = self._acting
            if phone.now_ms >= at_ms:
                self._acting = None
                self._act(phone, rule)
        elif phone.sounding_ms:
            self._interrupt(phone)
        elif phone.waiting:
            self._react(phone)
        elif phone.idle_ms >= self._scenario.gives_up_after_s * 1000:
            self._fail(phone, f"nothing was heard for {self._scenario.gives_up_after_s:g} s")

    def _interrupt(self, phone: Phone) -> None:
        if phone.now_ms % LOOK_EVERY_MS:
            return
        for rule in self._left:
            after_ms = rule.interrupts_after_ms
            if (
                after_ms is not None
                and not rule.on_hold
                and phone.sounding_ms >= after_ms
                and rule.matches(phone.partial())
            ):
                self._take(phone, rule)
                return

    def _react(self, phone: Phone) -> None:
        if phone.silent_ms < FALLS_SILENT_MS + self._scenario.caller.reacts_after_ms:
            return
        for rule in self._of(on_hold=False):
            if rule.interrupts_after_ms is None and rule.matches(phone.fresh):
                self._take(phone, rule)
                return
        if phone.silent_ms < self._scenario.patience_s * 1000:
            return
        heard = phone.fresh
        if self._scenario.otherwise is None or self._lost == MOST_OTHERWISE:
            self._fail(phone, f"no rule answers what was heard: {heard!r}")
            return
        self._lost += 1
        phone.say(self._scenario.otherwise)

    def _of(self, *, on_hold: bool) -> list[Rule]:
        """The rules that are left for there."""
        return [rule for rule in self._left if rule.on_hold is on_hold]

    def _take(self, phone: Phone, rule: Rule) -> None:
        if not rule.repeat:
            self._left.remove(rule)
        phone.forget()
        self._acting = (rule, phone.now_ms + rule.waits_ms)

    def _act(self, phone: Phone, rule: Rule) -> None:
        if rule.says:
            phone.say(rule.says)
        if rule.presses:
            phone.press(rule.presses)
        self._flagging = self._flagging or rule.raises_flag
        self._leaves = rule.hangs_up

    def _on_hold(self, phone: Phone) -> None:
        self._acting = None
        after_s = self._scenario.caller.hangs_up_on_hold_after_s
        if after_s is not None and phone.now_ms - self._since_ms >= after_s * 1000:
            phone.hang_up()
        if phone.silent_ms < FALLS_SILENT_MS:
            return
        rule = next((rule for rule in self._of(on_hold=True) if rule.matches(phone.fresh)), None)
        if rule:
            self._take(phone, rule)
            self._act(phone, rule)
            self._acting = None

    def _with_person(self, phone: Phone) -> None:
        bridged_ms = phone.now_ms - self._since_ms
        words = self._scenario.caller.when_bridged
        if words and not self._greeted and phone.silent_ms >= FALLS_SILENT_MS and bridged_ms >= 2 * BEFORE_GREETING_MS:
            self._greeted = True
            phone.say(words)
        elif bridged_ms >= self._scenario.caller.talks_for_s * 1000:
            phone.hang_up()

    def _fail(self, phone: Phone, why: str) -> None:
        self.failures.append(f"the caller: {why}")
        phone.hang_up()


class ScriptedNurse:
    """Answers, listens, presses a key, talks."""

    def __init__(self, spec: NurseSpec) -> None:
        self._spec = spec
        self._pressed = False
        self._bridged_ms: int | None = None
        self._greeted = False

    @staticmethod
    def ring(spec: NurseSpec) -> Ring:
        """How this nurse's telephone reacts."""
        refused = "busy" if spec.busy else "failed" if spec.fails else ""
        return Ring(None if spec.no_answer else spec.answers_after_s, refused)

    def step(self, phone: Phone) -> None:
        if phone.where is Where.PERSON:
            self._with_caller(phone)
            return
        spec = self._spec
        if spec.presses and not self._pressed and self._ready(phone):
            self._pressed = True
            phone.press(spec.presses)
        after_s = spec.hangs_up_after_s
        if after_s is not None and phone.now_ms >= after_s * 1000:
            phone.hang_up()

    def _ready(self, phone: Phone) -> bool:
        spec = self._spec
        if spec.presses_after_s is not None:
            return phone.now_ms >= spec.presses_after_s * 1000
        if phone.where is not Where.AGENT:
            return False
        if spec.hears is None:
            return phone.waiting
        return phone.now_ms % LOOK_EVERY_MS < FRAME_MS and bool(re.search(spec.hears, " ".join(phone.heard)))

    def _with_caller(self, phone: Phone) -> None:
        if self._bridged_ms is None:
            self._bridged_ms = phone.now_ms
        words = self._spec.when_bridged
        if words and not self._greeted and phone.now_ms - self._bridged_ms >= BEFORE_GREETING_MS:
            self._greeted = True
            phone.say(words)
