"""A dialog manager in memory."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from voice_agent.call.replies import DialogReply, Listen, Meaning, ReplyAction
from voice_agent.errors import DialogError

_YES_NO = {"1": "/affirm", "2": "/deny"}
_PERSON = DialogReply(do=ReplyAction.TRANSFER, reason="Asked for a person")
SCRIPT: Mapping[str, DialogReply] = MappingProxyType(
    {
        "/start_over": DialogReply(("How can I help you today?",), question="how_can_i_help"),
        "/ask_person": _PERSON,
        "a person please": _PERSON,
        "goodbye": DialogReply(do=ReplyAction.HANG_UP),
        "/goodbye": DialogReply(do=ReplyAction.HANG_UP),
        "i need an appointment": DialogReply(("What is the visit for?",), question="booking.reason"),
        "what are your hours": DialogReply(
            ("We are open on weekdays.", "Is there anything else I can help you with?"),
            listen=Listen.YES_NO,
            keypad=_YES_NO,
            question="anything_else",
            outcome="self_served",
        ),
    }
)
"""What it answers unless told otherwise, by the caller's words."""


class FakeDialog:
    """`ports.Dialog` that answers from a script; words outside of it are a no-match.

    `heard` lists (call_id, message) in order; `broken` makes every call fail as an unreachable Rasa does.
    """

    def __init__(self, script: Mapping[str, DialogReply] = SCRIPT) -> None:
        self._script = dict(script)
        self.heard: list[tuple[str, str]] = []
        self.broken = False

    def answers(self, message: str, reply: DialogReply) -> None:
        """From now on answer `message` so."""
        self._script[message] = reply

    def reply(self, call_id: str, message: str, denied: tuple[str, ...] = ()) -> DialogReply:
        if self.broken:
            raise DialogError("The dialog manager in memory is broken; set `broken` to False")
        self.heard.append((call_id, message))
        return self._script.get(message, DialogReply(do=ReplyAction.NO_MATCH))

    def meaning(self, text: str) -> Meaning:
        if self.broken:
            raise DialogError("The dialog manager in memory is broken; set `broken` to False")
        known = text in self._script
        return Meaning("scripted" if known else "nlu_fallback", 1.0 if known else 0.0)

    def check(self) -> str | None:
        return "The dialog manager in memory is broken; set `broken` to False" if self.broken else None
