"""Who may ask, and what health and metrics say."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from site_on_fakes import AUTH_TOKEN, CALLER, PUBLIC_URL, Site, build_site, close_site
from twilio.request_validator import RequestValidator

from voice_agent.fakes.speech import FakeSecondEars

UNDER_TWILIO = ["/twilio/voice", "/twilio/resume", "/twilio/status", "/twilio/hold/t", "/twilio/conference/t"]
UNDER_TWILIO += ["/twilio/nurse/t/0/answer", "/twilio/nurse/t/0/accept", "/twilio/nurse/t/0/status"]
UNDER_TWILIO += ["/twilio/media/t", "/twilio/not-there", "/twilio/", "/twilio"]


@pytest.mark.parametrize("path", UNDER_TWILIO)
def test_without_a_valid_signature_nothing_under_twilio_answers(site: Site, path: str) -> None:
    body = {"CallSid": "CA1", "From": CALLER}
    other_key = RequestValidator("not our token").compute_signature(PUBLIC_URL + path, body)
    other_path = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + "/twilio/elsewhere", body)
    for signature in ("", "nonsense", "знак".encode().decode("latin-1"), other_key, other_path):
        answer = site.client.post(path, data=body, headers={"X-Twilio-Signature": signature})
        assert (answer.status_code, answer.data) == (403, b"")
    assert site.client.get(path).status_code == 403
    assert 'voice_agent_requests_refused_total{why="signature"} 6.0' in site.metrics()


def test_a_changed_parameter_breaks_the_signature(site: Site) -> None:
    signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC_URL}/twilio/voice", {"CallSid": "CA1"})
    answer = site.client.post("/twilio/voice", data={"CallSid": "CA2"}, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 403


def test_the_host_header_does_not_matter(site: Site) -> None:
    """Behind a proxy it is the proxy's name for us; PUBLIC_URL is what Twilio signed."""
    body = {"CallSid": "CA1"}
    signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC_URL}/twilio/status", body)
    headers = {"X-Twilio-Signature": signature, "Host": "10.0.0.7:8080"}
    assert site.client.post("/twilio/status", data=body, headers=headers).status_code == 204


def test_the_query_is_signed_as_well(site: Site) -> None:
    assert site.twilio("/twilio/resume?reconnects=1").status_code == 200
    signature = RequestValidator(AUTH_TOKEN).compute_signature(f"{PUBLIC_URL}/twilio/resume?reconnects=1", {})
    answer = site.client.post("/twilio/resume?reconnects=2", headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 403


@pytest.mark.parametrize("scheme", ["wss", "https"])
def test_a_sockets_upgrade_is_signed_for_its_own_address(site: Site, scheme: str) -> None:
    """404, since this site has no media socket: it came past the signature."""
    address = f"{scheme}://phone.clinic.example/twilio/media/t"
    signature = RequestValidator(AUTH_TOKEN).compute_signature(address, {})
    headers = {"X-Twilio-Signature": signature, "Upgrade": "websocket", "Connection": "Upgrade"}
    assert site.client.get("/twilio/media/t", headers=headers).status_code == 404
    assert site.client.get("/twilio/media/other", headers=headers).status_code == 403


def test_a_body_that_no_webhook_has_is_refused(site: Site) -> None:
    answer = site.client.post("/twilio/voice", data={"CallSid": "x" * 100_000}, headers={"X-Twilio-Signature": "s"})
    assert answer.status_code == 413


def test_health_answers_without_a_session(site: Site) -> None:
    assert site.client.get("/healthz").json == {"status": "alive"}


def test_readiness_names_what_is_down_and_how_to_mend_it(site: Site) -> None:
    ready = site.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json is not None
    assert set(ready.json["checks"].values()) == {"ok"}
    assert len(ready.json["checks"]) == 6
    site.dialog.trouble = "Rasa at http://127.0.0.1:5005 does not answer; start it"
    site.readiness.refresh()
    broken = site.client.get("/readyz")
    assert broken.status_code == 503
    assert broken.json is not None
    assert broken.json["checks"]["dialog"] == site.dialog.trouble


def test_readiness_tells_of_what_the_line_can_do_without(tmp_path: Path) -> None:
    second = FakeSecondEars(problem="The second ear has ended.")
    site = build_site(tmp_path, second_ears=second)
    answer = site.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["extras"] == {"second_ear": "The second ear has ended."}
    second.problem = None
    site.readiness.refresh()
    assert site.client.get("/readyz").json["extras"] == {"second_ear": "ok"}  # type: ignore[index]
    close_site(site)


def test_a_draining_server_is_not_ready_so_that_the_next_call_goes_elsewhere(site: Site) -> None:
    site.capacity.close()
    draining = site.client.get("/readyz")
    assert draining.status_code == 503
    assert draining.json is not None
    assert "draining" in draining.json["checks"]["server"]


def test_a_late_or_full_server_says_so_and_stays_ready_for_the_calls_that_it_has(site: Site) -> None:
    load = site.client.get("/readyz").json["load"]  # type: ignore[index]
    workers = [{"pid": os.getpid(), "state": "open", "calls": 0}]
    assert load == {"calls": 0, "lateness_p95_ms": 0, "takes_calls": True, "workers": workers}
    for _ in range(20):
        site.capacity.lateness.report(800)
    site.capacity.acquire()
    answer = site.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    workers[0]["calls"] = 1
    assert answer.json["load"] == {"calls": 1, "lateness_p95_ms": 800, "takes_calls": False, "workers": workers}
    assert "voice_agent_late 1.0" in site.metrics()
    assert "voice_agent_lateness_p95_seconds 0.8" in site.metrics()
    site.clock.pass_time(seconds=11)
    site.capacity.acquire()
    workers[0]["calls"] = 2
    load = site.client.get("/readyz").json["load"]  # type: ignore[index]
    assert load == {"calls": 2, "lateness_p95_ms": 0, "takes_calls": False, "workers": workers}
    assert "voice_agent_late 0.0" in site.metrics()


def test_metrics_count_and_name_nobody(site: Site) -> None:
    site.twilio("/twilio/voice")
    site.request()
    site.capacity.acquire()
    text = site.metrics()
    assert 'voice_agent_calls_answered_total{answer="stream"} 1.0' in text
    assert 'voice_agent_transfers_total{status="ringing"} 1.0' in text
    assert "voice_agent_calls_live 1.0" in text
    assert not re.search(r"CA1|555", text)


def test_the_front_door_leads_to_the_console(site: Site) -> None:
    assert site.client.get("/").headers["Location"] == "/console/"
