"""Hand-made outcomes for the tests of the evaluation, written short."""

from __future__ import annotations

from datetime import UTC, datetime

from voice_agent.evaluation import calibration, report, stress
from voice_agent.evaluation.cases import Need, Sentence, StressCase
from voice_agent.evaluation.outcomes import Called, Ending, Heard, Judged, Spoken, Verdict
from voice_agent.evaluation.report import Report
from voice_agent.triage.care_levels import CareLevel

NOW = CareLevel.NURSE_NOW
URGENT = CareLevel.EMERGENCY_911
FLAGGED, ASKED, PASSED = Verdict.FLAGGED, Verdict.ASKED, Verdict.PASSED


def heard(
    verdict: Verdict, level: CareLevel | None = None, flag: str | None = "stroke", p: float | None = None
) -> Heard:
    """What the line made of some words."""
    return Heard(verdict, flag if verdict in {FLAGGED, ASKED} else None, level, probability=p)


def judged(
    text: str,
    verdict: Verdict,
    *,
    flag: str | None = "stroke",
    needs: CareLevel | None = URGENT,
    given: CareLevel | None = URGENT,
    wording: str = "lay",
    voice: str = "",
    p: float | None = None,
) -> Judged:
    """A sentence and what became of it; `flag` None: harmless."""
    sentence = Sentence(text, flag, needs if flag else None, wording)
    outcome = heard(verdict, given if verdict is FLAGGED else None, flag or "stroke", p)
    return Judged(sentence, outcome, Spoken(voice, "pink") if voice else None)


def called(need: Need, ending: Ending, kind: str = "vignette", case: str = "v1") -> Called:
    """A whole call."""
    return Called(case, kind, None, need.levels, ending, ("headache.sudden",), None, "A headache")


def stressed(kind: str, plain: Heard, inside: Heard, base: str = "my face droops") -> stress.Stressed:
    """One emergency in one fragment."""
    return stress.Stressed(StressCase(base, "stroke", URGENT, kind, 1, f"well {base}"), plain, inside)


SOME = (
    judged("my face droops", FLAGGED, p=0.9),
    judged("i talk funny", ASKED, wording="elderly", p=0.7),
    judged("the left is gone | away", PASSED, p=0.3),
    judged("i see no way on", FLAGGED, flag="suicide", needs=NOW, given=NOW, p=0.8),
    judged("what are your hours", PASSED, flag=None, wording="hours", p=0.05),
    judged("this <b>traffic</b> kills me", FLAGGED, flag=None, wording="crisis_idiom", p=0.6),
)
OVER_THE_LINE = (
    judged("my face droops", FLAGGED, voice="flite:slt"),
    judged("my face droops", PASSED, voice="espeak:en-us"),
    judged("what are your hours", PASSED, flag=None, wording="hours", voice="flite:slt"),
)


def made() -> Report:
    """A report with everything in it."""
    case = StressCase("my face droops", "stroke", URGENT, "relative", 1, "my face droops but he says it is nothing")
    told = stress.judged([case], {case.base: heard(FLAGGED, URGENT), case.text: heard(ASKED)})
    calibrated = calibration.of(SOME)
    assert calibrated
    return report.make(
        "2026.11-1",
        "MiniLM",
        12.34,
        [
            report.of_sentences("locked", "written", "as text", SOME),
            report.of_sentences("locked", "spoken", "three renditions", OVER_THE_LINE),
        ],
        calls=report.of_calls(
            [
                called(Need.EMERGENCY, Ending.EMERGENCY),
                called(Need.EMERGENCY, Ending.SELF_CARE, "hidden", "infant_fever.1"),
                called(Need.SEEN_SOON, Ending.ANSWERED, case="v2"),
            ]
        ),
        stress=report.of_stress(told),
        calibration={"locked": calibrated},
        now=datetime(2026, 11, 27, tzinfo=UTC),
    )
