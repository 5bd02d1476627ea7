"""The line that is judged, and its ears."""

from __future__ import annotations

import pytest

from voice_agent import config
from voice_agent.evaluation import line_under_test
from voice_agent.evaluation.line_under_test import LineUnderTest
from voice_agent.speech.recognizer import VoskRecognizers
from voice_agent.wiring import always_understood


@pytest.fixture(scope="session")
def line() -> LineUnderTest:
    """The real content; rules only, so that what is expected does not hang on an optional model."""
    return line_under_test.load(config.DEFAULT_CONFIG, config.DEFAULT_DIALOGS, rules_only=True)


@pytest.fixture(scope="session")
def recognizers(line: LineUnderTest) -> VoskRecognizers:
    """Real ears."""
    return VoskRecognizers(line.settings.recognizer, always_understood(line.content))
