"""What every carrier does: the in-memory stand-in, and Twilio's REST interface by its documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from rest_stand_in import RestStandIn

from voice_agent.errors import CarrierError
from voice_agent.fakes.carrier import InMemoryCarrier
from voice_agent.ports import Carrier
from voice_agent.telephony.carrier import TwilioCarrier, TwilioSettings


@dataclass(frozen=True)
class Setting:
    """A carrier, and a way to break it."""

    carrier: Carrier
    fail: Callable[[], None]


@pytest.fixture(params=["in_memory", "twilio"])
def setting(request: pytest.FixtureRequest) -> Iterator[Setting]:
    if request.param == "in_memory":
        fake = InMemoryCarrier()
        yield Setting(fake, fake.fail)
        return
    with RestStandIn() as rest:
        settings = TwilioSettings("AC1", "secret", "+15550999", "https://phone.clinic.example", rest.address)
        yield Setting(TwilioCarrier(settings), lambda: rest.answer_all(503, "{}"))


def test_each_nurse_leg_has_a_callsid_of_its_own(setting: Setting) -> None:
    first = setting.carrier.ring_nurse("+15550100", "token", 0)
    second = setting.carrier.ring_nurse("+15550101", "token", 1)
    assert first.startswith("CA")
    assert second.startswith("CA")
    assert first != second


def test_calls_are_redirected_and_ended(setting: Setting) -> None:
    call_id = setting.carrier.ring_nurse("+15550100", "token", 0)
    setting.carrier.redirect(call_id, "/twilio/resume")
    setting.carrier.hang_up(call_id)
    setting.carrier.hang_up(call_id)


def test_a_carrier_that_works_says_so(setting: Setting) -> None:
    assert setting.carrier.check() is None


def test_a_carrier_that_does_not_work_raises_its_own_error_and_says_so(setting: Setting) -> None:
    setting.fail()
    for act in (
        lambda: setting.carrier.ring_nurse("+15550100", "token", 0),
        lambda: setting.carrier.redirect("CA1", "/twilio/resume"),
        lambda: setting.carrier.hang_up("CA1"),
    ):
        with pytest.raises(CarrierError) as caught:
            act()
        assert "5550100" not in str(caught.value)
    assert setting.carrier.check()
