"""What the server takes memory with."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from voice_agent.demo.allocator import SETTINGS, allocator


def test_the_server_has_jemalloc_where_it_is_installed() -> None:
    """`make` installs it; a real process with this environment has it loaded."""
    added = allocator({})
    assert added["MALLOC_CONF"] == SETTINGS
    maps = subprocess.run(
        [sys.executable, "-c", "print(open('/proc/self/maps').read())"],
        env={**os.environ, **added},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "libjemalloc" in maps.stdout
    assert "jemalloc" not in maps.stderr, "it takes all of the settings"


def test_another_library_that_was_asked_for_stays() -> None:
    assert allocator({"LD_PRELOAD": "libother.so"}) == {}


def test_without_it_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice_agent.demo.allocator.find_library", lambda name: None)
    assert allocator({}) == {}
