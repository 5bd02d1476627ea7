"""The hazard log: every guard is in the code, every test is collected, and the page is of the log."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from voice_agent.evaluation import hazards

PROJECT = Path(__file__).resolve().parents[2]
LOG = hazards.load(PROJECT / "docs" / hazards.SOURCE)
PAGE = (PROJECT / "docs" / hazards.PAGE).read_text(encoding="utf-8")
GUARDS = sorted({guard.code for hazard in LOG.hazards for guard in hazard.guards})


def names_in(path: Path) -> set[str]:
    """Everything that a module defines: `Name`, `Class.method`."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name, body=body):
                found.add(name)
                found |= {f"{name}.{inner.name}" for inner in body if isinstance(inner, ast.FunctionDef)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


@pytest.mark.parametrize("code", GUARDS)
def test_every_guard_is_in_the_code(code: str) -> None:
    path, _, name = code.partition(":")
    assert (PROJECT / path).is_file(), f"{path} is gone"
    if name:
        assert name in names_in(PROJECT / path), f"{name} is not in {path}"


def test_every_test_that_is_named_is_collected() -> None:
    named = {test for hazard in LOG.hazards for test in hazard.tests}
    files = sorted({test.partition("::")[0] for test in named})
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        cwd=PROJECT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert collected.returncode == 0, collected.stdout[-2000:] + collected.stderr[-2000:]
    there = {re.sub(r"\[.*", "", line.strip()) for line in collected.stdout.splitlines() if "::" in line}
    assert sorted(named - there) == []


def test_there_are_hazards_of_every_part_of_the_line() -> None:
    assert len(LOG.hazards) >= 20
    places = {code.split("/")[1] for code in GUARDS if code.startswith("voice_agent/")}
    assert places >= {"triage", "call", "web", "records", "services", "evaluation", "nurse_desk.py:NurseDesk"}


def test_the_page_is_of_this_log() -> None:
    for hazard in LOG.hazards:
        assert f"## {hazard.id} {hazard.hazard}\n" in PAGE
        assert all(f"`{guard.code}`" in PAGE for guard in hazard.guards), hazard.id
        assert all(f"`{test}`" in PAGE for test in hazard.tests), hazard.id
    assert f"{len(LOG.hazards)} hazards" in PAGE
