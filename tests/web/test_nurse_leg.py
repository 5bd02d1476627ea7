"""The nurse's webhooks: briefed, asked, joined, and never left with silence."""

from __future__ import annotations

import pytest
from site_on_fakes import CALLER, NURSES, Site, said, twiml
from werkzeug.test import TestResponse

from voice_agent.call.handoff import CallSummary, Evidence, RedFlagRaised
from voice_agent.call.transfer import NurseLeg, Transfer, TransferStatus
from voice_agent.ports import CallRecord
from voice_agent.triage.care_levels import CareLevel

SUMMARY = CallSummary(
    "CA1",
    CALLER,
    care_level=CareLevel.EMERGENCY_911,
    red_flag=RedFlagRaised(
        "chest_pain", "Heart attack", CareLevel.EMERGENCY_911, (Evidence("my chest hurts"),), 9000, "v1"
    ),
    safety_heard=True,
)


@pytest.fixture
def transfer(site: Site) -> Transfer:
    return site.request(summary=SUMMARY)


RINGING = Transfer(
    "t9", "CA9", CareLevel.NURSE_NOW, NURSES, status=TransferStatus.RINGING, attempt=0, legs=(NurseLeg(NURSES[0]),)
)


def leg(transfer: Transfer, attempt: int, what: str) -> str:
    return f"/twilio/nurse/{transfer.token}/{attempt}/{what}"


def tags(response: TestResponse) -> list[str]:
    return [verb.tag for verb in twiml(response)]


def stands(site: Site, transfer: Transfer) -> tuple[TransferStatus, int]:
    found = site.store.load_transfer(transfer.token)
    assert found is not None
    return found.status, found.attempt


def test_the_whisper_tells_the_case_and_asks_for_a_key(site: Site, transfer: Transfer) -> None:
    answer = site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    assert tags(answer) == ["Gather", "Gather", "Redirect"]
    first = twiml(answer)[0]
    assert first.attrib["numDigits"] == "1"
    assert first.attrib["action"] == leg(transfer, 0, "accept")
    assert "Heart attack" in said(answer)
    assert "my chest hurts" in said(answer)
    assert "Press 1 to take the call." in said(answer)


def test_1_joins_the_nurse_with_the_caller(site: Site, transfer: Transfer) -> None:
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    answer = site.twilio(leg(transfer, 0, "accept"), CallSid="CAnurse0", Digits="1")
    conference = twiml(answer).find("Dial/Conference")
    assert conference is not None
    assert conference.text == transfer.conference
    assert conference.attrib["startConferenceOnEnter"] == "true"
    assert conference.attrib["endConferenceOnExit"] == "true"
    assert stands(site, transfer) == (TransferStatus.ACCEPTED, 0)


@pytest.mark.parametrize(("digits", "why"), [({"Digits": "2"}, "0:refused"), ({}, "0:no_answer")])
def test_2_or_no_key_at_all_rings_the_next_nurse(
    site: Site, transfer: Transfer, digits: dict[str, str], why: str
) -> None:
    """No key: an answering machine, or a nurse who put the phone aside."""
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    assert tags(site.twilio(leg(transfer, 0, "accept"), CallSid="CAnurse0", **digits))[-1] == "Hangup"
    assert stands(site, transfer) == (TransferStatus.RINGING, 1)
    assert [rung.number for rung in site.carrier.rung] == list(NURSES)
    found = site.store.load_transfer(transfer.token)
    assert found is not None
    assert why in found.history


@pytest.mark.parametrize("digit", ["3", "9", "#"])
def test_3_or_a_wrong_key_says_it_again(site: Site, transfer: Transfer, digit: str) -> None:
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    assert "Heart attack" in said(site.twilio(leg(transfer, 0, "accept"), CallSid="CAnurse0", Digits=digit))
    assert stands(site, transfer) == (TransferStatus.BRIEFING, 0)


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled"])
def test_a_nurse_who_cannot_be_reached_is_passed_over(site: Site, transfer: Transfer, status: str) -> None:
    for _ in range(2):
        assert site.twilio(leg(transfer, 0, "status"), CallSid="CAnurse0", CallStatus=status).status_code == 204
    assert stands(site, transfer) == (TransferStatus.RINGING, 1)


