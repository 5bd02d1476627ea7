"""Scenarios against an agent of a few lines: real sound both ways, real Vosk in the caller's ears."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import simple_websocket

from voice_agent.errors import ContentError
from voice_agent.simulator import scenario as scenarios
from voice_agent.simulator import sound
from voice_agent.simulator.printing import clock, print_timeline
from voice_agent.simulator.run import run_scenario
from voice_agent.simulator.scenario import Scenario
from voice_agent.simulator.speech import Voice
from voice_agent.simulator.twin import Twin, TwinSettings
from voice_agent.strict_yaml import parse
from voice_agent.telephony import media_stream as ms

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "clinic-en-8k"


class Agent:
    """Says its prompts one by one, each after the caller has spoken or pressed a key and then been silent."""

    def __init__(self, *prompts: str, stops_when_spoken_over: bool = False) -> None:
        self.prompts = list(prompts)
        self.keys: list[str] = []
        self.interrupted = False
        self._stops = stops_when_spoken_over
        self._voice = Voice("espeak:en-us")
        for prompt in prompts:
            self._voice.speak(prompt)

    def __call__(self, socket: simple_websocket.Server) -> None:
        stream = ""
        spoke, quiet, playing = True, 1000, 0.0
        try:
            while True:
                message = ms.parse(socket.receive(timeout=5))
                match message:
                    case ms.Started(stream_id=stream_id):
                        stream = stream_id
                    case ms.KeyPressed(digit=digit):
                        self.keys.append(digit)
                        spoke = True
                    case ms.Media(mulaw=mulaw):
                        loud = sound.audible(mulaw)
                        quiet = 0 if loud else quiet + 20
                        if loud and time.monotonic() < playing and self._stops:
                            socket.send(ms.clear(stream))
                            self.interrupted, playing = True, 0.0
                        spoke = spoke or (loud and time.monotonic() > playing)
                        if spoke and quiet >= 400 and time.monotonic() > playing:
                            spoke = False
                            if not self.prompts:
                                socket.close()
                                return
                            said = self._voice.speak(self.prompts.pop(0))
                            playing = time.monotonic() + len(said) / 8000
                            socket.send(ms.media(stream, said))
        except simple_websocket.ConnectionClosed:
            return


@pytest.fixture
def play(server, tmp_path) -> Callable:
    """Run a scenario, written as YAML, against an agent."""

    def run(agent: Agent, text: str, *, resume: str = "<Hangup/>", on_event=None):
        server.documents["/voice"] = (
            f'<Response><Connect><Stream url="{server.socket_url}"/></Connect>'
            f"<Redirect>{server.url}/resume</Redirect></Response>"
        )
        server.documents["/resume"] = f"<Response>{resume}</Response>"
        server.socket = agent
        settings = TwinSettings(
            account_sid="AC1", auth_token="twin-token", voice_url=server.url + "/voice",
            status_url=server.url + "/status", model=MODEL, recordings=tmp_path / "calls",
        )  # fmt: skip
        with Twin(settings) as twin:
            return run_scenario(parse(text, Scenario, name="test.yaml"), twin, on_event)

    return run


BOOKING = """
name: booking
caller: {number: "+15550109001", voice: "flite:slt"}
turns:
  - {hears: "how can i help", says: "i would like to book an appointment"}
  - {hears: "date of birth", says: "march third nineteen fifty two"}
  - {hears: "press one", presses: "1"}
expect:
  ends: hung_up
  within_s: 40
  heard: ["date of birth", "goodbye"]
  longest_gap_ms: 3000
"""


def test_a_conversation_follows_what_was_heard(play) -> None:
    agent = Agent(
        "Thank you for calling. How can I help you?",
        "What is your date of birth?",
        "To confirm, press one.",
        "Thank you. Goodbye.",
    )
    seen = []
    result = play(agent, BOOKING, on_event=seen.append)
    # The last rule is spent; nobody answers the goodbye, so the agent's socket stays open until the caller gives up.
    said = [(step.what, step.text) for step in result.steps if step.what in {"said", "pressed"}]
    assert said == [
        ("said", "i would like to book an appointment"),
        ("said", "march third nineteen fifty two"),
        ("pressed", "1"),
    ]
    assert agent.keys == ["1"]
    heard = [step for step in result.steps if step.what == "heard"]
    assert "how can i help" in heard[0].text
    assert heard[0].gap_ms is None
    assert all(300 <= step.gap_ms <= 1500 for step in heard[1:3])
    assert heard[3].gap_ms < 300  # a key needs no endpointing
    assert result.gaps_ms[:3] == [step.gap_ms for step in heard[1:4]]
    assert result.failures == (
        "the caller: no rule answers what was heard: 'thank you goodbye'",
        "the call should end hung_up, and it ended caller_left",
    )
    assert not result.ok
    assert [step.text for step in seen if step.what == "said"] == [text for what, text in said if what == "said"]
    assert json.loads(result.to_json())["ended"] == "caller_left"
    lines: list[str] = []
    print_timeline(result, lines.append)
    assert any("caller" in line and "“march third nineteen fifty two”" in line for line in lines)
    assert lines[-1].startswith("booking: FAILED (caller_left")
    assert Path(result.recording).stat().st_size > 100_000


def test_a_call_that_goes_as_expected(play) -> None:
    text = """
