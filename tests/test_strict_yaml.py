"""A slip in a file that people edit is told with file, line, key and the nearest right word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest

from voice_agent.errors import ContentError
from voice_agent.strict_yaml import parse, problems, read


@dataclass(frozen=True)
class Nurse:
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    number: str
    patience_s: int = 20

    def __post_init__(self) -> None:
        if self.patience_s < 0:
            raise ValueError("a nurse has some patience")


@dataclass(frozen=True)
class Desk:
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    greeting: str
    nurses: tuple[Nurse, ...] = ()
    main: Nurse | None = None
    by_team: Mapping[str, Nurse] = field(default_factory=dict)
    hours: Mapping[str, str] = field(default_factory=dict)
    closed_on: tuple[date, ...] = ()
    open: bool = True


def told(text: str) -> str:
    with pytest.raises(ContentError) as caught:
        parse(text, Desk, name="desk.yaml")
    return str(caught.value)


def test_a_good_file_becomes_values() -> None:
    desk = parse(
        """
        greeting: Hello
        nurses:
          - {number: "+1555"}
          - {number: "+1556", patience_s: 5}
        closed_on: [2026-12-25]
        """,
        Desk,
        name="desk.yaml",
    )
    assert desk.nurses == (Nurse("+1555"), Nurse("+1556", 5))
    assert desk.closed_on == (date(2026, 12, 25),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("greeting: Hi\nopne: true\n", "desk.yaml:2: opne: unknown key 'opne'; did you mean 'open'?"),
        ("greeting: Hi\nzzzz: 1\n", "desk.yaml:2: zzzz: unknown key 'zzzz'"),
        (
            'greeting: Hi\nnurses:\n  - number: "1"\n    patience: 3\n',
            "desk.yaml:4: nurses.0.patience: unknown key 'patience'; did you mean 'patience_s'?",
        ),
        (
            "greeting: Hi\nmain:\n  nmber: x\n",
            "desk.yaml:3: main.nmber: unknown key 'nmber'; did you mean 'number'?",
        ),
        (
            'greeting: Hi\nby_team:\n  day:\n    number: "1"\n    patience_m: 3\n',
            "desk.yaml:5: by_team.day.patience_m: unknown key 'patience_m'; did you mean 'patience_s'?",
        ),
        ("greeting: Hi\nnurses:\n  - patience_s: 3\n", "desk.yaml:3: nurses.0.number: is required: add 'number' here"),
        (
            "greeting: Hi\nmain:\n  number: x\n  patience_s: -1\n",
            "desk.yaml:2: main: a nurse has some patience",
        ),
        ("greeting: Hi\ngreeting: Ho\n", "desk.yaml:2: greeting: stands twice"),
        ("greeting: Hi\nmain:\n  number: a\n  number: b\n", "desk.yaml:4: main.number: stands twice"),
        ("greeting: [Hi\n", "desk.yaml:2: is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("greeting: Hi\n\tnurses: []\n", "desk.yaml:2: is not YAML: found character '\\t' that cannot start any token"),
        ("", "desk.yaml: greeting: is required: add 'greeting' here"),
        ("- greeting\n", "desk.yaml:1: Input should be a dictionary or an instance of Desk (found ['greeting'])"),
        ("greeting: Hi\nmain: &me\n  number: *me\n", "desk.yaml:3: main.number: contains itself"),
    ],
)
def test_a_slip_is_told_so_that_it_can_be_mended(text: str, problem: str) -> None:
    assert told(text) == problem


def test_a_wrong_value_is_told_with_its_line() -> None:
    assert told("greeting: Hi\nnurses:\n  - number: '1'\n    patience_s: soon\n") == (
        "desk.yaml:4: nurses.0.patience_s: Input should be a valid integer, "
        "unable to parse string as an integer (found 'soon')"
    )
    assert told("greeting: Hi\nclosed_on: [2026-13-45]\n").startswith("desk.yaml:2: closed_on.0: ")
    assert told("greeting: 5\n").startswith("desk.yaml:1: greeting: Input should be a valid string")


def test_a_misspelt_key_is_told_rather_than_the_one_that_is_missing_through_it(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text("greting: Hi\nopne: 1\nmain: {}\n")
    assert [str(problem) for problem in problems(path, Desk, name="desk.yaml")] == [
        "desk.yaml:1: greting: unknown key 'greting'; did you mean 'greeting'?",
        "desk.yaml:2: opne: unknown key 'opne'; did you mean 'open'?",
        "desk.yaml:3: main.number: is required: add 'number' here",
    ]


def test_a_good_file_has_no_problems(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text("greeting: Hi\n")
    assert problems(path, Desk) == []
    assert read(path, Desk) == Desk("Hi")


def test_plain_words_and_times_stay_text() -> None:
    """YAML 1.1 would read these as True, False and 570 minutes."""
    desk = parse("greeting: no\nhours: {on: 9:30, off: yes, day: 2026-01-05}\n", Desk, name="desk.yaml")
    assert desk.greeting == "no"
    assert desk.hours == {"on": "9:30", "off": "yes", "day": "2026-01-05"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0123", 123),
        ("-7", -7),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("~", None),
        ("true", True),
        ("1_0", "1_0"),
    ],
)
def test_numbers_are_plain_numbers(text: str, value: object) -> None:
    assert parse(text, object, name="x") == value


def test_anchors_and_merges_work() -> None:
    desk = parse(
        'greeting: Hi\nmain: &main {number: "1"}\nnurses:\n  - *main\n  - {<<: *main, patience_s: 3}\n',
        Desk,
        name="desk.yaml",
    )
    assert desk.nurses == (Nurse("1"), Nurse("1", 3))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"desk.yaml: cannot be read \(No such file or directory\)"):
        read(tmp_path / "desk.yaml", Desk)
    (tmp_path / "latin.yaml").write_bytes("greeting: Grüezi".encode("latin-1"))
    with pytest.raises(ContentError, match=r"latin.yaml: is not UTF-8 text"):
        read(tmp_path / "latin.yaml", Desk)
    (tmp_path / "binary.yaml").write_bytes(b"greeting: \x00")
    assert "is not YAML" in str(problems(tmp_path / "binary.yaml", Desk)[0])


def test_a_dangerous_tag_makes_nothing() -> None:
    assert "is not YAML" in told("greeting: !!python/object/apply:os.getcwd []\n")


@dataclass
class Loose:
    key: str = ""


@dataclass
class HoldsLoose:
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    inner: tuple[Loose | None, ...] = ()


@pytest.mark.parametrize("shape", [Loose, HoldsLoose])
def test_a_shape_that_would_swallow_wrong_keys_is_refused(shape: type) -> None:
    with pytest.raises(AssertionError, match=r"Loose'> must set __pydantic_config__"):
        parse("{}", shape, name="loose.yaml")
