"""Records survive the round trip, and what cannot be read is refused plainly."""

import json

import pytest

from voice_agent.call.handoff import Answer, CallbackTask, CallSummary, Evidence, RedFlagRaised, TurnRecord
from voice_agent.call.transfer import LegStatus, NurseLeg, Transfer, TransferStatus
from voice_agent.errors import CallStoreError
from voice_agent.ports import CallRecord
from voice_agent.records import codec
from voice_agent.triage.care_levels import CareLevel

SUMMARY = CallSummary(
    "CA1",
    caller_number="+15550001",
    started_at="2026-03-02T14:00:00-05:00",
    reason="chest pain",
    care_level=CareLevel.EMERGENCY_911,
    red_flag=RedFlagRaised(
        "chest_pain", "Heart attack", CareLevel.EMERGENCY_911, (Evidence("my chest hurts", 1200, 2100),), 2100, "v1"
    ),
    learned={"name": "Ann Example"},
    answers=(Answer("headache.sudden", "Did it start suddenly?", "yes", 900),),
    turns=(TurnRecord("caller", "my chest hurts", 2100, 0.93), TurnRecord("agent", "Call 911.", 2300, heard=False)),
    actions=("safety_sentence_heard",),
    safety_heard=True,
)
TRANSFER = Transfer(
    "t1",
    "CA1",
    CareLevel.NURSE_NOW,
    ("+1555", "+1556"),
    status=TransferStatus.RINGING,
    attempt=0,
    history=("a",),
    legs=(NurseLeg("+1555", LegStatus.BRIEFING, "CA2", "2026-03-02T14:00:00.000-05:00"),),
    steps=(0, 0),
    callback="why",
)
TASK = CallbackTask("t1", "CA1", "+1555", CareLevel.NURSE_NOW, "nobody", "2026-01-01T00:00:00Z", "2026-01-01T00:15:00Z")


@pytest.mark.parametrize(
    "value", [SUMMARY, TRANSFER, TASK, CallRecord("CA1", "conference", "t1", SUMMARY), CallRecord("CA2", "hang_up")]
)
def test_every_record_survives_the_round_trip(value: object) -> None:
    assert codec.decode(codec.encode(value), type(value)) == value


def test_a_record_of_a_newer_release_is_refused() -> None:
    document = json.loads(codec.encode(TRANSFER)) | {"schema": codec.SCHEMA + 1}
    with pytest.raises(CallStoreError, match="newer release"):
        codec.decode(json.dumps(document).encode(), Transfer)


def test_a_field_that_a_newer_release_added_is_ignored() -> None:
    document = json.loads(codec.encode(TRANSFER))
    document["data"]["favourite_colour"] = "blue"
    assert codec.decode(json.dumps(document).encode(), Transfer) == TRANSFER


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"kind": "Transfer"}', b"\xff\xfe"])
def test_what_is_no_record_is_refused(content: bytes) -> None:
    with pytest.raises(CallStoreError, match="not a record of ours"):
        codec.decode(content, Transfer)


def test_one_kind_is_not_read_as_another() -> None:
    with pytest.raises(CallStoreError, match="a stored CallbackTask stands where a Transfer should be"):
        codec.decode(codec.encode(TASK), Transfer)


def test_the_error_for_a_wrong_field_names_it_and_never_its_value() -> None:
    document = json.loads(codec.encode(SUMMARY))
    document["data"]["care_level"] = "my chest hurts"
    with pytest.raises(CallStoreError) as caught:
        codec.decode(json.dumps(document).encode(), CallSummary)
    assert "care_level" in str(caught.value)
    assert "chest" not in str(caught.value)
    assert caught.value.__cause__ is None
