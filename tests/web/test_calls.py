"""The caller's webhooks: every way a call may go on, and that no failure is heard as silence."""

from __future__ import annotations

from dataclasses import replace
from typing import cast
from xml.etree import ElementTree

import pytest
from invented_cases import CHEST_PAIN
from site_on_fakes import AUTH_TOKEN, CALLER, NURSE_LINE, PUBLIC_URL, Site, said, twiml
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from voice_agent.call.handoff import CallSummary
from voice_agent.call.transfer import Transfer, TransferStatus
from voice_agent.ports import CallRecord
from voice_agent.triage.care_levels import CareLevel

CHEST_PAIN_HERE = replace(CHEST_PAIN, call_id="CA1", caller_number=CALLER)


def verbs(response: TestResponse) -> list[ElementTree.Element]:
    return list(twiml(response))


def goes_to_nurse_line(response: TestResponse) -> bool:
    """Words first, then the number, then words again."""
    tags = [verb.tag for verb in verbs(response)]
    number = twiml(response).findtext("Dial/Number")
    return tags[0] == "Say" and number == NURSE_LINE and "911" in said(response) and tags[-2:] == ["Say", "Hangup"]


def reached(site: Site, transfer: Transfer, status: TransferStatus) -> None:
    """Put the transfer where a test needs it."""
    moved = replace(transfer, status=status, version=transfer.version + 1)
    assert site.store.replace_transfer(moved, expected_version=transfer.version)


def test_an_incoming_call_gets_a_stream(site: Site) -> None:
    connect, redirect = verbs(site.twilio("/twilio/voice"))
    stream = connect[0]
    address = stream.attrib["url"]
    assert address.startswith("wss://phone.clinic.example/twilio/media/")
    assert (redirect.text, redirect.attrib["method"]) == ("/twilio/resume", "POST")
    taken = site.store.take_stream_token(address.rpartition("/")[2])
    assert taken == ("CA1", {"caller_number": CALLER, "started_at": "2026-03-02T19:00:00+00:00", "resumed": "false"})


def test_the_answer_carries_nothing_personal(site: Site) -> None:
    assert CALLER[1:] not in site.twilio("/twilio/voice").get_data(as_text=True)


def test_at_capacity_the_caller_goes_to_the_nurse_line(site: Site) -> None:
    assert site.capacity.acquire()
    assert site.capacity.acquire()
    assert goes_to_nurse_line(site.twilio("/twilio/voice"))
    site.capacity.release()
    assert verbs(site.twilio("/twilio/voice"))[0].tag == "Connect"
    assert 'answer="at_capacity"} 1.0' in site.metrics()


def runs_late(site: Site, late_ms: float) -> None:
    """Live calls report for ten seconds."""
    for _ in range(50):
        site.clock.pass_time(milliseconds=200)
        site.capacity.lateness.report(late_ms)


def test_a_late_server_sends_the_caller_to_the_nurse_line_until_it_has_recovered(site: Site) -> None:
    runs_late(site, 700)
    assert goes_to_nurse_line(site.twilio("/twilio/voice"))
    runs_late(site, 400)
    assert goes_to_nurse_line(site.twilio("/twilio/voice")), "not yet plainly better"
    runs_late(site, 100)
    assert verbs(site.twilio("/twilio/voice"))[0].tag == "Connect"
    assert 'answer="late"} 2.0' in site.metrics()


def test_a_late_server_goes_on_with_the_calls_that_it_has(site: Site) -> None:
    """A lost socket comes back, and its place is taken though the server is late."""
    site.store.save_call(CallRecord("CA1", "reconnect", None, CallSummary("CA1")))
    runs_late(site, 700)
    assert verbs(site.twilio("/twilio/resume"))[0].tag == "Connect"
    assert site.capacity.acquire()


def test_a_draining_server_takes_no_new_call(site: Site) -> None:
    site.capacity.close()
    assert goes_to_nurse_line(site.twilio("/twilio/voice"))


