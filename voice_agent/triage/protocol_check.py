"""What is wrong with protocols.

Slips of form first; where there are none, every path that a caller can take is walked (`protocol_paths`), and every
sentence of `callers_say` is tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.phrases import unsayable
from voice_agent.triage.protocol_choice import protocol_for
from voice_agent.triage.protocol_content import COMPARISON, UNKNOWN, Condition, Protocol, Question, Rule
from voice_agent.triage.protocol_paths import problems_of_paths

MOST_QUESTIONS: Final = 12
"""Of one protocol; no caller is asked more than `protocol_paths.MOST_ASKED` of them."""
Location = tuple[str | int, ...]
Found = Iterator[tuple[Location, str]]


@dataclass(frozen=True, slots=True)
class ProtocolProblem:
    """One thing to mend."""

    file: str
    """Name of the protocol's file, without `.yaml`."""
    location: Location
    """Keys and indices down to it, as in the YAML file: ("rules", 2, "when", "blood")."""
    text: str
    """What is wrong and how to mend it, one sentence."""

    def __str__(self) -> str:
        return f"{self.file}: {self.text}"


def problems(
    protocols: Sequence[Protocol],
    files: Sequence[str] | None = None,
    red_flag_questions: Collection[str] | None = None,
) -> list[ProtocolProblem]:
    """What is wrong with the content, so that no path lacks an end, nor an unclear one a person. Empty: nothing.

    `files`: the name of each one's file, without `.yaml`, which its id has to be. `red_flag_questions`: the ids that
    `screened` may name; None: any.
    """
    found: list[ProtocolProblem] = []
    for protocol, file in zip(protocols, files or [protocol.id for protocol in protocols], strict=True):
        wrong = [*_of_the_whole(protocol), *_of_questions(protocol), *_of_rules(protocol)]
        wrong += _of_screened(protocol, red_flag_questions)
        if protocol.id != file:
            wrong.append((("id",), f"{protocol.id!r} is not the file's name; write id: {file}"))
        # Paths can be walked only where every rule speaks of questions that exist.
        wrong = wrong or list(problems_of_paths(protocol))
        found += [ProtocolProblem(file, location, text) for location, text in wrong]
    return found or [*_among(protocols)]


def _among(protocols: Sequence[Protocol]) -> Iterator[ProtocolProblem]:
    """What only all of them together can get wrong."""
    for name, count in Counter(protocol.id for protocol in protocols).items():
        if count > 1:
            yield ProtocolProblem(name, ("id",), f"{count} protocols have this id; ids must differ")
    for other in [protocol for protocol in protocols if protocol.fallback][1:]:
        yield ProtocolProblem(other.id, ("fallback",), "another protocol is the fallback already; only one can be")
    for protocol in protocols:
        for place, sentence in enumerate(protocol.callers_say):
            came = protocol_for(sentence, protocols)
            if came is None or came.id != protocol.id:
                to = f"comes to {came.id!r}, not here" if came else "fits no protocol"
                text = f"{sentence!r} {to}; mend applies_to or priority"
                yield ProtocolProblem(protocol.id, ("callers_say", place), text)


def _of_the_whole(protocol: Protocol) -> Found:
    if not protocol.applies_to and not protocol.fallback:
        yield ("applies_to",), "applies_to is empty, so no caller ever gets here"
    if protocol.fallback and (protocol.applies_to or protocol.callers_say):
        yield ("fallback",), "the fallback is for what no phrase fits; drop applies_to and callers_say"
    if not protocol.source.strip():
        yield ("source",), "source is empty: name the public authority"
    if not 1 <= protocol.priority <= 9:
        yield ("priority",), f"priority {protocol.priority} is not one of 1 (asked about first) to 9"
    if not 1 <= len(protocol.questions) <= MOST_QUESTIONS:
        yield ("questions",), f"has {len(protocol.questions)} questions; 1 to {MOST_QUESTIONS} are allowed"
    for key, phrases in (("applies_to", protocol.applies_to), ("unless", protocol.unless)):
        for place, phrase in enumerate(phrases):
            yield from _phrase((key, place), phrase)


def _phrase(location: Location, phrase: str) -> Found:
    if not phrase.strip():
        yield location, "an empty phrase fits nothing"
    elif word := unsayable(phrase):
        yield location, f"{phrase!r} holds {word!r}, which callers' words never keep (a filler, or no word)"


def _of_questions(protocol: Protocol) -> Found:
    for place, question in enumerate(protocol.questions):
        if question.id in {other.id for other in protocol.questions[:place]}:
            yield ("questions", place, "id"), f"question {question.id!r} stands 2 times"
        for location, text in _of_question(question):
            yield ("questions", place, *location), f"question {question.id!r} {text}"


