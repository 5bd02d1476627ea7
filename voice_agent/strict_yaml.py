"""YAML files into frozen dataclasses, strictly.

The one reader of every YAML file that people edit. A wrong key, type or value raises `ContentError` that names
the file, the line, the key and, for an unknown key, the nearest right one. Duplicate keys are errors as well.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from rapidfuzz import process

from voice_agent.errors import ContentError

T = TypeVar("T")
Location = tuple[str, ...]
STRICT: ConfigDict = ConfigDict(extra="forbid")
"""Every dataclass read from YAML carries `__pydantic_config__ = {"extra": "forbid"}`."""


def read(path: Path, shape: type[T], *, name: str | None = None) -> T:
    """The file at `path` as a `shape` (a dataclass, or any type that pydantic validates). Raises ContentError."""
    return parse(_text(path, name or str(path)), shape, name=name or str(path))


def parse(text: str, shape: type[T], *, name: str) -> T:
    """YAML `text` as a `shape`; `name` is the file's name in errors. Raises ContentError: the first problem."""
    value, found = _validated(text, shape, name)
    if found:
        raise found[0] from found[0].__cause__
    return value


def problems(path: Path, shape: type[T], *, name: str | None = None) -> list[ContentError]:
    """All that is wrong with the file at `path`, the likeliest slips first; empty when `read` would succeed."""
    try:
        return _validated(_text(path, name or str(path)), shape, name or str(path))[1]
    except ContentError as error:
        return [error]


def line_of(path: Path, location: Sequence[str | int]) -> int | None:
    """The line, from 1, of the key or item at `location` in the file, or of the nearest one that holds it."""
    return _nearest(_lines(yaml.compose(_text(path, str(path)), Loader=_Loader), str(path)), location)


class _Loader(yaml.SafeLoader):
    """Plain words as YAML 1.2 (and Rasa) understand them: `no`, `off`, `9:30` and `2026-01-05` stay text."""


_Loader.yaml_implicit_resolvers = {}  # none of YAML 1.1's guesses

for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def _int(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(node.value)  # PyYAML would read 0123 as octal


_Loader.add_constructor("tag:yaml.org,2002:int", _int)


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContentError(f"cannot be read ({error.strerror})", file=name) from error
    except UnicodeDecodeError as error:
        raise ContentError("is not UTF-8 text; save it as UTF-8", file=name) from error


def _validated(text: str, shape: type[T], name: str) -> tuple[T, list[ContentError]]:
    """The value (meaningless when there are errors), and every error. Raises ContentError for what is not YAML."""
    try:
        node = yaml.compose(text, Loader=_Loader)
        lines = _lines(node, name)
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with fewer guesses
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ContentError(f"is not YAML: {error.problem}", file=name, line=mark.line + 1 if mark else None) from error
    except yaml.YAMLError as error:
        raise ContentError(f"is not YAML: {error}", file=name) from error
    adapter = _adapter(shape)
    try:
        return adapter.validate_python({} if node is None else document), []
    except ValidationError as error:
        return typing.cast(T, None), _explained(error, shape, lines, name)


def _adapter(shape: type[T]) -> TypeAdapter[T]:
    _expect_strict(shape)
    return TypeAdapter(shape)


def _expect_strict(shape: Any) -> None:
    """A dataclass without STRICT, at any depth, would swallow misspelt keys in silence."""
    if dataclasses.is_dataclass(shape):
        if not hasattr(shape, "__pydantic_config__"):
            raise AssertionError(f"{shape} must set __pydantic_config__ = STRICT")
        for inner in typing.get_type_hints(shape).values():
            _expect_strict(inner)
    for inner in typing.get_args(shape):
        _expect_strict(inner)


def _lines(node: yaml.Node | None, name: str) -> dict[Location, int]:
    """Location of every key and item → line, from 1. Raises ContentError for a duplicate key."""
    lines: dict[Location, int] = {}

    def walk(here: yaml.Node, location: Location, around: tuple[yaml.Node, ...]) -> None:
        line = lines.setdefault(location, here.start_mark.line + 1)
        if here in around:
            raise ContentError("contains itself", file=name, line=line, key=".".join(location) or None)
        if isinstance(here, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in here.value:
                line = key.start_mark.line + 1
                if key.value in seen and key.value != "<<":
                    raise ContentError("stands twice", file=name, line=line, key=".".join((*location, key.value)))
                seen.add(str(key.value))
                lines[(*location, str(key.value))] = line
                walk(value, (*location, str(key.value)), (*around, here))
        elif isinstance(here, yaml.SequenceNode):
            for index, value in enumerate(here.value):
                walk(value, (*location, str(index)), (*around, here))

    if node is not None:
        walk(node, (), ())
    return lines


def _nearest(lines: dict[Location, int], location: Sequence[str | int]) -> int | None:
    places = tuple(str(part) for part in location)
    return next((lines[here] for end in range(len(places), -1, -1) if (here := places[:end]) in lines), None)


def _explained(error: ValidationError, shape: Any, lines: dict[Location, int], name: str) -> list[ContentError]:
    """One ContentError a problem. Misspelt keys come first, and speak for the key that is missing through them."""
    misspelt: list[ContentError] = []
    others: list[ContentError] = []
    meant: set[Location] = set()
    # A misspelt key is both unknown and missing: take the unknown ones first.
    for detail in sorted(error.errors(), key=lambda detail: detail["type"] not in _UNKNOWN):
        location = tuple(str(part) for part in detail["loc"])
        places = [part for part in location if part != "[key]"]
        line = _nearest(lines, places)
        key = ".".join(places) or None

        def say(problem: str, line: int | None = line, key: str | None = key) -> ContentError:
            problem_here = ContentError(problem, file=name, line=line, key=key)
            problem_here.__cause__ = error
            return problem_here

        if detail["type"] in _UNKNOWN:
            wrong = places[-1]
            nearest = process.extractOne(wrong, _keys_at(shape, tuple(places[:-1])), score_cutoff=50)
            if nearest:
                meant.add((*places[:-1], nearest[0]))
            misspelt.append(say(f"unknown key {wrong!r}" + (f"; did you mean {nearest[0]!r}?" if nearest else "")))
        elif detail["type"] in {"missing", "missing_argument"}:
            if location not in meant:
                others.append(say(f"is required: add {location[-1]!r} here"))
        elif detail["type"] == "value_error":  # a sentence of ours, complete in itself
            others.append(say(detail["msg"].removeprefix("Value error, ")))
        else:
            others.append(say(f"{detail['msg']} (found {detail['input']!r})"))
    return misspelt + others


_UNKNOWN = frozenset({"unexpected_keyword_argument", "extra_forbidden"})


def _keys_at(shape: Any, location: Location) -> list[str]:
    """Names that are allowed at `location` inside `shape`."""
    for part in location:
        shape = _inside(shape, part)
    shape = _without_none(shape)
    return [field.name for field in dataclasses.fields(shape)] if dataclasses.is_dataclass(shape) else []


def _inside(shape: Any, part: str) -> Any:
    shape = _without_none(shape)
    if dataclasses.is_dataclass(shape):
        return typing.get_type_hints(shape).get(part, object)
    arguments = typing.get_args(shape)
    return arguments[-1] if arguments and arguments[-1] is not Ellipsis else (arguments[0] if arguments else object)


def _without_none(shape: Any) -> Any:
    if typing.get_origin(shape) in {typing.Union, types.UnionType}:
        inner = [part for part in typing.get_args(shape) if part is not type(None)]
        return inner[0] if inner else shape
    return shape
