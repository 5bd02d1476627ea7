"""The pictures show what the code does."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from voice_agent.call.states import TRANSITIONS
from voice_agent.call.transfer import TransferStatus

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def diagrams() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_diagrams", DOCS / "make_diagrams.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_page_is_the_drawn_one(diagrams: ModuleType) -> None:
    """If this fails: python docs/make_diagrams.py"""
    assert (DOCS / "state-diagrams.md").read_text(encoding="utf-8") == diagrams.page()


def test_every_state_of_a_transfer_is_reached(diagrams: ModuleType) -> None:
    reached = {move.after for move in diagrams.transfer_moves()} | {TransferStatus.REQUESTED}
    assert reached == set(TransferStatus)


def test_every_state_of_a_call_is_drawn(diagrams: ModuleType) -> None:
    drawn = diagrams.call_diagram()
    assert all(f"{state} " in drawn or f"{state}\n" in drawn for state in TRANSITIONS)


def test_a_stale_page_is_noticed(diagrams: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagrams, "PICTURE", tmp_path / "state-diagrams.md")
    assert diagrams.main(["--check"]) == 1
    assert diagrams.main([]) == 0
    assert diagrams.main(["--check"]) == 0
