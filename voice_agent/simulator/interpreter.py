"""Plays TwiML documents on a call.

Fetch, perform the verbs in order, follow redirects until somebody hangs up. Whatever Twilio answers with "an
application error has occurred" is an error step here, and ends the call the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urljoin

from voice_agent.simulator import conference, dial, stream, verbs
from voice_agent.simulator.documents import XML_TYPES, Document, TwimlError, Verb, parse
from voice_agent.simulator.leg import HungUpError, Leg, SentElsewhereError, Source
from voice_agent.simulator.timeline import What

REGRET: Final = "We are sorry. An application error has occurred. Goodbye."
MOST_DOCUMENTS: Final = 500
"""More in one call is a loop that never ends."""


def run_call(leg: Leg, source: Source) -> None:
    """Play documents from `source` on until nothing is left to do. Raises HungUpError."""
    fallback = leg.twin.settings.fallback_url
    for _ in range(MOST_DOCUMENTS):
        try:
            return perform_all(leg, fetch(leg, source))
        except SentElsewhereError as sent:
            source = sent.source
        except TwimlError as error:
            leg.notes.note(What.ERROR, str(error))
            if not fallback:
                _regret(leg)
            about = {"ErrorCode": str(error.number), "ErrorUrl": source.url}
            source, fallback = Source(fallback, params=about), ""
    leg.notes.note(What.ERROR, f"11200: over {MOST_DOCUMENTS} documents in one call: a loop of redirects")
    return _regret(leg)


def _regret(leg: Leg) -> None:
    """What Twilio does when nothing better is left. Raises HungUpError."""
    leg.answer()
    verbs.say_text(leg, REGRET)
    raise HungUpError("agent")


def fetch(leg: Leg, source: Source) -> Document:
    """The document, parsed. Raises TwimlError: 11200 no good answer, 12300 not XML by its content type."""
    if source.twiml is not None:
        document = parse(source.twiml, source.url)
    else:
        answer = leg.twin.webhooks.send(source.url, leg.params() | source.params, source.method)
        if not answer.good:
            raise TwimlError(11200, f"{_path(source.url)} answered {answer.status or answer.why}, not a document")
        if answer.content_type not in XML_TYPES:
            raise TwimlError(12300, f"{_path(source.url)} answered {answer.content_type or 'no type'}, not XML")
        document = parse(answer.body, source.url)
    leg.notes.note(What.TWIML, f"{_path(source.url)} → {document}")
    if leg.answered_at is not None:
        leg.catch_up()
    return document


def perform_all(leg: Leg, document: Document) -> None:
    """The verbs in order. Raises what interrupts them."""
    for place, verb in enumerate(document.verbs):
        if verb.name == "Reject" and place == 0:
            verbs.reject(leg, verb)
        leg.answer()
        perform(leg, verb, document)


def perform(leg: Leg, verb: Verb, document: Document) -> None:
    """One verb. Raises what interrupts it, and TwimlError."""
    match verb.name:
        case "Say":
            verbs.say(leg, verb)
        case "Pause":
            verbs.pause(leg, verb)
        case "Play":
            verbs.play(leg, verb, document.url)
        case "Gather":
            verbs.gather(leg, verb, document.url)
        case "Redirect":
            raise SentElsewhereError(_target(verb, document, {}))
        case "Hangup":
            raise HungUpError("agent")
        case "Connect":
            leg.twin.connect(leg, verb, document.url)
        case "Start":
            stream.start(leg, verb, document.url)
        case "Dial":
            _dial(leg, verb, document)
        case _:
            raise TwimlError(12200, f"<{verb.name}> may not stand here")


def _dial(leg: Leg, verb: Verb, document: Document) -> None:
    nouns: Sequence[Verb] = verb.inside or ((Verb("Number", {}, verb.text, ()),) if verb.text else ())
    if len(nouns) != 1:
        raise TwimlError(12200, "<Dial> with several numbers or none: the twin rings one at a time")
    if nouns[0].name == "Conference":
        star = verb.flag("hangupOnStar", default=False)
        result = conference.dial(leg, nouns[0], document.url, _wait, leaves_on_star=star)
    else:
        result = dial.dial(leg, verb, nouns[0], document.url, run_call)
    if action := verb.attributes.get("action"):
        method = verb.attributes.get("method", "POST")
        raise SentElsewhereError(Source(urljoin(document.url, action), method, result))


def _wait(leg: Leg, source: Source) -> None:
    """One round of a conference's wait document; redirects in it are followed, other verbs are not allowed."""
    following: Source | None = source
    while following is not None:
        document, following = fetch(leg, following), None
        for verb in document.verbs:
            if verb.name not in {"Say", "Pause", "Play", "Redirect"}:
                raise TwimlError(13238, f"<{verb.name}> may not stand in a waitUrl document")
            if verb.name == "Redirect":
                # Not raised: REST may send the whole call elsewhere meanwhile, and that is another matter.
                following = _target(verb, document, source.params)
                break
            perform(leg, verb, document)


def _target(verb: Verb, document: Document, params: dict[str, str]) -> Source:
    return Source(urljoin(document.url, verb.text), verb.attributes.get("method", "POST"), params)


def _path(url: str) -> str:
    """The address without its host; it holds nothing personal, by contract."""
    return "/" + url.split("://", 1)[-1].split("/", 1)[-1] if "://" in url else url
