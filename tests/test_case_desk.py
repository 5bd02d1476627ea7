"""Nurses and cases: one has it, the second sees who."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from voice_agent.call.case_work import CaseOutcome, CaseWork, Verdict
from voice_agent.case_desk import LONGEST_NOTE, RACES, CaseDesk
from voice_agent.errors import CallStoreError
from voice_agent.fakes.case_desk import InMemoryCaseDesk

AT = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)


class SlowStore(InMemoryCaseDesk):
    """Lets somebody else go first, as often as it is told to."""

    races_to_lose = 0

    def replace_work(self, work: CaseWork, *, expected_version: int) -> bool:
        if self.races_to_lose:
            self.races_to_lose -= 1
            return False
        return super().replace_work(work, expected_version=expected_version)


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


@pytest.fixture
def desk(store: SlowStore) -> CaseDesk:
    return CaseDesk(store, lambda: AT)


def test_the_second_sees_who_has_the_case(desk: CaseDesk) -> None:
    assert desk.claim("t1", "kim").ok
    second = desk.claim("t1", "lee")
    assert not second.ok
    assert second.work.nurse == "kim"
    assert not desk.close("t1", "lee", CaseOutcome.ADVISED).ok
    assert not desk.release("t1", "lee").ok
    assert desk.take_over("t1", "lee", "kim").work.nurse == "lee"
    assert not desk.take_over("t1", "ann", "kim").ok


def test_of_two_who_claim_at_once_one_is_told_so(desk: CaseDesk) -> None:
    answers = []
    start = threading.Barrier(2)

    def claim(nurse: str) -> None:
        start.wait()
        answers.append(desk.claim("t1", nurse).ok)

    threads = [threading.Thread(target=claim, args=(nurse,)) for nurse in ("kim", "lee")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, True]


def test_a_lost_race_is_tried_again_and_not_for_ever(desk: CaseDesk, store: SlowStore) -> None:
    store.races_to_lose = RACES - 1
    assert desk.note("t1", "kim", "sits").ok
    store.races_to_lose = RACES
    with pytest.raises(CallStoreError, match="try again"):
        desk.note("t1", "kim", "stands")
    assert len(store.load_work("t1").notes) == 1


def test_a_note_has_words_and_an_end(desk: CaseDesk) -> None:
    assert desk.note("t1", "kim", " \n ").work.notes == ()
    assert len(desk.note("t1", "kim", "x" * 9000).work.notes[0].text) == LONGEST_NOTE


def test_a_disagreement_is_on_the_review_list_and_in_the_case(desk: CaseDesk, store: SlowStore) -> None:
    desk.disagree("t1", "kim", Verdict.OVER_TRIAGED, "chest_pain", "a chest\n of tea", "furniture")
    [item] = store.reviews()
    assert (item.phrase, item.flag, item.by, item.at) == ("a chest of tea", "chest_pain", "kim", AT.isoformat())
    assert store.load_work("t1").verdicts == (Verdict.OVER_TRIAGED,)


def test_tries_and_what_was_asked_again_are_kept(desk: CaseDesk, store: SlowStore) -> None:
    desk.tried("t1", "kim", reached=False)
    desk.asked_again("t1", "kim", ("name",), 4)
    work = store.load_work("t1")
    assert [attempt.reached for attempt in work.tries] == [False]
    assert work.asked_again is not None
    assert (work.asked_again.items, work.asked_again.held) == (("name",), 4)