def test_with_a_dependency_down_the_caller_goes_to_the_nurse_line_until_it_is_back(site: Site) -> None:
    site.dialog.trouble = "Rasa at http://127.0.0.1:5005 does not answer; start it"
    site.readiness.refresh()
    assert goes_to_nurse_line(site.twilio("/twilio/voice"))
    site.dialog.trouble = None
    site.readiness.refresh()
    assert verbs(site.twilio("/twilio/voice"))[0].tag == "Connect"


def test_a_store_that_just_went_down_is_noticed_at_once(site: Site) -> None:
    """Between two readiness checks as well."""
    assert site.readiness.ready
    site.store.fail()
    assert goes_to_nurse_line(site.twilio("/twilio/voice"))
    assert goes_to_nurse_line(site.twilio("/twilio/resume"))


@pytest.mark.parametrize("path", ["/twilio/voice", "/twilio/resume"])
def test_a_webhook_without_a_callsid_goes_to_the_nurse_line(site: Site, path: str) -> None:
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + path, {})
    assert goes_to_nurse_line(site.client.post(path, headers={"X-Twilio-Signature": signature}))


def test_a_call_that_we_know_nothing_of_goes_to_the_nurse_line(site: Site) -> None:
    """The socket never opened, or Redis has lost it."""
    assert goes_to_nurse_line(site.twilio("/twilio/resume"))


@pytest.mark.parametrize("step", ["nurse_line", "conference", "something_newer"])
def test_without_a_transfer_the_way_to_a_person_is_the_nurse_line(site: Site, step: str) -> None:
    site.store.save_call(CallRecord("CA1", step))
    assert goes_to_nurse_line(site.twilio("/twilio/resume"))


def test_after_goodbye_the_call_ends(site: Site) -> None:
    site.store.save_call(CallRecord("CA1", "hang_up"))
    assert [verb.tag for verb in verbs(site.twilio("/twilio/resume"))] == ["Hangup"]


def test_a_lost_socket_is_opened_again_a_few_times(site: Site) -> None:
    site.store.save_call(CallRecord("CA1", "reconnect"))
    path = "/twilio/resume"
    for _ in range(3):
        connect, redirect = verbs(site.twilio(path))
        assert connect[0][0].attrib == {"name": "resumed", "value": "true"}
        path = redirect.text or ""
    assert path == "/twilio/resume?reconnects=3"
    assert goes_to_nurse_line(site.twilio(path))


def test_a_server_that_drains_hands_its_calls_on(site: Site) -> None:
    """The socket's address is everybody's: the next server takes the token."""
    site.store.save_call(CallRecord("CA1", "reconnect"))
    site.capacity.close()
    assert verbs(site.twilio("/twilio/resume"))[0].tag == "Connect"


def test_no_stream_is_opened_again_on_a_server_that_is_not_ready(site: Site) -> None:
    site.store.save_call(CallRecord("CA1", "reconnect"))
    site.dialog.trouble = "Rasa does not answer"
    site.readiness.refresh()
    assert goes_to_nurse_line(site.twilio("/twilio/resume"))


def test_a_caller_in_transfer_waits_in_the_conference(site: Site) -> None:
    transfer = site.request()
    site.store.save_call(CallRecord("CA1", "conference", transfer.token))
    *words, ear, dial = verbs(site.twilio("/twilio/resume"))
    conference = dial[0]
    assert [word.tag for word in words] == ["Say", "Say"]
    assert ear.tag == "Start"
    assert ear[0].attrib["url"].startswith("wss://phone.clinic.example/twilio/media/wait/")
    assert ear[0].attrib["track"] == "inbound_track"
    assert conference.text == transfer.conference
    assert dial.attrib["action"] == "/twilio/resume"
    assert conference.attrib["startConferenceOnEnter"] == "false"
    assert conference.attrib["endConferenceOnExit"] == "true"
    assert conference.attrib["jitterBufferSize"] == "small"
    assert conference.attrib["waitUrl"] == f"https://phone.clinic.example/twilio/hold/{transfer.token}?first=1"
    assert dial.attrib["hangupOnStar"] == "true"


