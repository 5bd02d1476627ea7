"""YAML files into frozen dataclasses, strictly.

The one reader of every YAML file that people edit. A wrong key, type or value raises `ContentError` that names
the file, the line, the key and, for an unknown key, the nearest right one. Duplicate keys are errors as well.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from rapidfuzz import process

from voice_agent.errors import ContentError

T = TypeVar("T")
Location = tuple[str | int, ...]


def read(path: Path, shape: type[T], *, name: str | None = None) -> T:
    """The file at `path` as a `shape` (a dataclass, or any type that pydantic validates). Raises ContentError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContentError(f"cannot be read ({error.strerror})", file=name or str(path)) from error
    return parse(text, shape, name=name or str(path))


def parse(text: str, shape: type[T], *, name: str) -> T:
    """YAML `text` as a `shape`; `name` is the file's name in errors. Raises ContentError."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ContentError(f"is not YAML: {error.problem}", file=name, line=mark.line + 1 if mark else None) from error
    lines = _lines(node, name)
    try:
        return _adapter(shape).validate_python({} if document is None else document)
    except ValidationError as error:
        raise _explained(error, shape, lines, name) from error


def _adapter(shape: type[T]) -> TypeAdapter[T]:
    if dataclasses.is_dataclass(shape) and not hasattr(shape, "__pydantic_config__"):
        raise AssertionError(f"{shape.__name__} must set __pydantic_config__ = STRICT")
    return TypeAdapter(shape)


STRICT: ConfigDict = ConfigDict(extra="forbid")
"""Every dataclass read from YAML carries `__pydantic_config__ = {"extra": "forbid"}`."""


def _lines(node: yaml.Node | None, name: str) -> dict[Location, int]:
    """Location of every key and item → line, from 1. Raises ContentError for a duplicate key."""
    lines: dict[Location, int] = {}

    def walk(here: yaml.Node, location: Location) -> None:
        lines.setdefault(location, here.start_mark.line + 1)
        if isinstance(here, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in here.value:
                line = key.start_mark.line + 1
                if key.value in seen:
                    raise ContentError("stands twice", file=name, line=line, key=str(key.value))
                seen.add(key.value)
                lines[(*location, key.value)] = line
                walk(value, (*location, key.value))
        elif isinstance(here, yaml.SequenceNode):
            for index, value in enumerate(here.value):
                walk(value, (*location, index))

    if node is not None:
        walk(node, ())
    return lines


def _explained(error: ValidationError, shape: Any, lines: dict[Location, int], name: str) -> ContentError:
    first = error.errors()[0]
    location = tuple(first["loc"])
    known = [part for part in location if part != "[key]"]
    line = next(
        (lines[place] for end in range(len(known), -1, -1) if (place := tuple(known[:end])) in lines),
        None,
    )
    key = ".".join(str(part) for part in location) or None
    if first["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        wrong = str(location[-1])
        nearest = process.extractOne(wrong, _keys_at(shape, location[:-1]), score_cutoff=50)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        return ContentError(f"unknown key {wrong!r}{hint}", file=name, line=line, key=key)
    if first["type"] in {"missing", "missing_argument"}:
        return ContentError(f"is required: add {location[-1]!r} here", file=name, line=line, key=key)
    return ContentError(f"{first['msg']} (found {first['input']!r})", file=name, line=line, key=key)


def _keys_at(shape: Any, location: Location) -> list[str]:
    """Names that are allowed at `location` inside `shape`."""
    for part in location:
        shape = _inside(shape, part)
    shape = _without_none(shape)
    return [field.name for field in dataclasses.fields(shape)] if dataclasses.is_dataclass(shape) else []


def _inside(shape: Any, part: str | int) -> Any:
    shape = _without_none(shape)
    if dataclasses.is_dataclass(shape):
        return typing.get_type_hints(shape).get(str(part), object)
    arguments = typing.get_args(shape)
    return arguments[-1] if arguments and arguments[-1] is not Ellipsis else (arguments[0] if arguments else object)


def _without_none(shape: Any) -> Any:
    if typing.get_origin(shape) in {typing.Union, types.UnionType}:
        inner = [part for part in typing.get_args(shape) if part is not type(None)]
        return inner[0] if inner else shape
    return shape