def test_a_nurse_who_hangs_up_during_the_whisper_is_passed_over(site: Site, transfer: Transfer) -> None:
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    site.twilio(leg(transfer, 0, "status"), CallSid="CAnurse0", CallStatus="completed")
    assert stands(site, transfer) == (TransferStatus.RINGING, 1)


def bridge(site: Site, transfer: Transfer) -> None:
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    site.twilio(leg(transfer, 0, "accept"), CallSid="CAnurse0", Digits="1")
    path = f"/twilio/conference/{transfer.token}"
    site.twilio(path, StatusCallbackEvent="participant-join", CallSid="CA1")
    site.twilio(path, StatusCallbackEvent="participant-join", CallSid="CAnurse0")
    assert stands(site, transfer) == (TransferStatus.BRIDGED, 0)


def test_a_nurse_whose_line_is_lost_at_once_is_replaced(site: Site, transfer: Transfer) -> None:
    bridge(site, transfer)
    for _ in range(2):
        site.twilio(leg(transfer, 0, "status"), CallSid="CAnurse0", CallStatus="completed")
    assert stands(site, transfer) == (TransferStatus.RINGING, 1)
    assert len(site.carrier.rung) == 2


def test_after_a_talk_the_nurse_hears_that_the_caller_has_left(site: Site, transfer: Transfer) -> None:
    bridge(site, transfer)
    site.twilio("/twilio/status", CallStatus="completed")
    assert "The caller has left the call" in said(site.twilio(leg(transfer, 0, "left"), CallSid="CAnurse0"))
    assert stands(site, transfer) == (TransferStatus.DONE, 0)


def test_a_nurse_who_is_put_out_by_the_callers_end_makes_nobody_ring(site: Site, transfer: Transfer) -> None:
    """Her leg may ask how it goes on before the carrier tells that the caller's has ended."""
    bridge(site, transfer)
    site.twilio(leg(transfer, 0, "left"), CallSid="CAnurse0", CallStatus="in-progress")
    assert stands(site, transfer) == (TransferStatus.HOLDING, 0)
    site.twilio("/twilio/status", CallStatus="completed")
    assert stands(site, transfer) == (TransferStatus.DONE, 0)
    assert len(site.carrier.rung) == 1


def test_a_nurse_who_hung_up_herself_is_replaced_at_once(site: Site, transfer: Transfer) -> None:
    """The end of a `<Dial>` is told even when its own leg has ended."""
    bridge(site, transfer)
    site.twilio(leg(transfer, 0, "left"), CallSid="CAnurse0", CallStatus="completed")
    assert stands(site, transfer) == (TransferStatus.RINGING, 1)


def test_a_nurse_who_is_put_out_by_the_star_key_of_the_caller_comes_back(site: Site, transfer: Transfer) -> None:
    """She was first in the conference; the caller's stepping out ended it."""
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    site.twilio(leg(transfer, 0, "accept"), CallSid="CAnurse0", Digits="1")
    path = f"/twilio/conference/{transfer.token}"
    site.twilio(path, StatusCallbackEvent="participant-join", CallSid="CAnurse0")
    site.twilio(path, StatusCallbackEvent="participant-leave", CallSid="CAnurse0")
    assert tags(site.twilio(leg(transfer, 0, "left"), CallSid="CAnurse0")) == ["Dial"]
    assert stands(site, transfer) == (TransferStatus.ACCEPTED, 0)