def test_a_transfer_outweighs_an_older_reconnect(site: Site) -> None:
    """The socket was lost in the middle of the safety sentence: the nurse is being rung, so no new conversation."""
    site.store.save_call(CallRecord("CA1", "reconnect"))
    site.request()
    assert verbs(site.twilio("/twilio/resume"))[-1].tag == "Dial"


def test_the_hold_loop_speaks_and_comes_again(site: Site) -> None:
    transfer = site.request()
    path = f"/twilio/hold/{transfer.token}"
    answer = site.twilio(path)
    assert [verb.tag for verb in verbs(answer)][-2:] == ["Pause", "Redirect"]
    assert verbs(answer)[-1].text == path
    assert "still calling a nurse" in said(answer)
    assert "911" in said(answer)
    site.twilio(f"/twilio/nurse/{transfer.token}/0/answer", CallSid="CAnurse0")
    assert "A nurse has answered" in said(site.twilio(path))
    site.twilio(f"/twilio/nurse/{transfer.token}/0/accept", CallSid="CAnurse0", Digits="2")
    assert "another nurse" in said(site.twilio(path))


def test_who_waits_without_an_emergency_is_not_told_to_call_911(site: Site) -> None:
    transfer = site.request(CareLevel.CLINIC_SOON)
    assert "911" not in said(site.twilio(f"/twilio/hold/{transfer.token}"))


def test_when_the_store_dies_while_waiting_the_caller_is_taken_to_the_nurse_line(site: Site) -> None:
    transfer = site.request()
    site.store.fail()
    answer = site.twilio(f"/twilio/hold/{transfer.token}")
    assert "stay on the line" in said(answer)
    assert site.carrier.redirected == [("CA1", "/twilio/resume")]
    assert goes_to_nurse_line(site.twilio("/twilio/resume"))


@pytest.mark.parametrize("level", [CareLevel.EMERGENCY_911, CareLevel.NURSE_NOW])
def test_when_nobody_accepts_an_emergency_is_sent_to_911(site: Site, level: CareLevel) -> None:
    reached(site, site.request(level), TransferStatus.UNANSWERED)
    answer = site.twilio("/twilio/resume")
    assert "hang up now and dial 911" in said(answer)
    assert "will call you back" in said(answer)
    assert verbs(answer)[-1].tag == "Hangup"


def test_only_a_red_flag_is_called_one_when_nobody_accepts(site: Site) -> None:
    """A caller whom we merely could not understand is not told that what she said may be an emergency."""
    reached(site, site.request(CareLevel.NURSE_NOW), TransferStatus.UNANSWERED)
    assert "What you told me" not in said(site.twilio("/twilio/resume"))


def test_when_nobody_accepts_others_are_promised_a_callback(site: Site) -> None:
    reached(site, site.request(CareLevel.CLINIC_SOON), TransferStatus.UNANSWERED)
    answer = site.twilio("/twilio/resume")
    assert "will call you back" in said(answer)
    assert "may be an emergency" not in said(answer)


@pytest.mark.parametrize("number", ["anonymous", "", "+266696687"])
def test_no_callback_is_promised_to_a_number_that_we_do_not_see(site: Site, number: str) -> None:
    reached(site, site.request(), TransferStatus.UNANSWERED)
    answer = site.twilio("/twilio/resume", From=number)
    assert "will call you back" not in said(answer)
    assert "I cannot see your number" in said(answer)


def bridge(site: Site, transfer: Transfer) -> None:
    """Through the webhooks: a nurse accepts, and both come into the conference."""
    leg, path = f"/twilio/nurse/{transfer.token}/0", f"/twilio/conference/{transfer.token}"
    site.twilio(f"{leg}/answer", CallSid="CAnurse0")
    site.twilio(f"{leg}/accept", CallSid="CAnurse0", Digits="1")
    site.twilio(path, StatusCallbackEvent="participant-join", CallSid="CA1")
    site.twilio(path, StatusCallbackEvent="participant-join", CallSid="CAnurse0")


