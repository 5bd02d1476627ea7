"""Reading safetensors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from voice_agent.errors import SecondOpinionError
from voice_agent.second_opinion.tensors import tensors


def written(path: Path, header: object, data: bytes, pad: int = 0) -> Path:
    text = json.dumps(header).encode() + b" " * pad
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


@pytest.mark.parametrize("pad", range(4))
def test_numbers_come_back_however_the_file_is_aligned(tmp_path: Path, pad: int) -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    header = {
        "__metadata__": {"format": "pt"},
        "whole": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]},
        "table": {"dtype": "F32", "shape": [2, 3], "data_offsets": [8, 32]},
    }
    read = tensors(written(tmp_path / "m", header, bytes(8) + values.tobytes(), pad))
    assert list(read) == ["table"]
    assert np.array_equal(read["table"], values)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x05\0\0\0\0\0\0\0hello", (2).to_bytes(8, "little") + b"[]"],
)
def test_another_file_is_named_and_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(SecondOpinionError, match=r"model\.safetensors is not a safetensors file"):
        tensors(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecondOpinionError, match=r"none\.safetensors"):
        tensors(tmp_path / "none.safetensors")
