"""A report, and its JSON."""

from __future__ import annotations

import json

import pytest
from evaluation_stories import made

from voice_agent.evaluation import report
from voice_agent.evaluation.report import ReportError


def test_it_comes_back_from_json_as_it_went() -> None:
    told = made()
    again = report.from_json(report.to_json(told), "x.json")
    assert again.of("locked", "spoken") == told.of("locked", "spoken")
    assert again.calls == told.calls
    assert report.to_json(again) == report.to_json(told)


def test_every_share_carries_its_interval() -> None:
    told = json.loads(report.to_json(made()))
    caught = told["sentences"][0]["figures"][0]
    assert caught["name"] == "caught"
    assert caught["share"] == {"hits": 3, "n": 4, "value": 0.75, "low": 0.30064, "high": 0.95441}


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2}', '{"version": 1}'])
def test_something_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(ReportError, match=r"x\.json"):
        report.from_json(text, "x.json")


def test_misses_and_alarms_tell_what_was_said_and_what_was_heard() -> None:
    spoken = made().of("locked", "spoken")
    assert spoken
    assert [(one.text, one.voice, one.given) for one in spoken.missed] == [("my face droops", "espeak:en-us", "passed")]
    written = made().of("locked", "written")
    assert written
    assert [(one.wording, one.given) for one in written.alarms] == [("crisis_idiom", "911")]


def test_false_reassurances_of_calls_are_named() -> None:
    calls = made().calls
    assert calls
    assert [one.case for one in calls.reassured] == ["infant_fever.1"]


def test_a_figure_that_is_not_there_is_an_error() -> None:
    written = made().of("locked", "written")
    assert written
    with pytest.raises(KeyError):
        written.figure("typo")
    assert made().of("development", "written") is None