def test_a_nurse_who_is_first_in_the_conference_is_told_to_wait(site: Site, transfer: Transfer) -> None:
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    joins = site.twilio(leg(transfer, 0, "accept"), CallSid="CAnurse0", Digits="1")
    conference = twiml(joins).find("Dial/Conference")
    assert conference is not None
    assert conference.attrib["waitUrl"].endswith(leg(transfer, 0, "wait"))
    assert "still hearing the safety advice" in said(site.twilio(leg(transfer, 0, "wait"), CallSid="CAnurse0"))
    site.twilio("/twilio/status", CallStatus="completed")
    site.carrier.redirected.clear()
    site.twilio(leg(transfer, 0, "wait"), CallSid="CAnurse0")
    assert site.carrier.redirected == [("CAnurse0", leg(transfer, 0, "over"))], "a wait cannot end a call by itself"
    assert "The caller has hung up" in said(site.twilio(leg(transfer, 0, "over"), CallSid="CAnurse0"))


def test_a_nurse_whose_acceptance_was_not_kept_counts_once_she_waits(site: Site, transfer: Transfer) -> None:
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    assert "still hearing the safety advice" in said(site.twilio(leg(transfer, 0, "wait"), CallSid="CAnurse0"))
    assert stands(site, transfer) == (TransferStatus.ACCEPTED, 0)


def test_a_nurse_waits_on_while_nobody_can_say_how_the_case_stands(site: Site, transfer: Transfer) -> None:
    site.store.fail()
    waits = site.twilio(leg(transfer, 0, "wait"), CallSid="CAnurse0")
    assert "still hearing the safety advice" in said(waits)
    assert tags(waits)[-1] == "Redirect"


@pytest.mark.parametrize("answered_by", ["machine_start", "machine_end_beep", "fax"])
def test_a_machine_is_told_nothing_of_the_case(site: Site, transfer: Transfer, answered_by: str) -> None:
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    told = site.twilio(leg(transfer, 0, "answered-by"), CallSid="CAnurse0", AnsweredBy=answered_by)
    assert told.status_code == 204
    assert site.carrier.redirected == [("CAnurse0", leg(transfer, 0, "machine"))]
    words = site.twilio(leg(transfer, 0, "machine"), CallSid="CAnurse0")
    assert "press 1" in said(words)
    assert "Heart attack" not in said(words)
    assert stands(site, transfer) == (TransferStatus.RINGING, 1)
    joined = site.twilio(leg(transfer, 0, "accept"), CallSid="CAnurse0", Digits="1")
    assert twiml(joined).findtext("Dial/Conference") == transfer.conference
    assert site.carrier.hung_up == ["CAnurse1"]


def test_a_machine_that_is_known_at_once_hears_no_whisper(site: Site, transfer: Transfer) -> None:
    answer = site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0", AnsweredBy="machine_start")
    assert "Heart attack" not in said(answer)
    assert "press 1" in said(answer)


@pytest.mark.parametrize("answered_by", ["human", "unknown"])
def test_a_person_is_briefed_on(site: Site, transfer: Transfer, answered_by: str) -> None:
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    site.twilio(leg(transfer, 0, "answered-by"), CallSid="CAnurse0", AnsweredBy=answered_by)
    assert stands(site, transfer) == (TransferStatus.BRIEFING, 0)


def test_who_is_not_needed_any_more_is_told_why(site: Site, transfer: Transfer) -> None:
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    site.twilio("/twilio/menu/" + transfer.token, Digits="2")
    assert "asked to be called back" in said(site.twilio(leg(transfer, 0, "over"), CallSid="CAnurse0"))


def test_a_nurse_hears_that_the_caller_does_not_agree(site: Site, transfer: Transfer) -> None:
    site.twilio("/twilio/menu/" + transfer.token, Digits="3")
    answer = site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    assert "The caller says that what I understood is not right. Red flag: Heart attack" in said(answer)


