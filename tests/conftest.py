"""What tests everywhere are given."""

from __future__ import annotations

import pytest

from voice_agent import config
from voice_agent.call.lines import Lines
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.triage.red_flags import RedFlagScreen

pytest_plugins = [
    "redis_server",
    "rasa_server",
    "whole_line",
    "console_browser",
]  # rasa_server imports redis_server: that comes first


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--transfer-examples", type=int, default=300, help="stories of the model-based transfer test")


@pytest.fixture(scope="session")
def lines() -> Lines:
    """The real wording of dialogs/prompts.yaml."""
    prompts = config.load_prompts()
    return prompts.call.for_clinic("Test Clinic")


@pytest.fixture(scope="session")
def screen() -> RedFlagScreen:
    """The real red flags of dialogs/red_flags.yaml."""
    return RedFlagScreen(config.load_red_flags())


@pytest.fixture
def session(lines: Lines, screen: RedFlagScreen) -> CallSession:
    """A call that has not begun."""
    return CallSession(SessionSettings(), lines, screen)
