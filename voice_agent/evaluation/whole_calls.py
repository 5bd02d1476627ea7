"""Whole calls by text, against a real dialog manager, to their end."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from voice_agent.call.handoff import CallSummary, Disposition
from voice_agent.call.states import CallState
from voice_agent.chat import TextCall
from voice_agent.evaluation.cases import HiddenCase, Sentence, Vignette
from voice_agent.evaluation.line_under_test import LineUnderTest
from voice_agent.evaluation.outcomes import Called, Ending
from voice_agent.evaluation.truthful_caller import OTHERWISE, SYMPTOMS, UNKNOWN, TruthfulCaller
from voice_agent.ports import Dialog
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocols import Protocol

MOST_TURNS: Final = 20
"""Then the caller gives up."""
BOOKED: Final = frozenset({Disposition.APPOINTMENT_BOOKED, Disposition.APPOINTMENT_RESCHEDULED})


@dataclass
class Conversation:
    """One caller and one call."""

    line: LineUnderTest
    dialog: Dialog
    caller: TruthfulCaller
    lines: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Ids of the questions that were answered, in order."""

    def hold(self) -> tuple[CallSummary, bool]:
        """To its end: what is known then, and whether it came to an end."""
        session = self.line.session()
        call = TextCall(f"CA{uuid.uuid4().hex}", session, self.dialog, self._write, self.line.judge)
        call.begin()
        words = self.caller.opening
        for _ in range(MOST_TURNS):
            fresh = len(self.lines)
            self.lines.append(("caller", words))
            call.say(words)
            if call.over or session.state is CallState.TRANSFERRING:
                return session.summary, True
            said = [text for who, text in self.lines[fresh:] if who == "agent"]
            self._note_questions(said)
            words = self.caller.answer(said)
        return session.summary, False

    def _note_questions(self, said: Sequence[str]) -> None:
        self.asked += [asked.id for text in said if (asked := self.line.questions.get(text))]

    def _write(self, who: str, text: str) -> None:
        self.lines.append((who, text))


def vignette(line: LineUnderTest, dialog: Dialog, case: Vignette) -> Called:
    """A patient tells when asked."""
    called = _called(line, dialog, TruthfulCaller(case.opening, case.facts), case.need.levels)
    return replace(called, case=case.id, kind="vignette", title=case.title)


def hidden(line: LineUnderTest, dialog: Dialog, case: HiddenCase) -> Called:
    """The emergency is told only to the question that is about it; all else is not so."""
    sure = {sentence: case.reveals for sentence, asked in line.questions.items() if asked.flag == case.flag}
    caller = TruthfulCaller(case.opening, {SYMPTOMS: case.reveals}, sure)
    called = _called(line, dialog, caller, _at_least(case.level))
    return replace(called, case=case.id, kind="hidden", flag=case.flag)


def missed(line: LineUnderTest, dialog: Dialog, sentence: Sentence) -> Called:
    """An emergency that one sentence did not bring to light: she says it, and knows no more."""
    if sentence.level is None:
        raise AssertionError("only emergencies can be missed")
    caller = TruthfulCaller(sentence.text, {OTHERWISE: UNKNOWN})
    called = _called(line, dialog, caller, _at_least(sentence.level))
    return replace(called, case=sentence.id, kind="missed", flag=sentence.flag)


def ending(summary: CallSummary, over: bool, advice: Mapping[str, CareLevel]) -> Ending:
    """How a call ended for the caller: the most urgent thing that was said or done. `advice`: see `advice_levels`."""
    levels = [summary.care_level, summary.red_flag.care_level if summary.red_flag else None]
    levels.append(advice.get(summary.learned.get("triage", "")))
    if summary.disposition in BOOKED:
        levels.append(CareLevel.CLINIC_SOON)
    known = [level for level in levels if level is not None]
    if known:
        return Ending(min(known, key=lambda level: level.rank).value)
    return Ending.ANSWERED if over else Ending.UNFINISHED


def advice_levels(protocols: Sequence[Protocol]) -> dict[str, CareLevel]:
    """What a protocol that decided leaves in the summary → the level that it decided on."""
    return {f"{protocol.title}: {rule.reason}": rule.care_level for protocol in protocols for rule in protocol.rules}


def _at_least(level: CareLevel) -> tuple[CareLevel, ...]:
    return tuple(one for one in CareLevel if one.rank <= level.rank)


def _called(line: LineUnderTest, dialog: Dialog, caller: TruthfulCaller, needs: tuple[CareLevel, ...]) -> Called:
    conversation = Conversation(line, dialog, caller)
    summary, over = conversation.hold()
    asked = dict.fromkeys([*conversation.asked, *(answer.question for answer in summary.answers if answer.question)])
    return Called(
        case="",
        kind="",
        flag=None,
        needs=needs,
        ending=ending(summary, over, advice_levels(line.content.protocols)),
        asked=tuple(asked),
        red_flag=summary.red_flag.flag if summary.red_flag else None,
        lines=tuple(conversation.lines),
    )
