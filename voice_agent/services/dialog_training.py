"""Training the dialog model when stale.

The model stands in dialogs/models/dialogs.tar.gz; beside it the digest of the files that it was trained from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from voice_agent.errors import DialogError

RASA_PYTHON: Final = Path(__file__).parents[2] / ".venv-rasa" / "bin" / "python"
_TRAINED_FROM: Final = ("config.yml", "domain/**/*.yml", "data/**/*.yml", "requirements.lock")
_LIMIT_S: Final = 1800
Progress = Callable[[float], None]
"""Told the seconds since training began, about once a second."""


def digest(dialogs_dir: Path) -> str:
    """SHA-256 over names and contents of all that the model is trained from."""
    total = hashlib.sha256()
    for path in sorted({path for pattern in _TRAINED_FROM for path in dialogs_dir.glob(pattern)}):
        content = path.read_bytes()
        total.update(f"{path.relative_to(dialogs_dir).as_posix()}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def model_path(dialogs_dir: Path) -> Path:
    """Where the trained model stands, or will."""
    return dialogs_dir / "models" / "dialogs.tar.gz"


def is_stale(dialogs_dir: Path) -> bool:
    """Whether there is no model of what dialogs/ now says."""
    stamp = _stamp(dialogs_dir)
    return (
        not model_path(dialogs_dir).exists() or not stamp.exists() or stamp.read_text().strip() != digest(dialogs_dir)
    )


def train_if_stale(dialogs_dir: Path, rasa_python: Path = RASA_PYTHON, on_progress: Progress | None = None) -> Path:
    """The path of a model of what dialogs/ now says, trained only if need be. Raises DialogError."""
    return train(dialogs_dir, rasa_python, on_progress) if is_stale(dialogs_dir) else model_path(dialogs_dir)


def train(dialogs_dir: Path, rasa_python: Path = RASA_PYTHON, on_progress: Progress | None = None) -> Path:
    """Train and return the model's path; an older model stays in place until then. Raises DialogError."""
    rasa = rasa_python.parent / "rasa"
    if not rasa.exists():
        raise DialogError(f"Rasa is not installed: there is no {rasa}; `make run` installs it")
    # Taken before: who edits while it trains gets a stale model, not a model with the wrong stamp.
    trained_from = digest(dialogs_dir)
    model = model_path(dialogs_dir)
    model.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="training-", dir=model.parent) as work:
        log = Path(work) / "training.log"
        status = _run(_command(rasa, Path(work)), dialogs_dir, log, on_progress)
        made = Path(work) / "dialogs.tar.gz"
        if status != 0 or not made.exists():
            raise DialogError(f"Rasa could not train the dialogs in {dialogs_dir}: {_what_went_wrong(log)}")
        shutil.move(made, model)
    _stamp(dialogs_dir).write_text(f"{trained_from}\n")
    return model


def _stamp(dialogs_dir: Path) -> Path:
    return dialogs_dir / "models" / "dialogs.sha256"


def _command(rasa: Path, out: Path) -> list[str]:
    return [
        *(str(rasa), "train", "--quiet", "--config", "config.yml", "--domain", "domain", "--data", "data"),
        *("--out", str(out.resolve()), "--fixed-model-name", "dialogs"),
    ]


def _run(command: list[str], folder: Path, log: Path, on_progress: Progress | None) -> int:
    """Run to the end and return the exit status; the caller is told of the time that passes."""
    environ = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    began = time.monotonic()
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 (our own command)
            command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        ) as child,
    ):
        try:
            while time.monotonic() - began < _LIMIT_S:
                try:
                    return child.wait(timeout=1)
                except subprocess.TimeoutExpired:
                    if on_progress:
                        on_progress(time.monotonic() - began)
        finally:
            if child.poll() is None:
                child.kill()
    raise DialogError(f"Rasa did not finish training within {_LIMIT_S // 60} minutes; is the machine overloaded?")


def _what_went_wrong(log: Path) -> str:
    """Rasa's own last words that say it, without its traceback."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "Error" in line or "Exception" in line or "InvalidRule" in line]
    start = lines.index(telling[-1]) if telling else max(0, len(lines) - 3)
    return " ".join(lines[start : start + 6])[:600] or "it said nothing"
