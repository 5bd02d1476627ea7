"""What `voice-agent check` finds wrong with a protocol."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_protocol import GOOD, parsed

from voice_agent.errors import ContentError
from voice_agent.triage.protocols import problems


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            'press 1; else press 2."',
            'press 1; else press 2.", screened: {cough.blod: null}',
            "no question of red_flags",
        ),
        ('press 1; else press 2."', 'press 1; else press 2.", screened: {cough.blood: null}', None),
        ('press 1; else press 2."', 'press 1; else press 2.", screened: {cough.blood: Much}', "question mark"),
        ("kind: number}", "kind: number, screened: {cough.blood: null}}", "does not ask for yes or no"),
        ("{blood: yes}", "{blud: yes}", "'blud', which is no question"),
        ("{blood: yes}", "{blood: perhaps}", "answered yes, no or unknown"),
        ('{weeks: ">= 3"}', '{weeks: "3"}', "write a comparison"),
        ('{weeks: ">= 3"}', "{more: cough}", "open question"),
        ('{weeks: ">= 3"}', "{blood: yes}", "can never decide"),
        ("care_level: nurse_now", "care_level: self_care", "put the most urgent first"),
        ("call 911", "call us", "safety net"),
        ("source: NHS, Cough", 'source: ""', "source is empty"),
        ("applies_to: [cough/coughing]", "applies_to: []", "applies_to is empty"),
        ("{id: weeks, ask", "{id: blood, ask", "stands 2 times"),
        ('ask: "Any blood?"', 'ask: "Blood."', "question mark"),
        ("{id: long,", "{id: bloody,", "used twice"),
        ("{blood: yes}", "{blood: [yes, unknown]}", None),
        ('{weeks: ">= 3"}', "{weeks: ['< 3', unknown]}", "can end without a person"),
        ("kind: number}", "kind: number, keypad: {'1': lots}}", "a number for every key"),
        ("kind: number}", "kind: number, keypad: {'#': '1'}}", "is no key"),
        ("kind: open}", "kind: choice, choices: {a: [a]}}", "fewer than two"),
        ("press 1; else press 2.", "say yes; else say no.", "name its keys"),
        ("press 1; else press 2.", "press 1.", "name its keys"),
        ("priority: 4", "priority: 12", "not one of 1"),
        ("kind: number}", "kind: number, older_than: 5}", "only if it asks for yes or no"),
        ("[cough/coughing]", "[um]", "callers' words never keep"),
        ("[cough/coughing]", "[cough, '']", "an empty phrase"),
        ("id: cough", "id: coughs", "not the file's name; write id: cough"),
        ("reason: Blood", "reason: ' '", "gives no reason"),
        ("rules:", "callers_say: [i sneeze]\nrules:", "'i sneeze' fits no protocol"),
        ("rules:", "callers_say: [i keep coughing]\nrules:", None),
        ("rules:", "fallback: true\nrules:", "the fallback is for what no phrase fits"),
    ],
)
def test_problems_are_named(old: str, new: str, complaint: str | None) -> None:
    assert old in GOOD
    found = problems([parsed(GOOD.replace(old, new))], ["cough"], ["cough.blood"])
    if complaint is None:
        assert found == []
    else:
        assert any(complaint in problem.text for problem in found), found
        assert {problem.file for problem in found} == {"cough"}


def test_two_protocols_with_one_id_are_named() -> None:
    assert any("ids must differ" in problem.text for problem in problems([parsed(GOOD), parsed(GOOD)]))


def test_a_sentence_that_comes_to_another_protocol_names_that_one() -> None:
    cough = parsed(GOOD.replace("rules:", "callers_say: [a cough and a fever]\nrules:"))
    fever = replace(parsed(GOOD), id="fever", applies_to=("fever",), priority=1)
    [problem] = problems([cough, fever])
    assert problem.location == ("callers_say", 0)
    assert "comes to 'fever', not here" in problem.text


def test_there_is_one_fallback_at_most() -> None:
    general = replace(parsed(GOOD), applies_to=(), fallback=True)
    assert problems([general]) == []
    [problem] = problems([general, replace(general, id="other")])
    assert (problem.file, problem.location) == ("other", ("fallback",))


def test_a_problem_says_where_in_the_file_it_is() -> None:
    [problem] = problems([parsed(GOOD.replace('{weeks: ">= 3"}', '{weeks: "3"}'))])
    assert problem.location == ("rules", 1, "when", "weeks")
    assert str(problem).startswith("cough: rule 'long': ")


def test_more_questions_than_six_for_one_caller_are_named_with_the_path() -> None:
    more = "".join(
        f'  - {{id: q{n}, ask: "Is it {n}?", reprompt: "If it is {n}, press 1, else press 2."}}\n' for n in range(6)
    )
    rules = "".join(
        f"  - {{id: r{n}, when: {{q{n}: yes}}, care_level: nurse_now, reason: It is {n}}}\n" for n in range(6)
    )
    long = GOOD.replace("rules:\n", f"{more}rules:\n{rules}")
    found = problems([parsed(long)])
    assert any("asks 9 questions of one caller" in problem.text for problem in found), found


def test_a_wrong_key_names_line_and_nearest() -> None:
    with pytest.raises(ContentError, match=r"cough.yaml:2: .*did you mean 'id'"):
        parsed(GOOD.replace("id: cough", "idd: cough"))