def test_a_caller_whose_nurse_is_lost_waits_for_the_next(site: Site) -> None:
    """Twilio asks before the webhook of the nurse's leg has come."""
    transfer = site.request()
    bridge(site, transfer)
    assert verbs(site.twilio("/twilio/resume", DialCallStatus="answered"))[-1].tag == "Dial"
    assert status_of(site, transfer) is TransferStatus.RINGING
    words = said(site.twilio(f"/twilio/hold/{transfer.token}"))
    assert "The line to the nurse was lost" in words
    assert [rung.attempt for rung in site.carrier.rung] == [0, 1]


def test_a_caller_who_hangs_up_after_a_short_talk_makes_nobody_ring(site: Site) -> None:
    """Everything that Twilio tells of it, in its order."""
    transfer = site.request()
    bridge(site, transfer)
    room, leg = f"/twilio/conference/{transfer.token}", f"/twilio/nurse/{transfer.token}/0"
    site.twilio(room, StatusCallbackEvent="participant-leave", CallSid="CA1")
    site.twilio(room, StatusCallbackEvent="participant-leave", CallSid="CAnurse0")
    site.twilio("/twilio/status", CallStatus="completed")
    site.twilio(f"{leg}/left", CallSid="CAnurse0")
    assert status_of(site, transfer) is TransferStatus.DONE
    assert len(site.carrier.rung) == 1
    assert site.store.callbacks() == []


def test_after_a_longer_talk_the_caller_may_stay_or_hang_up(site: Site) -> None:
    transfer = site.request()
    bridge(site, transfer)
    site.clock.pass_time(minutes=4)
    site.twilio("/twilio/resume", DialCallStatus="answered")
    assert "If you have finished, you can hang up now" in said(site.twilio(f"/twilio/hold/{transfer.token}"))
    assert len(site.carrier.rung) == 1
    site.clock.pass_time(seconds=15)
    assert "calling a nurse for you again" in said(site.twilio(f"/twilio/hold/{transfer.token}"))
    assert len(site.carrier.rung) == 2


def test_a_caller_who_hangs_up_in_the_conference_is_gone(site: Site) -> None:
    """Twilio asks the action of a `<Dial>` for a call that has ended as well."""
    transfer = site.request()
    bridge(site, transfer)
    answer = site.twilio("/twilio/resume", DialCallStatus="answered", CallStatus="completed")
    assert [verb.tag for verb in verbs(answer)] == ["Hangup"]
    assert status_of(site, transfer) is TransferStatus.DONE


def waits(site: Site) -> Transfer:
    """A caller in the wait, in the first round."""
    transfer = site.request(summary=CHEST_PAIN_HERE)
    site.store.save_call(CallRecord("CA1", "conference", transfer.token))
    site.twilio(f"/twilio/hold/{transfer.token}?first=1")
    return transfer


def test_the_first_round_reads_back_what_the_nurse_is_told(site: Site) -> None:
    transfer = site.request(summary=CHEST_PAIN_HERE)
    first = said(site.twilio(f"/twilio/hold/{transfer.token}?first=1"))
    assert "I am telling the nurse that you said: chest feels tight, left arm." in first
    assert "star" in first
    later = said(site.twilio(f"/twilio/hold/{transfer.token}"))
    assert "chest feels tight" not in later
    assert "called back instead, say: call me back. Or press the star key" in later


def test_nothing_is_read_back_of_who_only_asked_for_a_person(site: Site) -> None:
    transfer = site.request(summary=CallSummary("CA1", CALLER, reason="Asked for a person"))
    assert "I am telling the nurse" not in said(site.twilio(f"/twilio/hold/{transfer.token}?first=1"))


def test_the_star_key_leads_to_a_menu_and_back(site: Site) -> None:
    transfer = waits(site)
    menu = site.twilio("/twilio/resume", DialCallStatus="answered")
    assert [verb.tag for verb in verbs(menu)] == ["Start", "Gather", "Redirect"]
    assert "To be called back instead, press 2" in said(menu)
    for digits in ({"Digits": "1"}, {}):
        back = site.twilio(f"/twilio/menu/{transfer.token}", **digits)
        conference = twiml(back).find("Dial/Conference")
        assert conference is not None
        assert not conference.attrib["waitUrl"].endswith("first=1")
    assert status_of(site, transfer) is TransferStatus.RINGING
    assert site.carrier.hung_up == []


