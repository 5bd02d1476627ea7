"""Frozen dataclasses, to JSON and back.

Every record says what it is and in which version of our schema it was written, so that a server of another release
reads it or refuses it plainly.
"""

from __future__ import annotations

import json
from collections.abc import Hashable
from functools import cache
from typing import Any, Final, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from voice_agent.errors import CallStoreError

T = TypeVar("T")

SCHEMA: Final = 1
"""Counts up when a field changes its meaning or goes; a new field with a default needs no new number."""


def encode(value: object) -> bytes:
    """`value`, a dataclass, as UTF-8 JSON: `{"kind", "schema", "data"}`."""
    kind = type(value)
    data = _adapter(cast("Hashable", kind)).dump_python(value, mode="json")
    return json.dumps({"kind": kind.__name__, "schema": SCHEMA, "data": data}, separators=(",", ":")).encode()


def decode(content: bytes, kind: type[T]) -> T:
    """What `encode` was given. Raises CallStoreError, which never repeats the content: it is personal."""
    try:
        document = json.loads(content)
        written_as, schema, data = document["kind"], document["schema"], document["data"]
    except (ValueError, KeyError, TypeError):
        raise CallStoreError(f"a stored {kind.__name__} is not a record of ours; delete it, or restore it") from None
    if not isinstance(schema, int) or schema > SCHEMA:
        raise CallStoreError(
            f"a stored {kind.__name__} was written by a newer release (schema {schema}, ours is {SCHEMA}); "
            "finish the update on this server"
        )
    if written_as != kind.__name__:
        raise CallStoreError(f"a stored {written_as} stands where a {kind.__name__} should be")
    try:
        return cast("T", _adapter(cast("Hashable", kind)).validate_python(data))
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in problem["loc"]) for problem in error.errors()[:3])
        # From None: pydantic's own text repeats the values.
        raise CallStoreError(f"a stored {kind.__name__} cannot be read at: {places}") from None


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast("type[Any]", kind))