def test_a_nurse_who_hangs_up_after_a_longer_talk_is_done_when_the_caller_is(site: Site, transfer: Transfer) -> None:
    bridge(site, transfer)
    site.clock.pass_time(minutes=3)
    site.twilio(leg(transfer, 0, "status"), CallSid="CAnurse0", CallStatus="completed")
    assert stands(site, transfer) == (TransferStatus.HOLDING, 0)
    site.twilio("/twilio/status", CallStatus="completed")
    assert stands(site, transfer) == (TransferStatus.DONE, 0)
    assert len(site.carrier.rung) == 1
    assert site.store.callbacks() == []


def test_when_nobody_accepts_the_waiting_caller_is_fetched_and_owed_a_call(site: Site, transfer: Transfer) -> None:
    site.store.save_call(CallRecord("CA1", "conference", transfer.token))
    for attempt in range(len(NURSES)):
        site.twilio(leg(transfer, attempt, "status"), CallSid=f"CAnurse{attempt}", CallStatus="no-answer")
    assert stands(site, transfer)[0] is TransferStatus.UNANSWERED
    assert site.carrier.redirected == [("CA1", "/twilio/resume")]
    (task,) = site.store.callbacks()
    assert task.reason == "Heart attack: nobody accepted"


def test_a_nurse_who_picks_up_too_late_is_told_so(site: Site, transfer: Transfer) -> None:
    site.twilio(leg(transfer, 0, "status"), CallSid="CAnurse0", CallStatus="no-answer")
    answer = site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    assert "Somebody else" in said(answer)
    assert "Heart attack" not in said(answer)
    late = site.twilio(leg(transfer, 0, "accept"), CallSid="CAnurse0", Digits="1")
    assert tags(late) == ["Say", "Say", "Hangup"]
    assert stands(site, transfer) == (TransferStatus.RINGING, 1)


def test_a_nurse_whose_caller_is_gone_is_told_so(site: Site, transfer: Transfer) -> None:
    site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    site.twilio("/twilio/status", CallStatus="completed")
    answer = site.twilio(leg(transfer, 0, "accept"), CallSid="CAnurse0", Digits="1")
    assert "The caller has hung up" in said(answer)


def test_an_unknown_case_is_nothing_to_a_nurse(site: Site) -> None:
    assert tags(site.twilio("/twilio/nurse/unknown/0/answer"))[-1] == "Hangup"
    assert site.twilio("/twilio/nurse/unknown/0/status", CallStatus="completed").status_code == 204


def test_with_the_store_down_a_nurse_still_comes_to_the_caller(site: Site, transfer: Transfer) -> None:
    site.store.fail()
    answer = site.twilio(leg(transfer, 0, "answer"), CallSid="CAnurse0")
    assert "cannot read the summary" in said(answer)
    joined = site.twilio(leg(transfer, 0, "accept"), CallSid="CAnurse0", Digits="1")
    assert twiml(joined).findtext("Dial/Conference") == transfer.conference


def test_a_summary_that_is_gone_does_not_keep_the_nurse(site: Site) -> None:
    """Its time to live may be shorter than the transfer's."""
    site.store.create_transfer(
        Transfer(
            "t9",
            "CA9",
            CareLevel.NURSE_NOW,
            NURSES,
            status=TransferStatus.RINGING,
            attempt=0,
            legs=(NurseLeg(NURSES[0]),),
        )
    )
    answer = site.twilio("/twilio/nurse/t9/0/answer", CallSid="CAnurse0")
    assert "A caller is waiting for a nurse" in said(answer)


def test_the_first_word_of_the_leg_gives_its_callsid(site: Site) -> None:
    """The carrier's answer to our order may come later than its first webhook, or never."""
    site.store.create_transfer(
        Transfer(
            "t9",
            "CA9",
            CareLevel.NURSE_NOW,
            NURSES,
            status=TransferStatus.RINGING,
            attempt=0,
            legs=(NurseLeg(NURSES[0]),),
        )
    )
    site.twilio("/twilio/nurse/t9/0/status", CallSid="CAlate", CallStatus="ringing")
    found = site.store.load_transfer("t9")
    assert found is not None
    assert found.nurse_call_id == "CAlate"
