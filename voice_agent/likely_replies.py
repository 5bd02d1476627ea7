"""What the dialog usually says next, so that it can be spoken at once.

After (question, intent) the same reply mostly follows: "book" is answered by "what is the visit for?". What two calls
heard there is fixed wording, not a caller's own facts, and is made ready while a caller's silence still runs.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

MOST: Final = 500
"""Places that are remembered."""

Place = tuple[str | None, str]
"""(id of the question that was asked, intent of the answer)"""


@dataclass(frozen=True, slots=True)
class _Known:
    fixed: tuple[str, ...] = ()
    """Sentences that a second call has heard as well."""
    once: dict[int, str] = field(default_factory=dict)
    """Hash of a sentence → the call that heard it last: what may be one caller's own is not kept in words."""


class LikelyReplies:
    """Shared by all calls; safe from any thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[Place, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def learn(self, place: Place, sentences: tuple[str, ...], call_id: str) -> None:
        """This call heard `sentences` there."""
        with self._lock:
            known = self._known.pop(place, _Known())
            fixed = tuple(
                text for text in sentences if text in known.fixed or known.once.get(hash(text), call_id) != call_id
            )
            self._known[place] = _Known(fixed, {hash(text): call_id for text in sentences})
            while len(self._known) > MOST:
                self._known.popitem(last=False)

    def guess(self, place: Place) -> tuple[str, ...]:
        """Sentences that are likely to follow; () when nothing is known."""
        with self._lock:
            return self._known.get(place, _Known()).fixed