def test_who_would_rather_be_called_back_is(site: Site) -> None:
    transfer = waits(site)
    site.twilio("/twilio/resume", DialCallStatus="answered")
    answer = site.twilio(f"/twilio/menu/{transfer.token}", Digits="2")
    assert "I have asked a nurse to call you." in said(answer)
    assert "A nurse will call you back at this number by 2:05 PM." in said(answer), "clinic time"
    assert "dial 911" in said(answer), "a red flag"
    assert verbs(answer)[-1].tag == "Hangup"
    assert status_of(site, transfer) is TransferStatus.CALLBACK_CHOSEN
    assert site.carrier.hung_up == ["CAnurse0"]
    task = site.store.callbacks()[0]
    assert (task.token, task.due_at) == (transfer.token, "2026-03-02T19:05:00+00:00"), "the time that was promised"
    site.clock.pass_time(minutes=2)
    assert "call you back at this number by 2:05 PM" in said(site.twilio("/twilio/resume")), "still the same"


def test_nobody_is_called_back_whose_number_is_not_shown(site: Site) -> None:
    transfer = waits(site)
    answer = site.twilio(f"/twilio/menu/{transfer.token}", Digits="2", From="anonymous")
    assert "I cannot see your number" in said(answer)
    assert verbs(answer)[-1].tag == "Dial"
    assert status_of(site, transfer) is TransferStatus.RINGING


def test_who_does_not_agree_is_noted_once(site: Site) -> None:
    transfer = waits(site)
    for _ in range(2):
        answer = site.twilio(f"/twilio/menu/{transfer.token}", Digits="3")
    assert "I will tell the nurse that this is not right" in said(answer)
    summary = site.store.load_summary(transfer.token)
    assert summary is not None
    assert summary.actions.count("caller_says_summary_is_wrong") == 1


def test_a_key_that_comes_too_late_keeps_the_nurse_who_accepted(site: Site) -> None:
    transfer = waits(site)
    site.twilio(f"/twilio/nurse/{transfer.token}/0/answer", CallSid="CAnurse0")
    site.twilio(f"/twilio/nurse/{transfer.token}/0/accept", CallSid="CAnurse0", Digits="1")
    assert verbs(site.twilio(f"/twilio/menu/{transfer.token}", Digits="2"))[-1].tag == "Dial"
    assert site.store.callbacks() == []


def test_a_caller_of_whom_the_store_has_lost_all_is_taken_to_the_nurse_line(site: Site) -> None:
    """Redis was started anew, and empty: nobody is being rung any more."""
    answer = site.twilio("/twilio/hold/lost")
    assert "stay on the line" in said(answer)
    assert site.carrier.redirected == [("CA1", "/twilio/resume")]
    assert goes_to_nurse_line(site.twilio("/twilio/resume"))


def test_a_caller_whose_server_died_on_the_stream_counts_as_waiting_in_the_conference(site: Site) -> None:
    """Else nobody would take her out of the wait when no nurse accepts."""
    transfer = site.request()
    site.store.save_call(CallRecord("CA1", "reconnect", transfer.token))
    site.twilio("/twilio/resume")
    record = site.store.load_call("CA1")
    assert record is not None
    assert record.next_step == "conference"


def test_a_nurse_who_is_first_in_the_conference_waits_for_the_caller(site: Site) -> None:
    """Bridged, but the caller comes from the stream: the safety sentence took longer than the nurse."""
    reached(site, site.request(), TransferStatus.BRIDGED)
    assert verbs(site.twilio("/twilio/resume"))[-1].tag == "Dial"


def test_a_nurse_cut_off_before_the_bridge_costs_the_caller_nothing(site: Site) -> None:
    reached(site, site.request(), TransferStatus.ACCEPTED)
    assert verbs(site.twilio("/twilio/resume", DialCallStatus="answered"))[-1].tag == "Dial"


