"""Twilio's REST interface: what we send, and what its refusals become."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from redis_server import free_port
from rest_stand_in import RestStandIn

from voice_agent.errors import CarrierError
from voice_agent.telephony.carrier import CHECK_EVERY_S, TwilioCarrier, TwilioSettings


@pytest.fixture
def rest() -> Iterator[RestStandIn]:
    with RestStandIn() as rest:
        yield rest


def settings(address: str, timeout_s: float = 5) -> TwilioSettings:
    return TwilioSettings(
        "AC1", "secret", "+15550999", "https://phone.clinic.example/", address, ring_seconds=25, timeout_s=timeout_s
    )


@pytest.fixture
def carrier(rest: RestStandIn) -> TwilioCarrier:
    return TwilioCarrier(settings(rest.address))


def refusal(status: int, code: int, message: str) -> tuple[int, str]:
    return status, json.dumps({"status": status, "code": code, "message": message})


def test_a_nurse_leg_carries_the_token_and_nothing_else_of_the_case(carrier: TwilioCarrier, rest: RestStandIn) -> None:
    call_id = carrier.ring_nurse("+15550100", "opaque", 1)
    (asked,) = rest.asked
    assert call_id == "CA00000000000000000000000000000001"
    assert (asked.method, asked.path) == ("POST", "/2010-04-01/Accounts/AC1/Calls.json")
    assert asked.user == "AC1:secret"
    assert asked.form == {
        "To": ["+15550100"],
        "From": ["+15550999"],
        "Url": ["https://phone.clinic.example/twilio/nurse/opaque/1/answer"],
        "Method": ["POST"],
        "StatusCallback": ["https://phone.clinic.example/twilio/nurse/opaque/1/status"],
        "StatusCallbackMethod": ["POST"],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": ["25"],
    }


def test_a_redirect_names_an_address_of_ours(carrier: TwilioCarrier, rest: RestStandIn) -> None:
    carrier.redirect("CA7", "/twilio/resume")
    assert rest.asked[0].path == "/2010-04-01/Accounts/AC1/Calls/CA7.json"
    assert rest.asked[0].form == {"Url": ["https://phone.clinic.example/twilio/resume"], "Method": ["POST"]}


def test_hanging_up_completes_the_call(carrier: TwilioCarrier, rest: RestStandIn) -> None:
    carrier.hang_up("CA7")
    assert rest.asked[0].form == {"Status": ["completed"]}


@pytest.mark.parametrize(("status", "code"), [(404, 20404), (400, 21220)])
def test_hanging_up_a_call_that_is_over_is_no_error(
    carrier: TwilioCarrier, rest: RestStandIn, status: int, code: int
) -> None:
    rest.answer_all(*refusal(status, code, "The call is not in progress"))
    carrier.hang_up("CA7")
    with pytest.raises(CarrierError):
        carrier.redirect("CA7", "/twilio/resume")


def test_a_refusal_names_twilios_code_and_never_the_number(carrier: TwilioCarrier, rest: RestStandIn) -> None:
    rest.answer_all(*refusal(400, 21211, "The 'To' number +15550100 is not a valid phone number"))
    with pytest.raises(CarrierError, match=r"status 400 \(https://www.twilio.com/docs/errors/21211\)") as caught:
        carrier.ring_nurse("+15550100", "opaque", 0)
    assert "5550100" not in str(caught.value)


def test_wrong_credentials_say_which_settings_to_check(carrier: TwilioCarrier, rest: RestStandIn) -> None:
    rest.answer_all(*refusal(401, 20003, "Authenticate"))
    assert "TWILIO_AUTH_TOKEN" in (carrier.check() or "")
    assert "secret" not in (carrier.check() or "")


def test_a_carrier_that_is_not_there_is_said_in_one_sentence() -> None:
    problem = TwilioCarrier(settings(f"http://127.0.0.1:{free_port()}")).check()
    assert problem is not None
    assert "does not answer (ConnectionError)" in problem


def test_a_carrier_that_hangs_is_given_up(rest: RestStandIn) -> None:
    rest.delay.clear()
    with pytest.raises(CarrierError, match="Timeout"):
        TwilioCarrier(settings(rest.address, timeout_s=0.2)).ring_nurse("+15550100", "opaque", 0)


@pytest.mark.parametrize("answer", ["", "<html>", "[]", "{}"])
def test_an_answer_that_cannot_be_read_is_an_error_of_the_carrier(
    carrier: TwilioCarrier, rest: RestStandIn, answer: str
) -> None:
    """A proxy's error page, say."""
    rest.answer_all(200, answer)
    with pytest.raises(CarrierError):
        carrier.ring_nurse("+15550100", "opaque", 0)


def test_a_good_check_is_trusted_for_a_minute_and_a_bad_one_not(rest: RestStandIn) -> None:
    at = [0.0]
    carrier = TwilioCarrier(settings(rest.address), clock=lambda: at[0])
    for _ in range(5):
        assert carrier.check() is None
    assert len(rest.asked) == 1
    at[0] = CHECK_EVERY_S + 1
    rest.answer_all(503, "{}")
    assert carrier.check()
    assert carrier.check()
    assert len(rest.asked) == 3


def test_two_threads_are_never_given_each_others_answer(carrier: TwilioCarrier, rest: RestStandIn) -> None:
    """The client keeps its last response on itself: each thread has a client of its own."""
    rest.delay.clear()
    answers: dict[str, str] = {}

    def redirect(call_id: str) -> None:
        answers[call_id] = carrier.ring_nurse("+15550100", call_id, 0)

    threads = [threading.Thread(target=redirect, args=(f"t{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    rest.delay.set()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
