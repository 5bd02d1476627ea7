"""Who has a case, and what is kept of what nurses did."""

from __future__ import annotations

from voice_agent.call import case_work
from voice_agent.call.case_work import AskedAgain, CallbackTry, CaseOutcome, CaseWork, Note, Verdict

AT = "2026-03-02T14:00:00-05:00"
LATER = "2026-03-02T14:05:00-05:00"
NEW = CaseWork("t1")
KIMS = CaseWork("t1", "kim", AT, version=1)


def test_the_first_has_the_case_and_the_second_does_not() -> None:
    assert case_work.claimed(NEW, "kim", AT) == KIMS
    assert case_work.claimed(KIMS, "lee", LATER) is None
    assert case_work.claimed(KIMS, "kim", LATER) == KIMS, "claiming twice changes nothing"


def test_a_released_case_is_free_and_only_its_nurse_releases_it() -> None:
    free = case_work.released(KIMS, "kim")
    assert free == CaseWork("t1", version=2)
    assert case_work.released(KIMS, "lee") is None
    assert case_work.released(NEW, "kim") is None


def test_a_case_is_taken_over_only_from_who_has_it() -> None:
    taken = case_work.taken_over(KIMS, "lee", LATER, from_nurse="kim")
    assert taken == CaseWork("t1", "lee", LATER, version=2)
    assert case_work.taken_over(KIMS, "lee", LATER, from_nurse="ann") is None


def test_an_outcome_frees_the_case_and_nobody_closes_anothers() -> None:
    closed = case_work.closed(KIMS, CaseOutcome.ADVISED, "kim", LATER)
    assert closed is not None
    assert (closed.nurse, closed.outcome, closed.outcome_by, closed.outcome_at) == ("", "advised", "kim", LATER)
    assert case_work.closed(KIMS, CaseOutcome.ADVISED, "lee", LATER) is None
    assert case_work.closed(NEW, CaseOutcome.ADVISED, "lee", LATER) is not None


def test_notes_tries_and_verdicts_are_only_added() -> None:
    work = case_work.noted(KIMS, Note("kim", AT, "spoke with her daughter"))
    work = case_work.noted(work, Note("lee", LATER, "bus stop"))
    work = case_work.tried(work, CallbackTry("kim", LATER, reached=False))
    work = case_work.judged(work, Verdict.OVER_TRIAGED)
    assert [note.by for note in work.notes] == ["kim", "lee"]
    assert (len(work.tries), work.verdicts, work.nurse, work.version) == (1, ("over_triaged",), "kim", 5)


def test_what_was_asked_again_is_what_was_marked_last() -> None:
    work = case_work.asked(KIMS, AskedAgain("kim", AT, ("name", "chest.onset"), 5))
    work = case_work.asked(work, AskedAgain("kim", LATER, ("name",), 5))
    assert work.asked_again == AskedAgain("kim", LATER, ("name",), 5)


def test_what_a_nurse_wrote_is_not_printed() -> None:
    assert "daughter" not in repr(case_work.noted(KIMS, Note("kim", AT, "spoke with her daughter")))
