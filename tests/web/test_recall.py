"""A caller who was cut off and calls again: goes on where it ended, and nothing is told to who shares the telephone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from invented_cases import CHEST_PAIN
from site_on_fakes import CALLER, Site, said, twiml
from werkzeug.test import TestResponse

from voice_agent.call.handoff import CallSummary
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.triage.care_levels import CareLevel

HERS = replace(CHEST_PAIN, call_id="CA1", caller_number=CALLER)
PERSONAL = ("chest", "arm", "Ann", "1961", "heart")


def cut_off(site: Site, summary: CallSummary = HERS, level: CareLevel = CareLevel.EMERGENCY_911) -> Transfer:
    transfer = site.request(level, summary)
    site.twilio("/twilio/status", CallStatus="completed")
    site.clock.pass_time(minutes=4)
    return transfer


def tags(response: TestResponse) -> list[str]:
    return [verb.tag for verb in twiml(response)]


def test_an_emergency_rings_the_nurse_before_anything_is_asked(site: Site) -> None:
    earlier = cut_off(site)
    answer = site.twilio("/twilio/voice", CallSid="CA2")
    assert site.carrier.rung[-1].token != earlier.token
    assert tags(answer) == ["Gather", "Redirect"]
    assert "I am calling a nurse for you now" in said(answer)
    assert not any(word in answer.get_data(as_text=True) for word in PERSONAL)
    again = site.store.transfer_of_call("CA2")
    assert again is not None
    assert (again.earlier, again.care_level) == (earlier.token, CareLevel.EMERGENCY_911)
    assert 'answer="recalled"} 1.0' in site.metrics()


def test_who_knows_the_year_goes_on_where_it_ended(site: Site) -> None:
    earlier = cut_off(site)
    site.twilio("/twilio/voice", CallSid="CA2")
    answer = site.twilio(f"/twilio/recall/{earlier.token}", CallSid="CA2", Digits="1961")
    assert "You called a few minutes ago and said: chest feels tight, left arm." in said(answer)
    assert tags(answer)[-1] == "Redirect"
    assert tags(site.twilio("/twilio/resume", CallSid="CA2"))[-1] == "Dial"
    again = site.store.transfer_of_call("CA2")
    assert again is not None
    whisper = said(site.twilio(f"/twilio/nurse/{again.token}/0/answer", CallSid="CAnurse1"))
    assert "The year of birth agrees" in whisper
    assert "chest feels tight" in whisper


@pytest.mark.parametrize("digits", [{"Digits": "1950"}, {}])
def test_who_does_not_is_told_nothing_and_reaches_the_nurse_all_the_same(site: Site, digits: dict[str, str]) -> None:
    earlier = cut_off(site)
    site.twilio("/twilio/voice", CallSid="CA2")
    answer = site.twilio(f"/twilio/recall/{earlier.token}", CallSid="CA2", **digits)
    assert not any(word in answer.get_data(as_text=True) for word in PERSONAL)
    assert tags(site.twilio("/twilio/resume", CallSid="CA2"))[-1] == "Dial"
    again = site.store.transfer_of_call("CA2")
    assert again is not None
    whisper = said(site.twilio(f"/twilio/nurse/{again.token}/0/answer", CallSid="CAnurse1"))
    assert "Who calls was not checked" in whisper


def test_an_emergency_without_a_known_year_goes_straight_to_the_wait(site: Site) -> None:
    cut_off(site, replace(HERS, learned={}))
    answer = site.twilio("/twilio/voice", CallSid="CA2")
    assert tags(answer) == ["Say", "Say", "Redirect"]
    assert tags(site.twilio("/twilio/resume", CallSid="CA2"))[-1] == "Dial"


def test_what_is_no_emergency_goes_on_only_with_the_year(site: Site) -> None:
    earlier = cut_off(site, level=CareLevel.NURSE_WITHIN_HOUR)
    answer = site.twilio("/twilio/voice", CallSid="CA2")
    assert tags(answer) == ["Gather", "Redirect"]
    assert len(site.carrier.rung) == 1, "nobody is rung yet"
    path = f"/twilio/recall/{earlier.token}"
    assert tags(site.twilio(path, CallSid="CA2"))[0] == "Connect"
    assert len(site.carrier.rung) == 1
    assert "I am connecting you" in said(site.twilio(path, CallSid="CA2", Digits="1961"))
    assert len(site.carrier.rung) == 2


def test_without_a_second_fact_it_is_a_call_like_any_other(site: Site) -> None:
    cut_off(site, replace(HERS, learned={}), CareLevel.NURSE_WITHIN_HOUR)
    assert tags(site.twilio("/twilio/voice", CallSid="CA2"))[0] == "Connect"


def test_after_the_set_time_it_is_a_call_like_any_other(site: Site) -> None:
    cut_off(site)
    assert site.store.case_of_caller(CALLER)
    site.store.remember_caller(CALLER, "elsewhere", 60)
    assert tags(site.twilio("/twilio/voice", CallSid="CA2"))[0] == "Connect"


def test_who_has_been_called_back_is_not_put_through_again(site: Site) -> None:
    earlier = cut_off(site)
    site.store.close_callback(earlier.token)
    assert tags(site.twilio("/twilio/voice", CallSid="CA2"))[0] == "Connect"


@pytest.mark.parametrize("number", ["+15550009", "anonymous"])
def test_another_number_is_another_caller(site: Site, number: str) -> None:
    earlier = cut_off(site)
    assert tags(site.twilio("/twilio/voice", CallSid="CA2", From=number))[0] == "Connect"
    stolen = site.twilio(f"/twilio/recall/{earlier.token}", CallSid="CA2", From=number, Digits="1961")
    assert tags(stolen)[0] == "Connect"
    assert not any(word in stolen.get_data(as_text=True) for word in PERSONAL)


def test_once_she_is_with_a_nurse_nobody_owes_her_a_call(site: Site) -> None:
    cut_off(site)
    site.twilio("/twilio/voice", CallSid="CA2")
    again = site.store.transfer_of_call("CA2")
    assert again is not None
    assert len(site.store.callbacks()) == 1
    leg, room = f"/twilio/nurse/{again.token}/0", f"/twilio/conference/{again.token}"
    site.twilio(f"{leg}/answer", CallSid="CAnurse1")
    site.twilio(f"{leg}/accept", CallSid="CAnurse1", Digits="1")
    site.twilio(room, StatusCallbackEvent="conference-start", CallSid="CAnurse1")
    found = site.store.load_transfer(again.token)
    assert found is not None
    assert found.status is TransferStatus.BRIDGED
    assert site.store.callbacks() == []
