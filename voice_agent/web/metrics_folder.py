"""Where the worker processes keep their counters.

prometheus_client looks for the folder's name in the environment once, when it is first imported: enter this before.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def metrics_folder(environ: MutableMapping[str, str]) -> Iterator[Path]:
    """A private folder; removed when the process that made it, not one that it forked, leaves the block."""
    folder, owner = Path(tempfile.mkdtemp(prefix="voice-agent-metrics-")), os.getpid()
    environ[VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)
            environ.pop(VARIABLE, None)
