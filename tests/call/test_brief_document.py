"""The brief as a document: whole, true to its schema, and nothing but facts."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from brief_cases import cases
from invented_cases import CHEST_PAIN
from pydantic import TypeAdapter

from voice_agent.call.brief import brief
from voice_agent.call.brief_document import SAYS_WRONG, YEAR_AGREES, BriefDocument, as_text, brief_document
from voice_agent.call.handoff import Answer, CallSummary
from voice_agent.call.transfer import Transfer
from voice_agent.triage.care_levels import CareLevel

DOCS = Path(__file__).resolve().parents[2] / "docs"
AT = "2026-03-02T14:00:00-05:00"
TRANSFER = Transfer("t1", "CAchest", CareLevel.EMERGENCY_911, ("+15550100",), earlier="t0")
KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


@pytest.fixture(scope="module")
def make_schema() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_brief_schema", DOCS / "make_brief_schema.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DOCS / "brief.schema.json").read_text(encoding="utf-8"))
    return loaded


def problems(value: Any, shape: dict[str, Any], whole: dict[str, Any], where: str = "$") -> list[str]:
    """What of JSON Schema the file uses, checked."""
    if reference := shape.get("$ref"):
        return problems(value, whole["$defs"][reference.rpartition("/")[2]], whole, where)
    if choices := shape.get("anyOf"):
        found = [problems(value, choice, whole, where) for choice in choices]
        return [] if any(not one for one in found) else [f"{where}: none of {len(choices)}"]
    if "const" in shape and value != shape["const"]:
        return [f"{where}: {value!r} is not {shape['const']!r}"]
    if "enum" in shape and value not in shape["enum"]:
        return [f"{where}: {value!r} is not one of {shape['enum']}"]
    kind = shape.get("type")
    if kind and (not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return [f"{where}: {value!r} is no {kind}"]
    if isinstance(value, dict):
        unknown = [f"{where}.{key}: unknown" for key in value if key not in shape["properties"]]
        missing = [f"{where}.{key}: missing" for key in shape.get("required", []) if key not in value]
        inside = [
            slip
            for key, held in value.items()
            if key in shape["properties"]
            for slip in problems(held, shape["properties"][key], whole, f"{where}.{key}")
        ]
        return unknown + missing + inside
    if isinstance(value, list):
        return [slip for held in value for slip in problems(held, shape["items"], whole, f"{where}[]")]
    return []


def written(summary: CallSummary) -> Any:
    document = brief_document(TRANSFER, summary, AT)
    return json.loads(TypeAdapter(BriefDocument).dump_json(document))


def test_the_committed_schema_is_the_drawn_one(make_schema: ModuleType) -> None:
    """If this fails: python docs/make_brief_schema.py"""
    assert make_schema.main(["--check"]) == 0


def test_every_brief_is_as_the_schema_says(schema: dict[str, Any]) -> None:
    for case in [CHEST_PAIN, CallSummary("CA1"), *cases(60)]:
        assert problems(written(case), schema, schema) == []


def test_the_check_notices_what_is_wrong(schema: dict[str, Any]) -> None:
    whole = written(CHEST_PAIN)
    for wrong in ({"version": 2}, {"care_level": "soonish"}, {"denied": [1]}, {"caller": {"number": "1"}}, {"more": 1}):
        assert problems(whole | wrong, schema, schema)
    assert problems({key: value for key, value in whole.items() if key != "spoken"}, schema, schema)


def test_it_is_read_back_as_it_was_written() -> None:
    document = brief_document(TRANSFER, CHEST_PAIN, AT)
    adapter = TypeAdapter(BriefDocument)
    assert adapter.validate_json(adapter.dump_json(document)) == document


def test_it_holds_the_facts() -> None:
    document = brief_document(TRANSFER, CHEST_PAIN, AT)
    assert document.caller.verified == "no"
    assert document.red_flag is not None
    assert document.red_flag.evidence == ("chest feels tight", "left arm")
    assert document.confidence == round((0.94 + 0.52 + 0.91) / 3, 3)
    assert document.spoken == brief(CHEST_PAIN)
    assert document.continues == "t0"


def test_what_was_denied_is_told_as_such() -> None:
    asked = (
        Answer("headache.sudden", "Did it come suddenly?", "no not really"),
        Answer("headache.fever", "Do you have a fever?", "yes"),
    )
    document = brief_document(TRANSFER, replace(CHEST_PAIN, answers=asked), AT)
    assert document.denied == ("headache.sudden",)
    assert "Denied: headache.sudden." in as_text(document)


def test_who_disagrees_and_who_was_checked_is_told() -> None:
    told = replace(CHEST_PAIN, actions=(SAYS_WRONG, YEAR_AGREES))
    document = brief_document(TRANSFER, told, AT)
    assert document.caller_disagrees
    assert document.caller.verified == "number_and_year_of_birth"
    assert "The caller said that this summary is not right." in as_text(document)
    assert "number and year of birth agree" in as_text(document)
    assert "Identity: not verified." in as_text(brief_document(TRANSFER, CHEST_PAIN, AT))


def test_nothing_personal_is_in_a_repr() -> None:
    shown = repr(brief_document(TRANSFER, CHEST_PAIN, AT))
    for personal in ("+15550142", "Ann", "chest feels", "1961"):
        assert personal not in shown
