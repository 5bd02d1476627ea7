"""REST: what the twilio client relies on, and Twilio's refusals."""

from __future__ import annotations

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

CALLS = "/2010-04-01/Accounts/{account}/Calls"


def client(stage, token: str = "") -> Client:
    client = Client(stage.twin.settings.account_sid, token or stage.twin.settings.auth_token)
    client.api.base_url = stage.twin.url
    return client


def test_a_call_is_created_fetched_and_ended(stage) -> None:
    stage.twin.install("+15550100001", lambda: stage.phone(ring=stage.Ring(answers_after_s=0.1)))
    twilio = client(stage)
    call = twilio.calls.create(
        to="+15550100001", from_="+15550100000", twiml="<Response><Pause length='20'/></Response>"
    )
    assert (call.to, call.direction, call.account_sid) == (
        "+15550100001", "outbound-api", stage.twin.settings.account_sid,
    )  # fmt: skip
    leg = stage.twin.leg(call.sid)
    assert leg.answered.wait(3)
    assert twilio.calls(call.sid).fetch().status == "in-progress"
    twilio.calls(call.sid).update(status="completed")
    assert leg.join(2)
    ended = twilio.calls(call.sid).fetch()
    assert (ended.status, ended.duration) == ("completed", "1")
    assert ended.end_time is not None
    with pytest.raises(TwilioRestException) as again:
        twilio.calls(call.sid).update(twiml="<Response/>")
    assert (again.value.status, again.value.code) == (400, 21220)


def test_the_account_can_be_read(stage) -> None:
    assert client(stage).api.v2010.accounts(stage.twin.settings.account_sid).fetch().status == "active"


def test_a_wrong_token_is_refused(stage) -> None:
    with pytest.raises(TwilioRestException) as caught:
        client(stage, "wrong").calls("CA1").fetch()
    assert (caught.value.status, caught.value.code) == (401, 20003)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": "+15550100000", "Url": "http://a.example/x"}, 21201),
        ({"To": "+15550100001", "Url": "http://a.example/x"}, 21213),
        ({"To": "nurse", "From": "+15550100000", "Url": "http://a.example/x"}, 21211),
        ({"To": "+15550100001", "From": "nurse", "Url": "http://a.example/x"}, 21212),
        ({"To": "+15550100001", "From": "+15550100000"}, 21205),
        ({"To": "+15550100001", "From": "+15550100000", "Url": "/relative"}, 21205),
        ({"To": "+15550100001", "From": "+15550100000", "Url": "http://a.example/x", "Timeout": "soon"}, 21216),
        ({"To": "+15550100001", "From": "+15550100000", "Url": "http://a.example/x", "Method": "PUT"}, 21207),
        ({"To": "+15550100001", "From": "+15550100000", "Twiml": "x" * 4001}, 21218),
        (
            {
                "To": "+15550100001", "From": "+15550100000", "Url": "http://a.example/x",
                "StatusCallback": "ftp://a.example/x",
            },
            21609,
        ),
    ],
)  # fmt: skip
def test_refusals_in_twilios_form(stage, form: dict[str, str], code: int) -> None:
    settings = stage.twin.settings
    answer = requests.post(
        stage.twin.url + CALLS.format(account=settings.account_sid) + ".json",
        data=form,
        auth=(settings.account_sid, settings.auth_token),
        timeout=5,
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert stage.twin.legs() == []


def test_unknown_things_are_not_found(stage) -> None:
    settings = stage.twin.settings
    auth = (settings.account_sid, settings.auth_token)
    for path in (CALLS.format(account=settings.account_sid) + "/CA1.json", "/2010-04-01/nowhere"):
        answer = requests.get(stage.twin.url + path, auth=auth, timeout=5)
        assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    other = requests.get(stage.twin.url + CALLS.format(account="ACother") + "/CA1.json", auth=auth, timeout=5)
    assert other.status_code == 404


def test_our_own_carrier_works_against_the_twin(stage) -> None:
    from voice_agent.telephony.carrier import TwilioCarrier, TwilioSettings

    settings = stage.twin.settings
    carrier = TwilioCarrier(
        TwilioSettings(
            account_sid=settings.account_sid,
            auth_token=settings.auth_token,
            from_number="+15550100100",
            public_url=stage.server.url,
            base_url=stage.twin.url,
        )
    )
    assert carrier.check() is None
    stage.twin.install("+15550100001", lambda: stage.phone(ring=stage.Ring(answers_after_s=None)))
    sid = carrier.ring_nurse("+15550100001", "token", 0)
    assert stage.twin.leg(sid).called == "+15550100001"
    carrier.hang_up(sid)
    assert stage.twin.leg(sid).join(2)
    carrier.hang_up(sid)  # twice is no error
