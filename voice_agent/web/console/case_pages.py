"""One case: what is known, and what a nurse does about it."""

from __future__ import annotations

from typing import Final, TypeVar

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from voice_agent.call.case_work import CaseOutcome, Verdict
from voice_agent.call.handoff import CallSummary
from voice_agent.call.transfer import Transfer
from voice_agent.case_desk import Done
from voice_agent.errors import RecordsError
from voice_agent.web.console import case_view
from voice_agent.web.console.parts import Parts, nurses_only

log = structlog.get_logger(__name__)

MOST_ITEMS: Final = 200
Choice = TypeVar("Choice", CaseOutcome, Verdict)


def add_case(console: Blueprint, parts: Parts) -> None:
    """GET /console/cases/<token> and …/status."""

    def shown(token: str) -> case_view.Case:
        transfer, summary = found(parts, token)
        work = parts.case_store.load_work(token)
        return case_view.case(transfer, summary, work, parts.now(), parts.zone)

    @console.get("/cases/<token>")
    def case(token: str) -> str:
        nurse = nurses_only()
        page = shown(token)
        log.info("console_case_viewed", user=nurse, transfer=token)
        return render_template(
            "console/case.html",
            case=page,
            earlier=_earlier(parts, token),
            base=url_for("console.case", token=token),
            callback_open=any(task.token == token for task in parts.store.callbacks()),
            phone=parts.users.phone(nurse),
            outcomes=case_view.OUTCOMES,
            verdicts=case_view.VERDICTS,
        )

    @console.get("/cases/<token>/status")
    def case_status(token: str) -> str:
        nurse = nurses_only()
        return render_template("console/_case_status.html", case=shown(token), phone=parts.users.phone(nurse))


def add_case_work(console: Blueprint, parts: Parts) -> None:
    """Who has the case: POST /console/cases/<token>/claim, /release, /take-over, /ring."""
    cases = parts.cases

    @console.post("/cases/<token>/claim")
    def claim(token: str) -> AnyResponse:
        return _answered(token, cases.claim(_known(parts, token), nurses_only()), "You have this case.")

    @console.post("/cases/<token>/take-over")
    def take_over(token: str) -> AnyResponse:
        before = request.form.get("from", "")
        return _answered(token, cases.take_over(_known(parts, token), nurses_only(), before), "You have this case now.")

    @console.post("/cases/<token>/release")
    def release(token: str) -> AnyResponse:
        return _answered(token, cases.release(_known(parts, token), nurses_only()), "The case is free for others.")

    @console.post("/cases/<token>/ring")
    def ring(token: str) -> AnyResponse:
        nurse = nurses_only()
        number = parts.users.phone(nurse)
        if number is None:
            flash("Your account has no phone number. Operations can add one.", "problem")
            return _back(token)
        done = cases.claim(_known(parts, token), nurse)
        if done.ok and not parts.nurses.volunteer(token, number):
            flash("Too late: another nurse is with this caller, or the call is over.", "problem")
            return _back(token)
        return _answered(token, done, "Your phone rings. Press 1 to be joined with the caller.")


def add_case_notes(console: Blueprint, parts: Parts) -> None:
    """What she tells of it: POST /console/cases/<token>/note, /outcome, /asked, /disagree."""
    cases = parts.cases

    @console.post("/cases/<token>/note")
    def note(token: str) -> AnyResponse:
        done = cases.note(_known(parts, token), nurses_only(), request.form.get("text", ""))
        return _answered(token, done, "The note is kept.")

    @console.post("/cases/<token>/outcome")
    def outcome(token: str) -> AnyResponse:
        chosen = _choice(CaseOutcome, "outcome")
        done = cases.close(_known(parts, token), nurses_only(), chosen)
        return _answered(token, done, f"Closed: {case_view.OUTCOMES[chosen]}.")

    @console.post("/cases/<token>/asked")
    def asked(token: str) -> AnyResponse:
        nurse = nurses_only()
        _, summary = found(parts, token)
        held = {item.id for item in case_view.held(summary)}
        again = tuple(item for item in request.form.getlist("again")[:MOST_ITEMS] if item in held)
        done = cases.asked_again(token, nurse, again, len(held))
        parts.facts.asked_again(summary.call_id, len(again), len(held), parts.now())
        return _answered(token, done, "Thank you. It is counted.")

    @console.post("/cases/<token>/disagree")
    def disagree(token: str) -> AnyResponse:
        nurse, verdict = nurses_only(), _choice(Verdict, "verdict")
        _, summary = found(parts, token)
        phrase = request.form.get("phrase", "")
        if not phrase.strip():
            flash("Please give the caller's words that were judged wrongly.", "problem")
            return _back(token)
        flag = summary.red_flag.flag if summary.red_flag else ""
        done = cases.disagree(token, nurse, verdict, flag, phrase, request.form.get("comment", ""))
        return _answered(token, done, "It is on the review list.")


def _earlier(parts: Parts, token: str) -> list[case_view.EarlierCall]:
    """Other calls from the same number; none when the database does not answer: the case matters more."""
    _, summary = found(parts, token)
    try:
        facts = parts.facts.earlier(summary.caller_number, summary.call_id)
    except RecordsError as error:
        log.error("earlier_calls_not_read", transfer=token, problem=str(error))
        return []
    return [case_view.earlier(fact, parts.now(), parts.zone) for fact in facts]


def found(parts: Parts, token: str) -> tuple[Transfer, CallSummary]:
    """The case with this token; 404 when it is not kept (any more)."""
    transfer, summary = parts.store.load_transfer(token), parts.store.load_summary(token)
    if transfer is None or summary is None:
        abort(404)
    return transfer, summary


def _known(parts: Parts, token: str) -> str:
    """`token`, when there is such a case: nothing is kept under a name that somebody made up."""
    nurses_only()
    if parts.store.load_transfer(token) is None:
        abort(404)
    return token


def _choice(kind: type[Choice], name: str) -> Choice:
    """What was chosen from a list of ours; 400 for anything else."""
    try:
        return kind(request.form.get(name, ""))
    except ValueError:
        abort(400)


def _answered(token: str, done: Done, words: str) -> AnyResponse:
    if done.ok:
        flash(words, "done")
    elif done.work.nurse:
        flash(f"{done.work.nurse} has this case. Nothing was changed.", "problem")
    else:
        flash("Nobody has this case any more. Nothing was changed.", "problem")
    return _back(token)


def _back(token: str) -> AnyResponse:
    return redirect(url_for("console.case", token=token), 303)
