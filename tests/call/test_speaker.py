"""What the agent is saying just now."""

from __future__ import annotations

from voice_agent.call.commands import PauseSpeaking, PromptKind, ResumeSpeaking, StopSpeaking
from voice_agent.call.speaker import Speaker


def test_a_prompt_is_paused_once_and_resumed() -> None:
    speaker = Speaker(165)
    speaker.say(("Hello.",), PromptKind.NORMAL)
    assert speaker.pause() == [PauseSpeaking()]
    assert speaker.pause() == []
    assert speaker.resume() == [ResumeSpeaking()]
    assert not speaker.paused


def test_stopping_silence_does_nothing() -> None:
    speaker = Speaker(165)
    assert speaker.stop() == []
    speaker.say(("Hello.",), PromptKind.NORMAL)
    assert speaker.stop() == [StopSpeaking()]
    assert speaker.prompt is None


def test_a_safety_prompt_yields_to_nobody() -> None:
    speaker = Speaker(165)
    speaker.say(("Call 9 1 1.",), PromptKind.SAFETY)
    assert not speaker.yields


def test_only_the_prompt_under_way_can_finish() -> None:
    speaker = Speaker(165)
    first = speaker.say(("One.",), PromptKind.NORMAL).prompt
    second = speaker.say(("Two.",), PromptKind.NORMAL).prompt
    assert speaker.finished(first.id) is None
    assert speaker.finished(second.id) == second
