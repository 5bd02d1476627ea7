"""Practice for new staff: invented cases on the real pages.

What a learner does stands in her own signed cookie until she signs out, and nowhere else: nothing of it comes near
real cases, call-backs, reviews or figures.
"""

from __future__ import annotations

from typing import Final

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from voice_agent.call.case_work import CaseOutcome, CaseWork
from voice_agent.web.console import case_view, practice_cases, views
from voice_agent.web.console.parts import Parts, nurses_only
from voice_agent.web.console.practice_cases import CASES, PracticeCase

log = structlog.get_logger(__name__)

SAID: Final = {
    "claim": "You have this case. In earnest, other nurses now see your name on it.",
    "release": "The case is free again.",
    "ring": "In earnest your phone would ring now, and 1 would join you with the caller.",
    "note": "In earnest the note would stand here, with your name and the time.",
    "asked": "In earnest it would be counted in the repeat-question rate.",
    "disagree": "In earnest the words would be on the review list, as a proposed test case.",
    "outcome": "Closed.",
}


def add_practice(console: Blueprint, parts: Parts) -> None:
    """GET /console/practice, /console/practice/<id>; POST /console/practice/<id>/<what>, /console/practice/again."""

    @console.get("/practice")
    def practice() -> str:
        nurse, now = nurses_only(), parts.now()
        transfers = [case.transfer(now) for case in CASES]
        desk = views.Desk(
            transfers,
            [],
            {practice_cases.MARK + case.id: case.called(now) for case in CASES},
            {practice_cases.MARK + case.id: _work(case, nurse, parts) for case in CASES},
        )
        return render_template("console/practice.html", queue=views.queue(desk, now, parts.zone))

    @console.get("/practice/<case_id>")
    def practice_case(case_id: str) -> str:
        nurse, case, now = nurses_only(), _found(case_id), parts.now()
        page = case_view.case(case.transfer(now), case.called(now), _work(case, nurse, parts), now, parts.zone)
        return render_template(
            "console/practice_case.html",
            case=page,
            base=url_for("console.practice_case", case_id=case_id),
            outcomes=case_view.OUTCOMES,
            verdicts=case_view.VERDICTS,
            earlier=[],
            lesson=case.lesson if page.outcome else "",
            usual=case_view.OUTCOMES[case.usual],
        )

    @console.post("/practice/<case_id>/<what>")
    def practise(case_id: str, what: str) -> AnyResponse:
        nurses_only()
        case = _found(case_id)
        if what not in SAID:
            abort(404)
        done = dict(session.get("practice", {}))
        mine = dict(done.get(case.id, {}))
        if what in {"claim", "release"}:
            mine["claimed"] = "yes" if what == "claim" else ""
        if what == "outcome":
            if request.form.get("outcome") not in set(CaseOutcome):
                abort(400)
            mine["outcome"] = request.form["outcome"]
        session["practice"] = {**done, case.id: mine}
        flash(f"Practice: {SAID[what]}", "done")
        return redirect(url_for("console.practice_case", case_id=case.id), 303)

    @console.post("/practice/again")
    def practise_again() -> AnyResponse:
        nurses_only()
        session.pop("practice", None)
        flash("Practice begins anew.", "done")
        return redirect(url_for("console.practice"), 303)


def _found(case_id: str) -> PracticeCase:
    case = practice_cases.find(case_id)
    if case is None:
        abort(404)
    return case


def _work(case: PracticeCase, nurse: str, parts: Parts) -> CaseWork:
    done = session.get("practice", {}).get(case.id, {})
    return practice_cases.work(case, nurse, done, parts.now().isoformat(timespec="seconds"))
