"""How the agent speaks and waits."""

from __future__ import annotations

from dataclasses import dataclass, field

from voice_agent.call.second_listening import TwoEars
from voice_agent.call.turn_settings import TurnSettings
from voice_agent.triage.second_opinion import Thresholds


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What a session is given beside the wording and the red flags."""

    turns: TurnSettings = field(default_factory=TurnSettings)
    rate_wpm: int = 165
    """Words per minute."""
    slow_rate_wpm: int = 125
    """After the caller asked for slower speech."""
    ask_rating: bool = False
    """Ask callers to rate an administrative call before goodbye."""
    second_ear: TwoEars | None = None
    """None: the streaming ear is alone."""
    second_opinion: Thresholds | None = None
    """None: the red-flag rules are alone."""