def _of_question(question: Question) -> Found:
    if question.kind == "choice" and len(question.choices) < 2:
        yield ("choices",), "is a choice of fewer than two"
    if question.kind != "choice" and question.choices:
        yield ("choices",), f"has choices but is of kind {question.kind}"
    if question.unit and question.kind != "number":
        yield ("unit",), f"has a unit but is of kind {question.kind}"
    if not question.ask.strip().endswith("?") or question.ask.strip() == question.reprompt.strip():
        yield ("ask",), "must ask with a question mark, and its reprompt must use other words"
    if question.keys and not _names_keys(question):
        yield ("reprompt",), "must name its keys in the reprompt: write 'press 1 …'"
    if question.kind != "yes_no" and not (question.older_than is None and question.younger_than is None):
        yield (
            ("older_than",),
            f"can be answered by an age only if it asks for yes or no, but is of kind {question.kind}",
        )
    if question.denied and question.kind != "yes_no":
        yield ("denied",), f"has phrases to deny but is of kind {question.kind}"
    yield from _answers_given(question)
    phrases = [
        (("choices", value, at), text) for value, said in question.choices.items() for at, text in enumerate(said)
    ]
    phrases += [(("said", value, at), text) for value, said in question.said.items() for at, text in enumerate(said)]
    phrases += [(("denied", "", at), text) for at, text in enumerate(question.denied)]
    for location, text in phrases:
        yield from _phrase(location, text)


def _of_screened(protocol: Protocol, red_flag_questions: Collection[str] | None) -> Found:
    for place, question in enumerate(protocol.questions):
        for name, rest in question.screened.items():
            location = ("questions", place, "screened", name)
            if red_flag_questions is not None and name not in red_flag_questions:
                yield location, f"question {question.id!r}: {name!r} is no question of red_flags.yaml"
            if question.kind != "yes_no":
                yield location, f"question {question.id!r} cannot be denied before, it does not ask for yes or no"
            if rest is not None and not rest.strip().endswith("?"):
                yield location, f"question {question.id!r}: what is left to ask must end with a question mark"


def _names_keys(question: Question) -> bool:
    """Whether the reprompt says "press", and for yes and no both keys."""
    wording = question.reprompt.lower()
    return "press" in wording and (question.kind != "yes_no" or ("1" in wording and "2" in wording))


def _answers_given(question: Question) -> Found:
    allowed = {"yes_no": {"yes", "no", UNKNOWN}, "choice": {*question.choices, UNKNOWN}}.get(question.kind)
    for key, given in (("said", [*question.said]), ("keypad", [*question.keypad.values()])):
        for answer in given:
            if allowed is not None and answer not in allowed:
                yield (key,), f"cannot be answered {answer!r}; known are {', '.join(sorted(allowed))}"
    if question.kind == "number" and not all(_is_number(answer) for answer in question.keypad.values()):
        yield ("keypad",), "must give a number for every key"
    for digit in question.keypad:
        if digit not in set("0123456789"):
            yield ("keypad", digit), f"has {digit!r} for a key, which is no key; write '0' to '9'"


def _is_number(answer: str) -> bool:
    return answer.replace(".", "", 1).isdigit() or answer == UNKNOWN


def _of_rules(protocol: Protocol) -> Found:
    if not protocol.rules:
        yield ("rules",), "has no rules"
    for name, count in Counter(rule.id for rule in protocol.rules).items():
        if count > 1 or name in {"doubt", "default"}:
            yield ("rules",), f"rule id {name!r} is used twice or reserved"
    for place, rule in enumerate(protocol.rules):
        above = protocol.rules[place - 1] if place else rule
        if rule.care_level.rank < above.care_level.rank:
            text = f"rule {rule.id!r} is more urgent than {above.id!r} above it; put the most urgent first"
            yield ("rules", place, "care_level"), text
        yield from _of_rule(protocol, place, rule)


def _of_rule(protocol: Protocol, place: int, rule: Rule) -> Found:
    questions = {question.id: question for question in protocol.questions}
    here: Location = ("rules", place)
    if not rule.reason.strip():
        yield (*here, "reason"), f"rule {rule.id!r} gives no reason; the nurse reads it"
    if rule.care_level is CareLevel.SELF_CARE and not any("911" in sentence for sentence in rule.advice):
        yield (*here, "advice"), f"rule {rule.id!r} gives self-care without a safety net that names 911"
    for name, condition in rule.when.items():
        if name not in questions:
            yield (*here, "when"), f"rule {rule.id!r} asks for {name!r}, which is no question"
        elif complaint := _of_condition(questions[name], condition):
            yield (*here, "when", name), f"rule {rule.id!r}: {complaint}"


def _of_condition(question: Question, condition: Condition) -> str | None:
    if isinstance(condition, tuple):
        return next((wrong for choice in condition if (wrong := _of_condition(question, choice))), None)
    said = {True: "yes", False: "no"}[condition] if isinstance(condition, bool) else condition
    compares = COMPARISON.fullmatch(said) is not None
    match question.kind:
        case "open":
            return f"{question.id!r} is an open question, which cannot decide"
        case "number" if not compares and said != UNKNOWN:
            return f"{question.id!r} is a number: write a comparison such as '>= 103', not {said!r}"
        case "yes_no" if said not in {"yes", "no", UNKNOWN}:
            return f"{question.id!r} is answered yes, no or unknown, not {said!r}"
        case "choice" if said not in {*question.choices, UNKNOWN}:
            return f"{question.id!r} has no choice {said!r}; it has {', '.join(question.choices)}"
    return None
