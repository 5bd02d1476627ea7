"""The review list, on the page and as YAML."""

from __future__ import annotations

import yaml
from flask.testing import FlaskClient
from invented_cases import csrf_of
from site_on_fakes import Site

from voice_agent.call.case_work import ReviewItem, Verdict
from voice_agent.web.console.review_pages import as_yaml

AT = "2026-03-02T14:00:00-05:00"
ITEMS = [
    ReviewItem("r1", "t1", "kim", AT, Verdict.OVER_TRIAGED, "chest_pain", 'a "chest" of tea: {x} # y'),
    ReviewItem("r2", "t2", "kim", AT, Verdict.UNDER_TRIAGED, "", "elle ne respire plus, señor"),
    ReviewItem("r3", "t3", "kim", AT, Verdict.WRONG_EVIDENCE, "no", "- not a list"),
]


def test_each_line_is_yaml_that_says_what_should_happen() -> None:
    text = as_yaml(ITEMS)
    assert text.startswith("# ")
    assert yaml.safe_load(text) == [
        {"phrase": ITEMS[0].phrase, "flag": "chest_pain", "should": "must_not_fire", "verdict": "over_triaged"},
        {"phrase": ITEMS[1].phrase, "flag": None, "should": "must_fire", "verdict": "under_triaged"},
        {"phrase": ITEMS[2].phrase, "flag": "no", "should": "must_not_fire", "verdict": "wrong_evidence"},
    ]
    assert len(text.splitlines()) == 4


def test_the_list_is_exported_and_worked_off(site: Site, nurse: FlaskClient) -> None:
    assert "Nothing to review." in nurse.get("/console/reviews").get_data(as_text=True)
    site.cases.add_review(ITEMS[0])
    page = nurse.get("/console/reviews")
    exported = nurse.get("/console/reviews.yaml")
    assert exported.mimetype == "application/yaml"
    assert "attachment" in exported.headers["Content-Disposition"]
    assert 'a \\"chest\\" of tea' in exported.get_data(as_text=True)
    nurse.post("/console/reviews/r1/close", data={"csrf": csrf_of(page)})
    assert site.cases.reviews() == []


def test_callers_words_are_for_nurses(site: Site, operations: FlaskClient) -> None:
    site.cases.add_review(ITEMS[0])
    for path in ("reviews", "reviews.yaml"):
        answer = operations.get(f"/console/{path}")
        assert answer.status_code == 403
        assert "tea" not in answer.get_data(as_text=True)
    assert "Review list" not in operations.get("/console/").get_data(as_text=True)
