"""A call to a server that already runs: a twin of our own, or the one that is there."""

from __future__ import annotations

import http.server
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from voice_agent.errors import CarrierError, SettingsError
from voice_agent.simulator import hosted
from voice_agent.simulator.scenario import load
from voice_agent.simulator.twin import PortTakenError, Twin

MODEL = Path(__file__).parents[2] / "models" / "clinic-en-8k"
SCENARIO = """
name: short
turns: [{hears: never, says: hello}]
expect: {ends: hung_up, within_s: 20, heard: ["good morning"]}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "short.yaml"
    file.write_text(SCENARIO)
    return file


@pytest.fixture
def account(stage) -> hosted.Account:
    stage.server.documents["/twilio/voice"] = stage.twiml("<Say>Good morning.</Say>")
    settings = stage.twin.settings
    return hosted.Account(
        settings.account_sid, settings.auth_token, stage.twin.url, stage.server.url, "+15550100100", MODEL
    )


def free_port() -> int:
    from voice_agent.simulator.twin import _listening

    with _listening(0) as listening:
        return listening.getsockname()[1]


def test_a_twin_is_started_where_the_server_looks_for_one(stage, account, path: Path) -> None:
    result = hosted.run(load(path), path, replace(account, api_url=f"http://127.0.0.1:{free_port()}"))
    assert result.failures == ()
    assert stage.server.got("/twilio/voice")[0]["To"] == "+15550100100"
    assert stage.server.wait_for("/twilio/status")
    assert stage.twin.legs() == []


def test_a_twin_that_is_there_is_asked(stage, account, path: Path) -> None:
    stage.server.documents["/voice"] = stage.twiml("<Say>Good morning.</Say>")
    result = hosted.run(load(path), path, account)
    assert result.failures == ()
    (leg,) = stage.twin.legs()
    assert result.call_id == leg.sid
    assert [step.text for step in result.steps if step.what == "heard"] == ["Good morning."]


def test_its_refusals_are_sentences(account, path: Path) -> None:
    scenario = load(path)
    with pytest.raises(CarrierError, match="Authenticate; see that TWILIO_ACCOUNT_SID"):
        hosted.run(scenario, path, replace(account, token="wrong"))
    path.write_text("name: 7\n")
    with pytest.raises(CarrierError, match=r"short\.yaml"):
        hosted.run(scenario, path, account)


def test_an_address_where_no_twin_can_live(account, path: Path) -> None:
    with pytest.raises(SettingsError, match="TWILIO_API_URL=http://127"):
        hosted.run(load(path), path, replace(account, api_url="https://api.twilio.com"))


def test_a_port_that_something_else_has(stage, account, path: Path) -> None:
    other = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=other.serve_forever, daemon=True)
    thread.start()
    try:
        with pytest.raises(CarrierError, match="did not place the call: status 501"):
            hosted.run(load(path), path, replace(account, api_url=f"http://127.0.0.1:{other.server_port}"))
        with pytest.raises(PortTakenError, match=f"port {other.server_port}"):
            Twin(replace(stage.twin.settings, port=other.server_port))
    finally:
        other.shutdown()
        other.server_close()
        thread.join(2)
