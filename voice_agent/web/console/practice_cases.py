"""Invented cases for new staff.

Nobody in them exists. Each comes with what a nurse may have done about it, for comparison; they teach the console, not
medicine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from voice_agent.call.case_work import CaseOutcome, CaseWork
from voice_agent.call.handoff import Answer, CallSummary, Evidence, RedFlagRaised, TurnRecord
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.triage.care_levels import CareLevel

NURSES: Final = ("first nurse", "second nurse")
MARK: Final = "practice-"
"""Tokens of practice cases begin with this; tokens of real ones never do."""


@dataclass(frozen=True, slots=True)
class PracticeCase:
    """One invented caller."""

    id: str
    summary: CallSummary
    level: CareLevel
    status: TransferStatus
    waited_s: int
    usual: CaseOutcome
    """A usual outcome."""
    lesson: str
    """What there is to notice."""

    def transfer(self, now: datetime) -> Transfer:
        """As the console sees it, `waited_s` after it was asked for."""
        at = (now - timedelta(seconds=self.waited_s)).isoformat(timespec="seconds")
        return Transfer(MARK + self.id, "", self.level, NURSES, at, self.status, attempt=0)

    def called(self, now: datetime) -> CallSummary:
        """The summary, of a call that began a minute before the nurse was asked for."""
        at = now - timedelta(seconds=self.waited_s + 60)
        return replace(self.summary, started_at=at.isoformat(timespec="seconds"))


def _said(*lines: tuple[str, str, float | None]) -> tuple[TurnRecord, ...]:
    return tuple(TurnRecord(who, text, 4000 * place, sure) for place, (who, text, sure) in enumerate(lines))


CASES: Final = (
    PracticeCase(
        "chest",
        CallSummary(
            "practice",
            "+15550101",
            reason="Possible heart attack",
            care_level=CareLevel.EMERGENCY_911,
            red_flag=RedFlagRaised(
                "chest_pain",
                "Possible heart attack",
                CareLevel.EMERGENCY_911,
                (Evidence("chest feels tight", 8400, 9600), Evidence("left arm", 10_100, 10_800)),
                10_800,
                "practice",
            ),
            learned={"name": "Pat Practice", "symptom": "chest pain"},
            answers=(Answer("chest.onset", "When did it start?", "about twenty minutes ago", 16_000),),
            turns=_said(
                ("agent", "Thank you for calling. How can I help you today?", None),
                ("caller", "my chest feels tight and it goes down my left arm", 0.93),
                ("agent", "This may be an emergency. If you are alone, dial 911. I am calling a nurse.", None),
                ("agent", "When did it start?", None),
                ("caller", "about twenty minutes ago", 0.88),
            ),
            actions=("safety_sentence_heard",),
            safety_heard=True,
        ),
        CareLevel.EMERGENCY_911,
        TransferStatus.RINGING,
        12,
        CaseOutcome.SENT_TO_EMERGENCY,
        "The red flag shows the words that raised it, and that the caller heard the safety advice. The onset is known: "
        "there is no need to ask for it again.",
    ),
    PracticeCase(
        "unsure",
        CallSummary(
            "practice",
            "+15550102",
            reason="bad headache",
            care_level=CareLevel.NURSE_NOW,
            learned={"name": "Robin Rehearsal", "symptom": "headache"},
            answers=(Answer("headache.sudden", "Did it come on suddenly?", "i guess no", 9000),),
            turns=_said(
                ("agent", "How can I help you today?", None),
                ("caller", "i have a bad headache", 0.9),
                ("agent", "Did it come on suddenly?", None),
                ("caller", "i guess no", 0.41),
            ),
            safety_heard=None,
        ),
        CareLevel.NURSE_NOW,
        TransferStatus.RINGING,
        95,
        CaseOutcome.ADVISED,
        "We were 41% sure of the answer: it is dashed and says “please check”. Asking that again is right; mark it "
        "under “Asked again” all the same, so that it is counted.",
    ),
    PracticeCase(
        "refill",
        CallSummary(
            "practice",
            "+15550103",
            reason="Asked for a person",
            care_level=CareLevel.SELF_CARE,
            learned={"name": "Sam Sample"},
            turns=_said(
                ("agent", "How can I help you today?", None),
                ("caller", "i would rather speak to somebody about my bill", 0.8),
            ),
        ),
        CareLevel.SELF_CARE,
        TransferStatus.CALLER_GONE,
        1500,
        CaseOutcome.NOT_CLINICAL,
        "Not everything is clinical. The outcome says so, and the figures count it.",
    ),
    PracticeCase(
        "overtriage",
        CallSummary(
            "practice",
            "+15550104",
            reason="Possible heart attack",
            care_level=CareLevel.EMERGENCY_911,
            red_flag=RedFlagRaised(
                "chest_pain",
                "Possible heart attack",
                CareLevel.EMERGENCY_911,
                (Evidence("pain in the chest", 5200, 6300),),
                6300,
                "practice",
            ),
            learned={"name": "Toni Trial"},
            turns=_said(
                ("agent", "How can I help you today?", None),
                ("caller", "my father had a pain in the chest ten years ago can i get his records", 0.86),
                ("agent", "This may be an emergency. I am calling a nurse.", None),
            ),
            safety_heard=False,
        ),
        CareLevel.EMERGENCY_911,
        TransferStatus.RINGING,
        25,
        CaseOutcome.NOT_CLINICAL,
        "The line was too careful. Say so under “I disagree with the triage”: the words become a proposed test case.",
    ),
)


def find(case_id: str) -> PracticeCase | None:
    """The case with this id."""
    return next((case for case in CASES if case.id == case_id), None)


def work(case: PracticeCase, nurse: str, done: dict[str, str], at: str) -> CaseWork:
    """What the learner did, as far as the session remembers it: `claimed`, `outcome`."""
    has = nurse if done.get("claimed") and not done.get("outcome") else ""
    outcome = CaseOutcome(done["outcome"]) if done.get("outcome") in set(CaseOutcome) else None
    return CaseWork(
        MARK + case.id,
        has,
        at if has else "",
        outcome=outcome,
        outcome_by=nurse if outcome else "",
        outcome_at=at if outcome else "",
    )
