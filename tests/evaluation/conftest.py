"""The line that is judged, and its ears."""

from __future__ import annotations

import pytest

from voice_agent import config
from voice_agent.evaluation import line_under_test, workers
from voice_agent.evaluation.heard_sound import Ears
from voice_agent.evaluation.line_under_test import LineUnderTest


@pytest.fixture(scope="session")
def line() -> LineUnderTest:
    """The real content; rules only, so that what is expected does not hang on an optional model."""
    return line_under_test.load(config.DEFAULT_CONFIG, config.DEFAULT_DIALOGS, rules_only=True)


@pytest.fixture(scope="session")
def ears(line: LineUnderTest) -> Ears:
    """Real ones; both where both are installed."""
    return workers.ears(line)
