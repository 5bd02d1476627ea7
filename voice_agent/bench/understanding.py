"""What the agent's sentences mean, found out once each.

The same sentence is the same sound, byte for byte (the server caches it), so a sentence is known by the digest of its
sound. One that is new is decoded with Vosk in a thread here, at once when a caller waits for it, else after the run.
What was learned is kept on disk under the digest of the sound, in a file that is named by the Vosk model: another
voice, rate or wording makes another sound, and another model another file, so nothing kept can be wrong later.
"""

from __future__ import annotations

import hashlib
import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from voice_agent.simulator.ears import Hearing

Tell = Callable[[dict[str, str]], None]
STOP: Final = ""


class Understanding:
    """Belongs to the main process. `tell` gets what was learned while callers wait, from a thread."""

    def __init__(self, model: Path, folder: Path, tell: Tell) -> None:
        """Raises RecognizerError when there is no model."""
        self._path = folder / f"understood-{_digest_of(model)}.json"
        self.texts: dict[str, str] = json.loads(self._path.read_text()) if self._path.is_file() else {}
        self._hearing = Hearing(model)
        self._tell = tell
        self._sounds: dict[str, bytes] = {}
        self._seen: Counter[str] = Counter()
        self._urgent: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, name="understanding", daemon=True)
        self._thread.start()

    def unknown(self, key: str, mulaw: bytes, *, urgent: bool) -> None:
        """A sentence that the callers' process does not know."""
        self._sounds[key] = mulaw
        self._seen[key] += 1
        if key in self.texts:
            self._tell({key: self.texts[key]})
        elif urgent:
            self._urgent.put(key)

    def catch_up(self, within_s: float) -> None:
        """Find out what nobody waited for, the commonest first, as far as the time goes; keep all on disk."""
        until = time.monotonic() + within_s
        learned = {}
        for key, _ in self._seen.most_common():
            if time.monotonic() > until:
                break
            if key not in self.texts:
                learned[key] = self._decoded(key)
        self.texts |= learned
        if learned:
            self._tell(learned)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".part")
        fresh.write_text(json.dumps(self.texts, indent=0, sort_keys=True))
        fresh.rename(self._path)

    def close(self) -> None:
        """Nobody waits any more."""
        self._urgent.put(STOP)
        self._thread.join()

    def _listen(self) -> None:
        while (key := self._urgent.get()) != STOP:
            if key not in self.texts:
                self.texts[key] = self._decoded(key)
            self._tell({key: self.texts[key]})

    def _decoded(self, key: str) -> str:
        ears = self._hearing.ears()
        ears.hear(self._sounds[key])
        return ears.finish()


def _digest_of(model: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in model.rglob("*") if path.is_file()):
        total.update(path.relative_to(model).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]
