"""A safetensors file as numpy arrays.

The format: eight bytes of length, a JSON header that says where each tensor lies, then the bytes. The file is mapped,
not read, so that all processes of a server share one copy of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voice_agent.errors import SecondOpinionError

Floats = npt.NDArray[np.float32]
_LENGTH_BYTES = 8


def tensors(path: Path) -> Mapping[str, Floats]:
    """Name → tensor, float32, read only; those of other types are left out. Raises SecondOpinionError."""
    try:
        raw = np.memmap(path, np.uint8, mode="r")
        data = _LENGTH_BYTES + int.from_bytes(raw[:_LENGTH_BYTES].tobytes(), "little")
        header = json.loads(raw[_LENGTH_BYTES:data].tobytes())
        return {
            name: _tensor(raw, data, about)
            for name, about in header.items()
            if name != "__metadata__" and about["dtype"] == "F32"
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SecondOpinionError(f"{path} is not a safetensors file that can be read ({error})") from error


def _tensor(raw: npt.NDArray[np.uint8], data: int, about: Mapping[str, list[int]]) -> Floats:
    begin, end = about["data_offsets"]
    bytes_ = raw[data + begin : data + end]
    if bytes_.ctypes.data % np.dtype(np.float32).alignment:
        bytes_ = bytes_.copy()  # old files do not align; numpy would copy at every use
    found: Floats = bytes_.view(np.float32).reshape(about["shape"])
    return found
