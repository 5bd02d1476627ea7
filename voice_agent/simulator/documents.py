"""TwiML, read as strictly as Twilio reads it.

Verbs and nouns that the twin does not play are errors with Twilio's code, never silently skipped: an agent that
relies on something must not pass its tests because the twin looked away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

from voice_agent.errors import VoiceAgentError

XML_TYPES: Final = frozenset({"text/xml", "application/xml", "text/html"})
"""Content types that Twilio reads as TwiML."""

ALLOWED: Final[dict[str, frozenset[str]]] = {
    "Response": frozenset(),
    "Say": frozenset({"voice", "language", "loop"}),
    "Pause": frozenset({"length"}),
    "Play": frozenset({"loop", "digits"}),
    "Gather": frozenset(
        {
            "action", "method", "timeout", "finishOnKey", "numDigits", "input", "actionOnEmptyResult",
            "language", "bargeIn",
        }
    ),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
    "Connect": frozenset({"action", "method"}),
    "Start": frozenset(),
    "Stream": frozenset({"url", "name", "track", "statusCallback", "statusCallbackMethod"}),
    "Parameter": frozenset({"name", "value"}),
    "Dial": frozenset(
        {"action", "method", "timeout", "callerId", "answerOnBridge", "hangupOnStar"}
    ),
    "Number": frozenset(
        {"url", "method", "statusCallback", "statusCallbackMethod", "statusCallbackEvent"}
    ),
    "Conference": frozenset(
        {
            "muted", "beep", "startConferenceOnEnter", "endConferenceOnExit", "participantLabel", "jitterBufferSize",
            "waitUrl", "waitMethod", "maxParticipants", "statusCallback", "statusCallbackMethod",
            "statusCallbackEvent",
        }
    ),
}  # fmt: skip
"""Elements that the twin plays, and the attributes that it knows."""

INSIDE: Final[dict[str, frozenset[str]]] = {
    "Response": frozenset(
        {"Say", "Pause", "Play", "Gather", "Redirect", "Hangup", "Reject", "Connect", "Start", "Dial"}
    ),
    "Gather": frozenset({"Say", "Pause", "Play"}),
    "Connect": frozenset({"Stream"}),
    "Start": frozenset({"Stream"}),
    "Stream": frozenset({"Parameter"}),
    "Dial": frozenset({"Number", "Conference"}),
}  # fmt: skip
"""Which element may hold which."""


class TwimlError(VoiceAgentError):
    """A document that Twilio would refuse; the call ends with Twilio's words of regret."""

    code = "twiml"

    def __init__(self, number: int, sentence: str) -> None:
        self.number = number
        super().__init__(f"{number}: {sentence}")


@dataclass(frozen=True, slots=True)
class Verb:
    """One element."""

    name: str
    attributes: dict[str, str]
    text: str
    inside: tuple[Verb, ...]

    def whole(self, attribute: str, default: int, *, least: int = 0) -> int:
        """An attribute that is a number. Raises TwimlError."""
        value = self.attributes.get(attribute, str(default))
        if not (value.isascii() and value.isdigit()) or int(value) < least:
            raise TwimlError(12200, f"<{self.name} {attribute}={value!r}> is no whole number from {least}")
        return int(value)

    def flag(self, attribute: str, *, default: bool) -> bool:
        """An attribute that is true or false. Raises TwimlError."""
        value = self.attributes.get(attribute, str(default)).lower()
        if value not in {"true", "false"}:
            raise TwimlError(12200, f"<{self.name} {attribute}={value!r}> is neither true nor false")
        return value == "true"


@dataclass(frozen=True, slots=True)
class Document:
    """The verbs of one response, and the address that relative ones in it are relative to."""

    url: str
    verbs: tuple[Verb, ...]

    def __str__(self) -> str:
        return ", ".join(_outline(verb) for verb in self.verbs) or "(empty)"


def parse(text: str, url: str) -> Document:
    """Raises TwimlError: 12100 not XML, 12102 a wrong root, 12200 an element or attribute that may not stand there."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise TwimlError(12100, "Document parse failure: TwiML has no DOCTYPE")
    try:
        root = ElementTree.fromstring(text.strip())  # noqa: S314 - of our own server; entities are refused above
    except ElementTree.ParseError as error:
        raise TwimlError(12100, f"Document parse failure: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12102, f"the root element is <{root.tag}>, not <Response>")
    return Document(url, _read(root).inside)


def _read(element: ElementTree.Element) -> Verb:
    for attribute in element.attrib:
        if attribute not in ALLOWED[element.tag]:
            raise TwimlError(12200, f"<{element.tag}> has no attribute {attribute!r} that Twilio or the twin knows")
    for child in element:
        if child.tag not in INSIDE.get(element.tag, frozenset()):
            raise TwimlError(12200, f"<{child.tag}> may not stand in <{element.tag}>, or the twin does not play it")
    return Verb(
        element.tag, dict(element.attrib), " ".join((element.text or "").split()), tuple(_read(c) for c in element)
    )


def _outline(verb: Verb) -> str:
    parts = ", ".join(_outline(child) for child in verb.inside if child.name != "Parameter")
    return f"{verb.name}({parts})" if parts else verb.name