name: short
turns:
  - {hears: "how can i help", says: "what are your hours"}
expect: {ends: hung_up, within_s: 30, heard: ["how can i help"]}
"""
    result = play(Agent("How can I help you?"), text)
    assert result.failures == ()
    assert result.ok
    assert result.ended == "hung_up"


def test_barge_in_and_the_silence_after_it(play) -> None:
    text = """
name: barge in
turns:
  - {hears: "any", interrupts_after_ms: 1200, says: "a person please"}
expect: {ends: hung_up, within_s: 30}
"""
    agent = Agent(
        "Thank you for calling the clinic. This is an automated assistant, and I can help you with appointments.",
        stops_when_spoken_over=True,
    )
    result = play(agent, text)
    assert agent.interrupted
    assert result.ok, result.failures
    said = next(step for step in result.steps if step.what == "said")
    heard = next(step for step in result.steps if step.what == "heard")
    assert 1100 <= said.at_ms - heard.at_ms <= 1700
    assert heard.lasted_ms < 3500


def test_an_agent_that_does_not_wait_is_noticed(play) -> None:
    """It takes 400 ms of silence for the end."""
    text = """
name: cut off
turns:
  - {hears: "help you", says: "%s"}
expect: {ends: hung_up, within_s: 30, lets_speak: true}
"""
    agent = Agent("How can I help you?", "What is your date of birth?")
    (failure,) = [one for one in play(agent, text % "my name is <1500> mary").failures if "wait for the end" in one]
    assert "'my name is <1500> mary'" in failure
    agent = Agent("How can I help you?")
    assert play(agent, text % "my name is <200> mary").failures == ()


def test_otherwise_three_times_and_then_the_call_has_failed(play) -> None:
    text = """
name: lost
turns:
  - {hears: "never said", says: "no"}
otherwise: "could you repeat that"
patience_s: 1.5
expect: {ends: caller_left, within_s: 60}
"""
    result = play(Agent(*["What day would you like?"] * 5), text)
    assert [step.text for step in result.steps if step.what == "said"] == ["could you repeat that"] * 3
    assert "no rule answers" in result.failures[0]


def test_a_silent_agent_is_noticed(play) -> None:
    text = """
name: silent
turns: [{hears: any, says: "hello"}]
gives_up_after_s: 2
expect: {ends: hung_up, within_s: 20}
"""
    result = play(lambda socket: socket.receive(timeout=10) and time.sleep(4), text)
    assert "nothing was heard for 2 s" in result.failures[0]


def test_an_overdue_call_is_ended(play) -> None:
    text = """
name: overdue
turns: [{hears: any, says: "hello"}]
expect: {ends: hung_up, within_s: 1.5}
"""
    result = play(Agent("How can I help you?"), text)
    assert result.ended == "overdue"
    assert "it ended overdue" in result.failures[0]


TRANSFER = """
name: transfer
turns:
  - {hears: "help you", says: "my chest hurts", raises_flag: true}
nurses:
  - {number: "+15550100001", answers_after_s: 0.3, presses: "1", hears: "chest pain"}
expect:
  ends: bridged
  within_s: 40
  whisper_contains: ["chest pain"]
  accepted_by: "+15550100001"
  rung: ["+15550100001"]
  heard: ["stay on the line"]
  not_heard_after_flag: ["what day"]
