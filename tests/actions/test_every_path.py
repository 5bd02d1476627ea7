"""Every path of every protocol, through the actions as Rasa calls them: asked, answered, concluded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from rasa_server import NOW, content_of_dialogs, desk_with

from voice_agent import config
from voice_agent.actions.protocol import ActionRequest, Mark, Say, SetSlot
from voice_agent.actions.server import ActionServer
from voice_agent.fakes.scheduling import FakeScheduling
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocol_paths import MOST_ASKED, Path, paths
from voice_agent.triage.protocols import UNKNOWN, Protocol, Question

PROTOCOLS = {protocol.id: protocol for protocol in content_of_dialogs().protocols}
EVERY = pytest.mark.parametrize("protocol", PROTOCOLS.values(), ids=PROTOCOLS)
NOT_KNOWN, USELESS = "i don't know", "banana"
TO_A_PERSON = CareLevel.NURSE_WITHIN_HOUR.rank
"""As urgent as this or more: somebody speaks with the caller."""


@dataclass
class Form:
    """Rasa's side of `triage_form`: keeps the slots, asks for the answer until there is one, then concludes."""

    server: ActionServer
    slots: dict[str, object]
    prompts: list[str] = field(default_factory=list)
    """What was put to the caller, in order."""
    marks: dict[str, object] = field(default_factory=dict)
    """The `custom:` fields of the last action."""
    said: list[str] = field(default_factory=list)
    """The responses of the last action."""

    def ask(self) -> Question:
        """The question that is put now."""
        self._perform("action_ask_triage_answer")
        protocol, _, name = str(self.marks["question"]).partition(".")
        return next(question for question in PROTOCOLS[protocol].questions if question.id == name)

    def answer(self, text: str) -> None:
        self._perform("validate_triage_form", text, "dont_know" if text == NOT_KNOWN else "inform")

    @property
    def to_person(self) -> bool:
        return self.marks.get("do") == "transfer"

    @property
    def decided(self) -> bool:
        return self.slots.get("triage_answer") == "done"

    def conclude(self) -> Mapping[str, str]:
        """The end; what the record holds of it."""
        self._perform("action_conclude_triage")
        learned = self.marks["learned"]
        assert isinstance(learned, Mapping)
        return learned

    def _perform(self, action: str, text: str = "", intent: str = "inform") -> None:
        request = ActionRequest(
            *(action, "CA1", text, intent, 0.9),
            slots=dict(self.slots),
            form="triage_form",
            requested="triage_answer",
        )
        result = self.server.perform(request)
        self.slots |= {event.name: event.value for event in result.events if isinstance(event, SetSlot)}
        said = [response for response in result.responses if isinstance(response, Say)]
        self.said = [response.response for response in said]
        self.prompts += [
            response.variables["question_text"] for response in said if "question_text" in response.variables
        ]
        marks = [response.custom for response in result.responses if isinstance(response, Mark)]
        self.marks = {key: value for mark in marks for key, value in mark.items()}


@pytest.fixture(scope="module")
def server() -> ActionServer:
    return ActionServer(desk_with(FakeScheduling(config.load_settings().calendar, lambda: NOW)))


def begun(server: ActionServer, protocol: Protocol, answers: Mapping[str, str] | None = None) -> Form:
    return Form(server, {"symptom": protocol.id, "triage_answers": dict(answers or {})})


def as_given(question: Question, answer: str) -> str:
    """The key that gives this answer, or the words."""
    if answer == UNKNOWN:
        return NOT_KNOWN
    key = next((digit for digit, value in question.keys.items() if value == answer), None)
    if key is not None and question.kind != "number":
        return f"key {key}"
    if question.unit in {"days", "age_days"}:
        # `paths` tries a tenth below and above each bound; callers count whole days.
        value = float(answer)
        whole = round(value)
        days = whole if math.isclose(value, whole) else math.floor(value) if value < whole else math.ceil(value)
        return f"{days} days old" if question.unit == "age_days" else f"{days} days"
    return answer


