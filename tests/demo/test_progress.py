"""Every longer step shows its seconds."""

from __future__ import annotations

import io
import time

import pytest

from voice_agent.demo import progress as progress_module
from voice_agent.demo.progress import Progress


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_step_says_how_long_it_took() -> None:
    out = io.StringIO()
    with Progress(out).step("Starting Redis"):
        pass
    assert out.getvalue() == "  Starting Redis: done in 0.0 s\n"


def test_a_step_that_fails_says_so() -> None:
    out = io.StringIO()
    with pytest.raises(RuntimeError), Progress(out).step("Starting Redis"):
        raise RuntimeError
    assert "Starting Redis: failed after" in out.getvalue()


def test_a_long_step_counts_in_place_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "QUIET_S", 0.02)
    out = Terminal()
    with Progress(out).step("Training"):
        time.sleep(0.2)
    assert out.getvalue().startswith("\r  Training … 0 s ")
    assert "\r  Training: done in 0.2 s\n" in out.getvalue()


def test_a_long_step_speaks_up_on_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "QUIET_S", 0.02)
    monkeypatch.setattr(progress_module, "REPEAT_S", 0.02)
    out = io.StringIO()
    with Progress(out).step("Training"):
        time.sleep(0.3)
    lines = out.getvalue().splitlines()
    assert lines.count("  Training … 0 s") > 2
    assert "\r" not in out.getvalue()
