"""What is kept of calls for figures: enough to count, nothing to know anybody by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from voice_agent.call.call_figures import CallFigures
from voice_agent.call.handoff import CallSummary, Disposition, Evidence, RedFlagRaised, TurnRecord
from voice_agent.call.measurements import Counted
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.errors import RecordsError, SettingsError
from voice_agent.records.call_facts import KEEP_DAYS, CallFacts
from voice_agent.triage.care_levels import CareLevel

AT = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
CALLER = "+15550001"
FLAG = RedFlagRaised("chest_pain", "Heart attack", CareLevel.EMERGENCY_911, (Evidence("my chest hurts"),), 9000, "v1")
SUMMARY = CallSummary(
    "CA1",
    CALLER,
    AT.isoformat(),
    reason="Heart attack",
    care_level=CareLevel.EMERGENCY_911,
    red_flag=FLAG,
    learned={"name": "Ann Example"},
    turns=(TurnRecord("agent", "How can I help?", 400), TurnRecord("caller", "my chest hurts", 9000, 0.9)),
    disposition=Disposition.NURSE_TRANSFERRED,
)
FIGURES = CallFigures(counts=Counter({Counted.NO_INPUT: 2, Counted.NO_MATCH: 1}), audio_ms=61_400)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'clinic.db'}"


@pytest.fixture
def facts(url: str) -> Iterator[CallFacts]:
    facts = CallFacts(url, "a key")
    yield facts
    facts.close()


def end(facts: CallFacts, call: str, at: datetime, caller: str = CALLER) -> None:
    summary = CallSummary(call, caller, at.isoformat(), disposition=Disposition.SELF_SERVED)
    facts.ended(summary, CallFigures(), at, caller=caller)


def all_of(facts: CallFacts) -> list:  # type: ignore[type-arg]
    return facts.between(AT - timedelta(days=1000), AT + timedelta(days=1000))


def test_one_call_is_one_row_whatever_is_learnt_of_it_in_which_order(facts: CallFacts) -> None:
    transfer = Transfer("t1", "CA1", CareLevel.EMERGENCY_911, ("+15550100",), AT.isoformat())
    facts.transfer_moved(replace(transfer, status=TransferStatus.RINGING), AT)
    facts.rang("CA1", AT, "stream")
    facts.transfer_moved(replace(transfer, status=TransferStatus.ACCEPTED), AT + timedelta(seconds=14))
    facts.ended(replace(SUMMARY, rating=4), FIGURES, AT, caller=CALLER)
    facts.transfer_moved(replace(transfer, status=TransferStatus.DONE), AT + timedelta(seconds=200))
    facts.called_back("CA1", AT + timedelta(minutes=5), AT + timedelta(minutes=3))
    facts.asked_again("CA1", 1, 5, AT)
    [fact] = all_of(facts)
    assert (fact.answer, fact.seconds, fact.turns, fact.no_inputs, fact.no_matches) == ("stream", 61, 1, 2, 1)
    assert (fact.disposition, fact.care_level, fact.transfer_why) == ("nurse_transferred", "911", "red_flag")
    assert (fact.transfer_status, fact.nurse_answer_s, fact.nurse_end_s) == ("done", 14, 200)
    assert fact.callback_due_at == AT + timedelta(minutes=5)
    assert fact.callback_done_at == AT + timedelta(minutes=3)
    assert (fact.asked_again, fact.held, fact.rating, fact.repeated) == (1, 5, 4, False)


def test_a_call_that_went_on_on_another_socket_adds_up(facts: CallFacts) -> None:
    for _ in range(2):
        facts.ended(SUMMARY, FIGURES, AT, caller=CALLER)
    [fact] = all_of(facts)
    assert (fact.seconds, fact.no_inputs, fact.turns) == (122, 4, 1)


def test_the_database_knows_nobody(facts: CallFacts, tmp_path: Path) -> None:
    facts.ended(SUMMARY, FIGURES, AT, caller=CALLER)
    held = (tmp_path / "clinic.db").read_bytes()
    for word in ("CA1", CALLER, CALLER[1:], "Ann", "chest", "Heart"):
        assert word.encode() not in held, word


def test_a_call_after_which_the_caller_rang_again_within_a_week_is_repeated(facts: CallFacts) -> None:
    end(facts, "CA1", AT)
    end(facts, "CA2", AT + timedelta(days=6))
    end(facts, "CA3", AT + timedelta(days=8))
    end(facts, "CA4", AT + timedelta(days=8), caller="+15550002")
    end(facts, "CA5", AT + timedelta(days=8), caller="")
    end(facts, "CA6", AT + timedelta(days=9), caller="")
    assert [fact.repeated for fact in all_of(facts)] == [True, True, False, False, False, False]


def test_earlier_calls_are_found_by_the_number_and_no_longer_after_a_week(facts: CallFacts) -> None:
    end(facts, "CA1", AT)
    end(facts, "CA2", AT + timedelta(days=1), caller="+15550002")
    end(facts, "CA3", AT + timedelta(days=2))
    assert [fact.started_at for fact in facts.earlier(CALLER, "CA3")] == [AT]
    assert facts.earlier("", "CA3") == []
    facts.forget(AT + timedelta(days=8))
    assert facts.earlier(CALLER, "CA3") == []
    assert len(all_of(facts)) == 3


def test_rows_are_deleted_when_their_time_is_over(facts: CallFacts) -> None:
    end(facts, "CA1", AT)
    end(facts, "CA2", AT + timedelta(days=30))
    facts.forget(AT + timedelta(days=KEEP_DAYS + 1))
    assert [fact.started_at for fact in all_of(facts)] == [AT + timedelta(days=30)]


def test_another_key_knows_no_caller_again(facts: CallFacts, url: str) -> None:
    end(facts, "CA1", AT)
    other = CallFacts(url, "another key")
    assert other.earlier(CALLER, "CA2") == []
    other.close()


@pytest.mark.parametrize(
    ("summary", "why"),
    [
        (SUMMARY, "red_flag"),
        (CallSummary("CA2", reason="Asked for a person", care_level=CareLevel.SELF_CARE), "asked"),
        (CallSummary("CA2", reason="fever for days", care_level=CareLevel.NURSE_WITHIN_HOUR), "symptom"),
        (CallSummary("CA2", reason="not understood", care_level=CareLevel.SELF_CARE), "other"),
        (CallSummary("CA2"), None),
    ],
)
def test_why_a_person_was_wanted_is_one_of_four_words(facts: CallFacts, summary: CallSummary, why: str | None) -> None:
    facts.ended(summary, FIGURES, AT, caller="")
    assert [fact.transfer_why for fact in all_of(facts)] == [why]


def test_a_database_that_fails_costs_a_figure_and_no_call(tmp_path: Path) -> None:
    facts = CallFacts(f"sqlite:///{tmp_path / 'no such folder' / 'clinic.db'}", "a key")
    with capture_logs() as logs:
        facts.rang("CA1", AT, "stream")
    assert [entry["event"] for entry in logs] == ["call_fact_not_kept"]
    with pytest.raises(RecordsError, match="check DATABASE_URL"):
        facts.between(AT, AT)
    facts.close()


def test_an_address_that_is_none_is_said_at_start() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        CallFacts("nonsense", "a key")


def test_a_rating_that_was_given_is_not_lost_when_the_call_goes_on_without_one(facts: CallFacts) -> None:
    facts.ended(replace(SUMMARY, rating=2), FIGURES, AT, caller=CALLER)
    facts.ended(SUMMARY, FIGURES, AT, caller=CALLER)
    [fact] = all_of(facts)
    assert fact.rating == 2


def test_the_language_is_the_callers_where_it_is_known_else_that_of_the_line(tmp_path: Path) -> None:
    facts = CallFacts(f"sqlite:///{tmp_path / 'spanish.db'}", "key", language="es")
    facts.ended(SUMMARY, FIGURES, AT, caller=CALLER)
    facts.rang("CA2", AT, "stream")
    facts.ended(replace(SUMMARY, call_id="CA2", learned={"language": "ht"}), FIGURES, AT, caller="")
    assert sorted(fact.language for fact in all_of(facts)) == ["es", "ht"]
    facts.close()