def until_decided(form: Form, path: Path) -> None:
    """Answer each question that comes as this path does; the first doubt is asked again, and stays."""
    asked: list[str] = []
    while not form.decided:
        question = form.ask()
        assert question.id in path.answers, f"{question.id} is asked, but not on this path: {path.answers}"
        asked.append(question.id)
        assert len(asked) <= len(path.answers) + 1, f"asked without end: {asked}"
        form.answer(as_given(question, path.answers[question.id]))
    doubts = UNKNOWN in path.answers.values()
    assert len(asked) == len(path.answers) + doubts, "each question once, the first doubt once more"
    assert len(set(form.prompts)) == len(form.prompts), "no sentence is put twice"
    assert len(set(asked)) <= MOST_ASKED


def prefixes(protocol: Protocol) -> Iterator[tuple[Question, Mapping[str, str]]]:
    """Each question of a protocol, and answers after which it is the next one."""
    questions = {question.id: question for question in protocol.questions}
    seen: set[str] = set()
    for path in paths(protocol):
        known: dict[str, str] = {}
        for name, answer in path.answers.items():
            if name not in seen:
                seen.add(name)
                yield questions[name], dict(known)
            known[name] = answer
    assert seen == set(questions)


@EVERY
def test_every_path_ends_with_a_level_a_reason_and_a_source(server: ActionServer, protocol: Protocol) -> None:
    for path in paths(protocol):
        form = begun(server, protocol)
        until_decided(form, path)
        learned = form.conclude()
        assert learned == {
            "triage": f"{protocol.title}: {path.end.reason}",
            "triage_level": path.end.care_level.value,
            "triage_source": protocol.source,
        }
        assert path.end.reason
        assert protocol.source
        if path.end.care_level.rank <= TO_A_PERSON:
            assert form.to_person, path
            assert form.marks["care_level"] == path.end.care_level.value
        else:
            assert "utter_offer_booking" in form.said, "who is not brought to a person is offered a visit"


@EVERY
def test_who_does_not_know_is_brought_to_a_person(server: ActionServer, protocol: Protocol) -> None:
    for question, known in prefixes(protocol):
        if question.kind == "open":
            continue
        form = begun(server, protocol, known)
        assert form.ask() is question
        form.answer(NOT_KNOWN)
        if UNKNOWN not in known.values():
            assert form.said == ["utter_triage_unsure"]
            assert form.ask() is question
            assert form.prompts[-1] == question.reprompt
            form.answer(NOT_KNOWN)
        for _ in range(MOST_ASKED):
            # All else she knows well, and it is not so.
            if not form.decided:
                form.answer(as_given(form.ask(), calmest(form.ask(), protocol)))
        form.conclude()
        assert form.to_person, question.id


@EVERY
def test_three_answers_that_nobody_can_use_end_at_a_nurse(server: ActionServer, protocol: Protocol) -> None:
    for question, known in prefixes(protocol):
        if question.kind == "open":
            continue
        form = begun(server, protocol, known)
        assert form.ask() is question
        form.answer(USELESS)
        for _ in range(2):
            assert not form.to_person
            assert form.ask() is question
            assert form.prompts[-1] == question.reprompt, "put differently, with the keys"
            form.answer(USELESS)
        assert form.to_person, question.id
        assert form.marks["care_level"] == "nurse_now"


@EVERY
def test_every_yes_or_no_has_its_two_keys_and_listens_for_them(server: ActionServer, protocol: Protocol) -> None:
    for question, known in prefixes(protocol):
        form = begun(server, protocol, known)
        assert form.ask() is question
        keypad = form.marks["keypad"]
        assert isinstance(keypad, Mapping)
        assert "0" not in keypad, "0 is a person, everywhere"
        if question.kind == "yes_no":
            assert keypad == {"1": "key 1", "2": "key 2"}
            assert form.marks["listen"] == "yes_no"
        for digit in keypad:
            pressed = begun(server, protocol, known)
            pressed.answer(f"key {digit}")
            answers = pressed.slots["triage_answers"]
            assert isinstance(answers, Mapping)
            assert answers[question.id] == question.keys[digit]


def calmest(question: Question, protocol: Protocol) -> str:
    """The answer with which the least urgent path goes on."""
    ends = [path for path in paths(protocol) if path.answers.get(question.id) not in {None, UNKNOWN}]
    return max(ends, key=lambda path: path.end.care_level.rank).answers[question.id]