def test_a_caller_whom_we_thought_gone_gets_the_nurse_line(site: Site) -> None:
    reached(site, site.request(), TransferStatus.CALLER_GONE)
    assert goes_to_nurse_line(site.twilio("/twilio/resume"))


def test_a_caller_who_hangs_up_while_ringing_stops_the_ringing_and_is_owed_a_call(site: Site) -> None:
    transfer = site.request()
    assert site.twilio("/twilio/status", CallStatus="in-progress").status_code == 204
    assert site.carrier.hung_up == []
    for _ in range(2):
        assert site.twilio("/twilio/status", CallStatus="completed").status_code == 204
    assert site.carrier.hung_up == ["CAnurse0"]
    assert [task.token for task in site.store.callbacks()] == [transfer.token]
    assert site.store.callbacks()[0].caller_number == CALLER


def test_a_call_without_a_transfer_ends_quietly(site: Site) -> None:
    assert site.twilio("/twilio/status", CallStatus="completed").status_code == 204
    site.store.fail()
    assert site.twilio("/twilio/status", CallStatus="completed").status_code == 204


def test_the_conference_tells_who_came_and_went(site: Site) -> None:
    transfer = site.request()
    path = f"/twilio/conference/{transfer.token}"
    leg = f"/twilio/nurse/{transfer.token}/0"
    site.twilio(f"{leg}/answer", CallSid="CAnurse0")
    site.twilio(f"{leg}/accept", CallSid="CAnurse0", Digits="1")
    site.twilio(path, StatusCallbackEvent="participant-join", CallSid="CA1")
    assert status_of(site, transfer) is TransferStatus.ACCEPTED
    site.twilio(path, StatusCallbackEvent="participant-join", CallSid="CAnurse0")
    assert status_of(site, transfer) is TransferStatus.BRIDGED
    site.twilio(path, StatusCallbackEvent="participant-join", CallSid="CAnurse0")
    site.twilio(path, StatusCallbackEvent="participant-leave", CallSid="CAnurse0")
    assert status_of(site, transfer) is TransferStatus.RINGING, "a nurse who is lost so soon is replaced"
    assert 'voice_agent_transfers_total{status="bridged"} 1.0' in site.metrics()


def test_a_caller_who_leaves_the_conference_by_hanging_up_is_gone(site: Site) -> None:
    transfer = site.request()
    path = f"/twilio/conference/{transfer.token}"
    moved = "participant_updated_via_api"
    site.twilio(path, StatusCallbackEvent="participant-leave", ReasonParticipantLeft=moved)
    assert status_of(site, transfer) is TransferStatus.RINGING
    site.twilio(path, StatusCallbackEvent="participant-leave", ReasonParticipantLeft="participant_hung_up")
    assert status_of(site, transfer) is TransferStatus.RINGING, "the star key leaves a conference too"
    site.carrier.ended.add("CA1")
    site.twilio(path, StatusCallbackEvent="participant-leave", ReasonParticipantLeft="participant_hung_up")
    assert status_of(site, transfer) is TransferStatus.CALLER_GONE


def test_a_conference_of_no_case_changes_nothing(site: Site) -> None:
    assert site.twilio("/twilio/conference/unknown", StatusCallbackEvent="participant-join").status_code == 204


def test_an_unforeseen_error_is_a_nurse_line_too(site: Site) -> None:
    """Whatever it is; here a status that no release of ours ever wrote."""
    reached(site, site.request(), cast("TransferStatus", "astonished"))
    assert goes_to_nurse_line(site.twilio("/twilio/resume"))
    assert 'voice_agent_webhook_failures_total{code="unexpected"} 1.0' in site.metrics()


def status_of(site: Site, transfer: Transfer) -> TransferStatus:
    found = site.store.load_transfer(transfer.token)
    assert found is not None
    return found.status


def test_the_summary_is_kept_before_anybody_is_rung(site: Site) -> None:
    site.carrier.fail()
    transfer = site.request(summary=CallSummary("CA1", CALLER, reason="chest pain"))
    assert transfer.status is TransferStatus.UNANSWERED
    assert site.store.load_summary(transfer.token) == CallSummary("CA1", CALLER, reason="chest pain")
