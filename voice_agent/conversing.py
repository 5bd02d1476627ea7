"""One call's side of the dialog: ask, wait, and look ahead while a silence still runs.

Looking ahead asks what the words so far would mean, which changes no conversation, and has the likely reply spoken into
the cache. It is done when there is nothing better to do, and given up first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import ClassVar

import structlog

from voice_agent.call.commands import AskDialog, Speculate
from voice_agent.call.events import DialogDelayed, DialogFailed, DialogReplied, Event, Understood
from voice_agent.call.measurements import Counted
from voice_agent.call_observer import CallObserver
from voice_agent.errors import DialogError
from voice_agent.likely_replies import LikelyReplies, Place
from voice_agent.ports import Dialog
from voice_agent.side_work import Lane

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ConversingSettings:
    """How long a caller waits for the dialog in silence. Wall clock."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    filler_after_ms: int = 700
    """A reply later than this is covered by a short filler."""
    still_waiting_every_ms: int = 4000
    """While the reply takes longer still, the caller hears so after each of these."""


@dataclass(frozen=True, slots=True)
class _LookedAhead:
    text: str
    place: Place


class Conversing:
    """Belongs to the call's thread; what Rasa says comes through `put`."""

    def __init__(
        self,
        dialog: Dialog,
        threads: Executor,
        put: Callable[[Event], None],
        get_ready: Callable[[tuple[str, ...]], None],
        likely: LikelyReplies,
        observer: CallObserver,
        settings: ConversingSettings,
    ) -> None:
        """`get_ready`: takes sentences that are likely to be said next. `likely` is shared by all calls."""
        self._dialog = dialog
        self._put = put
        self._get_ready = get_ready
        self._likely = likely
        self._observer = observer
        self._settings = settings
        self._asking = Lane(threads)
        self._looking = Lane(threads)
        self._looked: _LookedAhead | None = None
        self._request: int | None = None
        self._asked_at = 0.0
        self._told = 0

    @property
    def waits(self) -> bool:
        """A reply is on its way."""
        return self._request is not None

    def ask(self, call_id: str, command: AskDialog) -> None:
        """Take the caller's words to the dialog."""
        looked, self._looked = self._looked, None
        if looked:
            used = looked.text == command.message
            self._observer.counted(Counted.SPECULATION_USED if used else Counted.SPECULATION_IN_VAIN)
        place = looked.place if looked and looked.text == command.message else None
        self._request, self._asked_at, self._told = command.request, time.monotonic(), 0
        self._asking.add(lambda: self._ask(call_id, command, place))

    def look_ahead(self, command: Speculate) -> None:
        """Find out what the words so far would mean, unless the last look still goes on."""
        if not self._looking.busy:
            self._looking.add(lambda: self._look(command))

    def answered(self, event: DialogReplied | DialogFailed) -> None:
        """This came through the inbox."""
        if event.request == self._request:
            self._request = None

    def delayed(self) -> Iterator[DialogDelayed]:
        """The caller has waited for long enough to be told so (again)."""
        patience_ms = self._settings.filler_after_ms + self._told * self._settings.still_waiting_every_ms
        if self._request is not None and (time.monotonic() - self._asked_at) * 1000 >= patience_ms:
            self._told += 1
            yield DialogDelayed(self._request, self._told)

    # In the lanes.

    def _look(self, command: Speculate) -> None:
        try:
            meaning = self._dialog.meaning(command.text)
        except DialogError as error:
            log.warning("not_looked_ahead", code=error.code, problem=str(error))
            return
        place = (command.question, meaning.intent)
        self._looked = _LookedAhead(command.text, place)
        self._put(Understood(command.utterance, meaning.intent, meaning.confidence))
        self._get_ready(self._likely.guess(place))

    def _ask(self, call_id: str, command: AskDialog, place: Place | None) -> None:
        try:
            reply = self._dialog.reply(call_id, command.message, command.denied)
        except DialogError as error:
            log.error("dialog_failed", call=call_id, code=error.code, problem=str(error))
            self._put(DialogFailed(command.request))
        else:
            self._put(DialogReplied(command.request, reply))
            if place:
                self._likely.learn(place, reply.sentences, call_id)
