"""Records the calls of recorded/ anew.

    PYTHONPATH=tests .venv/bin/python tests/calls/record_anew.py

Opens the whole line, places each call, and keeps the recording only if the call went as its scenario expects. Of a call
that lost its line there are two: the first is kept, up to the loss.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from pathlib import Path

from whole_line import Line, open_line

RECORDED = Path(__file__).parent / "recorded"
NAMES = ("booking", "chest_pain", "interrupts", "coughs", "pauses", "bursts", "dead_line")
"""The last five are the awkward ones."""


def record(line: Line, name: str) -> bool:
    """Place the call and keep its file; False, with the reasons on stderr, if it did not go as expected."""
    result = line.place(name)
    if not result.ok:
        sys.stderr.writelines(f"{name}: {failure}\n" for failure in result.failures)
        return False
    content = (line.recordings / f"{result.call_id}.jsonl").read_bytes()
    # No time of day in the file: the same call gives the same bytes.
    (RECORDED / f"{name}.jsonl.gz").write_bytes(gzip.compress(content, mtime=0))
    return True


def main() -> int:
    """Exit status 0 when all of them were kept."""
    RECORDED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="line-") as folder, open_line(Path(folder)) as line:
        kept = [record(line, name) for name in NAMES]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
