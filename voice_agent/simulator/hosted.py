"""One simulated call to a server that already runs.

The server calls Twilio's REST interface at an address from its environment (TWILIO_API_URL), and a twin has to live
there. If one does already (`make run` keeps one), it is asked to run the scenario; else one is started for this call.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from flask import Response, jsonify

from voice_agent import strict_yaml
from voice_agent.errors import CarrierError, ContentError, SettingsError, SynthesizerError, VoiceAgentError
from voice_agent.simulator.run import CallResult, run_scenario
from voice_agent.simulator.scenario import Scenario
from voice_agent.simulator.twin import PortTakenError, Twin, TwinSettings

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
LONGER_S: Final = 60.0
"""Waited for another process's twin, beyond the scenario's own limit."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the server's environment says of its account at the twin."""

    sid: str
    token: str = field(repr=False)
    api_url: str
    """Where the server looks for Twilio's REST interface: here the twin lives."""
    service_url: str
    """PUBLIC_URL of the server."""
    number: str
    """The clinic's, E.164."""
    model: Path
    """A Vosk model for the caller's ears."""
    recordings: Path | None = None


def run(scenario: Scenario, path: Path, account: Account) -> CallResult:
    """Run the scenario that was read from `path`.

    Raises SettingsError when the server would not find a twin, CarrierError when one is there and cannot do it.
    """
    where = urlsplit(account.api_url)
    if where.hostname not in LOOPBACK or where.port is None:
        raise SettingsError(
            f"TWILIO_API_URL is {account.api_url}, where no stand-in for Twilio can live: start the server with "
            "TWILIO_API_URL=http://127.0.0.1:8090 (any free port) and give this command the same environment"
        )
    try:
        twin = Twin(_settings(account, where.port))
    except PortTakenError:
        return _asked(scenario, path, account)
    with twin:
        return run_scenario(scenario, twin)


def run_here(twin: Twin, asked: Any) -> tuple[Response, int]:
    """The other end of that: a scenario's text came over HTTP; the result, or a sentence with status 400."""
    if not isinstance(asked, dict) or not all(isinstance(asked.get(key), str) for key in ("name", "text")):
        return jsonify({"message": "a scenario is a JSON object with name and text"}), 400
    try:
        scenario = strict_yaml.parse(asked["text"], Scenario, name=asked["name"])
        result = run_scenario(scenario, twin)
    except (ContentError, SynthesizerError) as error:
        return jsonify({"message": str(error)}), 400
    return Response(result.to_json(), content_type="application/json"), 200


def _settings(account: Account, port: int) -> TwinSettings:
    service = account.service_url.rstrip("/")
    return TwinSettings(
        account_sid=account.sid,
        auth_token=account.token,
        voice_url=f"{service}/twilio/voice",
        status_url=f"{service}/twilio/status",
        number=account.number,
        port=port,
        model=account.model,
        recordings=account.recordings,
    )


def _asked(scenario: Scenario, path: Path, account: Account) -> CallResult:
    """Let the twin that already lives there run it. Raises CarrierError."""
    url = account.api_url.rstrip("/") + "/twin/calls"
    try:
        answer = requests.post(
            url,
            json={"name": str(path), "text": path.read_text(encoding="utf-8")},
            auth=(account.sid, account.token),
            timeout=scenario.expect.within_s + LONGER_S,
        )
        if answer.ok:
            return CallResult.from_json(answer.text)
        message = _message(answer)
    except (requests.RequestException, ValueError) as error:
        raise CarrierError(
            f"{account.api_url} is taken by something that is no twin ({type(error).__name__}); "
            "set TWILIO_API_URL to a free port, for the server and for this command"
        ) from error
    raise _refused(f"the twin at {account.api_url} did not place the call: {message}")


def _refused(sentence: str) -> VoiceAgentError:
    return CarrierError(sentence + "; see that TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are those of its account")


def _message(answer: requests.Response) -> str:
    try:
        return str(json.loads(answer.text)["message"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
