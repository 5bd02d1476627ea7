"""What nurses disagreed with: for clinical review, and as test cases to be."""

from __future__ import annotations

import json
from collections.abc import Iterable

import structlog
from flask import Blueprint, Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from voice_agent.call.case_work import ReviewItem, Verdict
from voice_agent.web.console import case_view, times
from voice_agent.web.console.parts import Parts, nurses_only

log = structlog.get_logger(__name__)

SHOULD = {
    Verdict.OVER_TRIAGED: "must_not_fire",
    Verdict.WRONG_EVIDENCE: "must_not_fire",
    Verdict.UNDER_TRIAGED: "must_fire",
}


def add_reviews(console: Blueprint, parts: Parts) -> None:
    """GET /console/reviews, /console/reviews.yaml; POST /console/reviews/<id>/close."""

    @console.get("/reviews")
    def reviews() -> str:
        nurse = nurses_only()
        items = parts.case_store.reviews()
        log.info("console_reviews_viewed", user=nurse)
        now, kept = parts.now(), {item.token for item in items if parts.store.load_transfer(item.token)}
        rows = [
            {
                "item": item,
                "verdict": case_view.VERDICTS[item.verdict].partition(":")[0],
                "flag": case_view.in_words(item.flag) if item.flag else "No red flag was raised",
                "at": times.clock(times.moment(item.at), now, parts.zone),
                "kept": item.token in kept,
            }
            for item in items
        ]
        return render_template("console/reviews.html", rows=rows)

    @console.get("/reviews.yaml")
    def reviews_yaml() -> Response:
        nurse = nurses_only()
        log.info("console_reviews_exported", user=nurse)
        answer = Response(as_yaml(parts.case_store.reviews()), content_type="application/yaml; charset=utf-8")
        answer.headers["Content-Disposition"] = 'attachment; filename="review-list.yaml"'
        return answer

    @console.post("/reviews/<review_id>/close")
    def close_review(review_id: str) -> AnyResponse:
        nurse = nurses_only()
        closed = parts.case_store.close_review(review_id)
        log.info("console_review_closed", user=nurse, review=review_id, closed=closed)
        flash("Taken off the list." if closed else "It had been taken off already.", "done")
        return redirect(url_for("console.reviews"), 303)


def as_yaml(items: Iterable[ReviewItem]) -> str:
    """One line a proposed test case, to be pasted beside the red flag that it is about.

    `phrase` is what the caller said; read it for names before it leaves the clinic.
    """
    head = "# Proposed by nurses. Read every phrase for names before it leaves the clinic; a clinician decides.\n"
    # JSON's strings are YAML's, quoted.
    lines = (
        f"- {{phrase: {json.dumps(item.phrase, ensure_ascii=False)}, flag: {json.dumps(item.flag or None)}, "
        f"should: {SHOULD[item.verdict]}, verdict: {item.verdict}}}\n"
        for item in items
    )
    return head + "".join(lines)
