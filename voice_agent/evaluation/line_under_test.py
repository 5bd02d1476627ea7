"""The line that is judged: real content, real session, one call at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from voice_agent import config, wiring
from voice_agent.call.lines import Lines
from voice_agent.call.replies import DialogReply, Meaning
from voice_agent.call.session import CallSession
from voice_agent.evaluation.outcomes import Heard, Verdict
from voice_agent.second_opinion import judge as by_meaning
from voice_agent.speech.recognizer import VoskRecognizers
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.triage.second_opinion import Judge

MEANING: Final = "all-MiniLM-L6-v2 and models/meaning/classifier.npz"
NEUTRAL: Final = DialogReply(("I see.", "What else?"), question="neutral")


class NeutralDialog:
    """`ports.Dialog` that neither helps nor harms: what is judged is what stands before the dialog."""

    def reply(self, call_id: str, message: str, denied: tuple[str, ...] = ()) -> DialogReply:
        return NEUTRAL

    def meaning(self, text: str) -> Meaning:
        return Meaning("neutral", 0.0)

    def check(self) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class Asked:
    """A discriminating question."""

    id: str
    flag: str
    level: CareLevel


@dataclass(frozen=True)
class LineUnderTest:
    """What makes sessions, shared by all of them. Built once in each process."""

    content: config.DialogContent
    settings: config.Settings
    rules_only: bool
    """Without a second opinion by meaning, even where there is one."""

    @cached_property
    def screen(self) -> RedFlagScreen:
        return RedFlagScreen(self.content.red_flags)

    @cached_property
    def lines(self) -> Lines:
        return self.content.prompts.call.for_clinic(self.settings.clinic.name)

    @cached_property
    def questions(self) -> dict[str, Asked]:
        """Sentence, as the agent says it → the question."""
        return {
            question.sentence: Asked(question.id, entry.id, question.disposition or entry.disposition)
            for entry in self.content.red_flags.red_flags
            for question in entry.ask
        }

    @cached_property
    def judge(self) -> Judge | None:
        """Who has a second opinion by meaning; None without one."""
        if self.rules_only:
            return None
        return by_meaning.installed(self.content.red_flags.ids())[0]

    @property
    def meaning(self) -> str:
        """The model that gives a second opinion; "" without one."""
        return MEANING if self.judge else ""

    def session(self, *, two_ears: bool = False) -> CallSession:
        """A call that has not begun; `two_ears`: a second one hears as well."""
        ears = wiring.two_ears(self.settings, VoskRecognizers(self.settings.recognizer)) if two_ears else None
        how = replace(
            wiring.session_settings(self.settings, ears), second_opinion=self.judge.thresholds if self.judge else None
        )
        return CallSession(how, self.lines, self.screen)

    def judged(self, session: CallSession, said: list[str], words: str) -> Heard:
        """What became of an utterance: the session's red flag, and what the agent `said` to it."""
        if flag := session.summary.red_flag:
            evidence = tuple(piece.words for piece in flag.evidence)
            return Heard(Verdict.FLAGGED, flag.flag, flag.care_level, evidence=evidence, words=words)
        for sentence in said:
            if asked := self.questions.get(sentence):
                return Heard(Verdict.ASKED, asked.flag, asked.level, asked.id, words=words)
        level = session.summary.care_level
        return Heard(Verdict.PASSED if level is None else Verdict.NURSE, level=level, words=words)

    def with_probability(self, heard: Heard) -> Heard:
        """That the words tell of an emergency, by their meaning, also where nobody would have asked for it."""
        opinion = self.judge.opinion(heard.words) if self.judge and heard.words else None
        return replace(heard, probability=opinion.urgent if opinion else None)


def load(config_path: Path, dialogs: Path, *, rules_only: bool = False) -> LineUnderTest:
    """Raises ContentError for what cannot be read."""
    return LineUnderTest(config.load_dialogs(dialogs), config.load_settings(config_path), rules_only)