caller: {when_bridged: "my chest hurts", talks_for_s: 7}
"""


def test_a_warm_transfer(play, server) -> None:
    """The agent closes its stream; the server rings the nurse, who hears the whisper, accepts and talks."""
    from twilio.rest import Client

    twins: list[Twin] = []

    class Ringer:
        def __call__(self, params: dict[str, str]) -> str:
            client = Client("AC1", "twin-token")
            client.api.base_url = twins[0].url
            client.calls.create(to="+15550100001", from_="+15550100000", url=server.url + "/whisper")
            return (
                "<Response><Say>Stay on the line.</Say><Dial><Conference startConferenceOnEnter='false' "
                "endConferenceOnExit='true' waitUrl=''>case</Conference></Dial></Response>"
            )

    agent = Agent("How can I help you?")
    server.documents["/whisper"] = (
        "<Response><Gather numDigits='1' timeout='5' action='/accept'>"
        "<Say>A caller with chest pain. Press one to take the call.</Say></Gather></Response>"
    )
    server.documents["/accept"] = (
        "<Response><Dial><Conference endConferenceOnExit='true'>case</Conference></Dial></Response>"
    )
    server.documents["/voice"] = (
        f'<Response><Connect><Stream url="{server.socket_url}"/></Connect><Redirect>/resume</Redirect></Response>'
    )
    server.documents["/resume"] = Ringer()
    server.socket = agent
    settings = TwinSettings(account_sid="AC1", auth_token="twin-token", voice_url=server.url + "/voice", model=MODEL)
    with Twin(settings) as twin:
        twins.append(twin)
        result = run_scenario(parse(TRANSFER, Scenario, name="test.yaml"), twin)
    assert result.failures == ()
    assert result.ended == "bridged"
    nurse = [step for step in result.steps if step.who.startswith("nurse")]
    heard = " ".join(step.text for step in nurse if step.what == "heard")
    assert "chest hurts" in heard  # the caller's own voice, through the conference and Vosk
    mine = " ".join(step.text for step in result.steps if step.what == "heard" and step.who == "caller")
    assert "this is the nurse" in mine


def test_two_calls_at_once_keep_their_own_steps(server) -> None:
    from concurrent.futures import ThreadPoolExecutor

    text = """
name: short
turns: [{hears: any, says: "what are your hours"}]
expect: {ends: hung_up, within_s: 30}
"""
    server.documents["/voice"] = f'<Response><Connect><Stream url="{server.socket_url}"/></Connect></Response>'
    server.socket = lambda socket: Agent("How can I help you?")(socket)
    settings = TwinSettings(account_sid="AC1", auth_token="twin-token", voice_url=server.url + "/voice", model=MODEL)
    scenario = parse(text, Scenario, name="test.yaml")
    with Twin(settings) as twin, ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: run_scenario(scenario, twin), range(2)))
    assert [result.failures for result in results] == [(), ()]
    for result in results:
        assert {step.call_id for step in result.steps} == {result.call_id}
        assert len([step for step in result.steps if step.what == "said"]) == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("turns: [{hears: any, say: hello}]", "did you mean 'says'"),
        ("turns: [{hears: '(', says: hello}]", "no regular expression"),
        ("turns: [{hears: any}]", "a rule does something"),
        ("turns: [{hears: any, presses: 'x'}]", "keys of a telephone"),
        ("turns: [{hears: any, says: 'noise:sneeze'}]", r"x.yaml:3: turns.0.says.*no noise 'sneeze'"),
        ("otherwise: 'my name is <9'", r"x.yaml:4: otherwise.*between words"),
        ("nurses: [{number: '+1', busy: true, fails: true}]", "only one of"),
    ],
)
def test_mistakes_in_a_scenario_are_explained(wrong: str, says: str) -> None:
    base = "name: x\nexpect: {ends: hung_up}\n" + ("" if wrong.startswith("turns") else "turns: []\n")
    with pytest.raises(ContentError, match=says) as caught:
        parse(base + wrong, Scenario, name="x.yaml")
    assert str(caught.value).startswith("x.yaml:")


def test_every_scenario_of_the_project_can_be_read() -> None:
    files = sorted((ROOT / "tests" / "calls" / "scenarios").glob("*.yaml"))
    assert {"booking.yaml", "chest_pain.yaml"} <= {file.name for file in files}
    for file in files:
        assert scenarios.load(file).turns, file.name


def test_the_scenarios_nurses_are_those_of_the_shipped_settings() -> None:
    settings = (ROOT / "config.yaml").read_text(encoding="utf-8")
    for file in (ROOT / "tests" / "calls" / "scenarios").glob("*.yaml"):
        for nurse in scenarios.load(file).nurses:
            assert f'"{nurse.number}"' in settings, f"{file.name}: nobody would ring {nurse.number}"


def test_the_clock_of_a_timeline() -> None:
    assert [clock(at_ms) for at_ms in (-5, 0, 950, 61_500, 3_600_000)] == [
        "00:00.0", "00:00.0", "00:00.9", "01:01.5", "60:00.0",
    ]  # fmt: skip
