"""What a run writes into docs/."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation_stories import made

from voice_agent.errors import ContentError
from voice_agent.evaluation import documents
from voice_agent.evaluation.documents import BEGIN, END
from voice_agent.evaluation.gate import KnownMiss

KNOWN = [KnownMiss("0123456789", "stroke", "lay", "a word for it")]
HAZARDS = """
approved_by: null
hazards:
  - id: H01
    hazard: An emergency is missed
    cause: Wording that no rule knows.
    harm: Care comes late.
    severity: catastrophic
    guards:
      - {does: "Screens every word.", code: "voice_agent/triage/red_flags.py:RedFlagScreen"}
    tests: ["tests/evaluation/test_documents.py::test_a_run_writes_both_documents"]
    left: Much.
    figures: [locked.written.caught, calls.falsely_reassured, stress, development.written.caught]
"""


def folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "safety.md").write_text(text, encoding="utf-8")
    (tmp_path / "hazards.yaml").write_text(HAZARDS, encoding="utf-8")
    return tmp_path


def test_what_is_written_by_hand_stays() -> None:
    text = documents.filled(f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n", made(), KNOWN, "safety.md")
    assert text.startswith(f"Before.\n{BEGIN}\n")
    assert text.endswith(f"{END}\nAfter.\n")
    assert "old" not in text
    assert documents.filled(text, made(), KNOWN, "safety.md") == text


def test_figures_stand_beside_their_targets() -> None:
    text = documents.generated(made(), KNOWN)
    assert "| Emergencies flagged or asked about | 75.0 % (30.1–95.4, n=4) | ≥ 97 % | **missed** |" in text
    assert "| 0123456789 | stroke | lay | a word for it |" in text
    assert "- hidden infant_fever.1 (A headache): needs 911 or nurse_now, ended in self_care" in text


def test_no_locked_sentence_is_told() -> None:
    text = documents.generated(made(), KNOWN)
    assert "my face droops" not in text
    assert "traffic" not in text


def test_marks_are_needed() -> None:
    with pytest.raises(ContentError, match=r"safety\.md: must hold the two marks"):
        documents.filled("nothing here", made(), KNOWN, "safety.md")


def test_a_run_writes_both_documents(tmp_path: Path) -> None:
    documents.write(folder(tmp_path, f"{BEGIN}\n{END}\n"), made(), KNOWN)
    log = (tmp_path / "hazards.md").read_text(encoding="utf-8")
    assert "## H01 An emergency is missed" in log
    assert "[H01](#h01-an-emergency-is-missed)" in log
    assert "Emergencies flagged or asked about (locked, written): 75.0 % (30.1–95.4, n=4)" in log
    assert "level lowered 100.0 %" in log
    assert "development" not in log
    assert "not approved by a clinical safety officer yet" in log
