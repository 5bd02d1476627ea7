"""What the agent needs from the world, one Protocol each.

Adapters live in `speech/`, `services/` and `telephony/`; stand-ins in `fakes.py`; one contract suite runs
against both (`tests/contract/`). Adapters raise the error class of their seam (`errors.py`), nothing else.
Every adapter answers `check()`: None when it works, else one sentence that says what, where and how to mend it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from voice_agent.audio.frames import AudioFrame
from voice_agent.call.case_work import CaseWork, ReviewItem
from voice_agent.call.events import Listened, Transcribed
from voice_agent.call.handoff import CallbackTask, CallSummary
from voice_agent.call.hearings import SecondHearing
from voice_agent.call.listening_again import Missed, Weight
from voice_agent.call.replies import DialogReply, Listen, Meaning
from voice_agent.call.transfer import Transfer
from voice_agent.triage.second_opinion import Opinion, Thresholds


class Recognizer(Protocol):
    """One call's ear. Belongs to one thread at a time."""

    def accept(self, frames: Sequence[AudioFrame], *, partials: bool = True) -> list[Transcribed]:
        """Hear some frames in order; return what changed: new partials, finals. May be empty.

        `partials` False: only finals, which is what is shed first when recognition falls behind.
        """

    def expect(self, listen: Listen) -> None:
        """What kind of answer comes next; holds at once when nothing was heard since the last flush, else after it."""

    def finish(self, utterance: int) -> Transcribed:
        """Flush: the final of all that was heard since the last final, tagged with `utterance`; text may be ''.

        May come in mid-sentence; it costs nothing when nothing was heard since the last one.
        """

    def close(self) -> None:
        """Free what the ear holds."""


class RecognizerFactory(Protocol):
    """Holds the shared model and opens an ear for each call."""

    def open(self) -> Recognizer: ...

    def check(self) -> str | None: ...


class SecondEar(Protocol):
    """Hears whole utterances, and keeps nothing between two. Belongs to one thread at a time."""

    def hear(self, pcm: bytes, listen: Listen = Listen.OPEN, first: str = "") -> SecondHearing:
        """One finished utterance: PCM16 mono 8 kHz, a little silence around it or none. `listen`: what was asked;
        `first`: what the streaming ear heard, to be compared.

        Raises RecognizerError.
        """

    def check(self) -> str | None: ...

    def close(self) -> None:
        """Free the model; it hears no more."""


class SecondEars(Protocol):
    """Second ears for all calls, beside them: none ever waits here. Safe from any thread."""

    def hear(
        self,
        owner: object,
        sound: bytes,
        listen: Listen,
        first: str,
        weight: Weight,
        tell: Callable[[SecondHearing | Missed], None],
    ) -> None:
        """Hear an utterance, PCM16 mono 8 kHz, when its turn comes; `tell` is called once, from another thread.

        What waits for the same `owner`, a call, is then in vain. `weight` says what is heard first, and left out first.
        """

    def check(self) -> str | None: ...

    def close(self) -> None:
        """Hear no more; whatever waits is told FAILED."""


class SecondOpinions(Protocol):
    """What callers' words mean, judged beside all calls: none ever waits here. Safe from any thread."""

    @property
    def thresholds(self) -> Thresholds:
        """From when on an opinion counts."""

    def judge(self, text: str, tell: Callable[[Opinion], None]) -> None:
        """Judge words of a caller when their turn comes; `tell` is called from another thread, or never on failure."""

    def check(self) -> str | None: ...

    def close(self) -> None:
        """Judge no more."""


class VoiceActivity(Protocol):
    """Says for each 20 ms frame of one call whether somebody speaks."""

    @property
    def attentive(self) -> bool:
        """Somebody may be speaking in the frame that was judged last: earlier, softer and longer than `is_speech`."""

    def judge(self, frame: AudioFrame) -> Listened: ...


class Synthesizer(Protocol):
    """Text to speech; safe to call from any thread, one utterance at a time inside."""

    def synthesize(self, text: str, rate_wpm: int) -> bytes:
        """PCM16 little-endian mono 8 kHz of `text`, from the cache when rendered before."""

    def check(self) -> str | None: ...

    def close(self) -> None: ...


class Dialog(Protocol):
    """The dialog manager, keyed by CallSid; one message in flight a call."""

    def reply(self, call_id: str, message: str, denied: tuple[str, ...] = ()) -> DialogReply:
        """Take the caller's words (or `/intent`) and answer. `denied`: see `AskDialog`."""

    def meaning(self, text: str) -> Meaning:
        """What words would mean, without taking them: no conversation changes."""

    def check(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What another process must know of a call whose socket closed."""

    call_id: str
    next_step: str
    """`conference` (join the transfer), `hang_up`, `reconnect`, `nurse_line`."""
    transfer_token: str | None = None
    summary: CallSummary | None = field(default=None, repr=False)


class CallStore(Protocol):
    """Redis: stream tokens, call records, transfers, summaries, call-backs. Values are encrypted."""

    def mint_stream_token(self, call_id: str, facts: Mapping[str, str]) -> str:
        """A one-use, expiring, opaque token for the socket's path."""

    def take_stream_token(self, token: str) -> tuple[str, dict[str, str]] | None:
        """(call_id, facts) once, then None for ever."""

    def save_call(self, record: CallRecord) -> None: ...

    def load_call(self, call_id: str) -> CallRecord | None: ...

    def create_transfer(self, transfer: Transfer) -> bool:
        """False when the call already has one (SET NX)."""

    def load_transfer(self, token: str) -> Transfer | None: ...

    def replace_transfer(self, transfer: Transfer, *, expected_version: int) -> bool:
        """Compare and set; False when somebody else was first."""

    def transfer_of_call(self, call_id: str) -> Transfer | None: ...

    def unsettled_transfers(self) -> list[Transfer]:
        """Those for which something will or has to happen, oldest first."""

    def claim(self, name: str, seconds: float) -> bool:
        """Whether this is ours to do: True for the first who asks, until the seconds have passed (SET NX)."""

    def remember_caller(self, number: str, token: str, seconds: float) -> None:
        """Who calls from this number within so long was cut off from the case `token`."""

    def case_of_caller(self, number: str) -> str | None:
        """Token of that case."""

    def save_summary(self, token: str, summary: CallSummary) -> None: ...

    def load_summary(self, token: str) -> CallSummary | None: ...

    def recent_transfers(self, limit: int = 100) -> list[Transfer]:
        """Newest first; those whose time to live has run out are gone."""

    def open_callback(self, task: CallbackTask) -> bool:
        """False when the same task is already open."""

    def callbacks(self) -> list[CallbackTask]: ...

    def close_callback(self, token: str) -> bool: ...

    def check(self) -> str | None: ...


class CaseDeskStore(Protocol):
    """Redis: what nurses did about cases, and what changed last. Values are encrypted."""

    def load_work(self, token: str) -> CaseWork:
        """An empty one when nobody did anything yet."""

    def works(self, tokens: Sequence[str]) -> dict[str, CaseWork]:
        """Those of many cases; nothing for those that nobody did anything about."""

    def replace_work(self, work: CaseWork, *, expected_version: int) -> bool:
        """Compare and set; False when somebody else was first. Version 0 is that of an empty one."""

    def add_review(self, item: ReviewItem) -> None: ...

    def reviews(self) -> list[ReviewItem]:
        """Newest first; those whose time to live has run out are gone."""

    def close_review(self, review_id: str) -> bool: ...

    def last_change(self) -> str:
        """Position of the newest change of any transfer, call-back or case."""

    def wait_for_change(self, after: str, wait_s: float) -> str | None:
        """Position of the newest change after this one, as soon as there is one; None after `wait_s` without."""


class SignInFailures(Protocol):
    """Who failed to sign in to the console lately; one memory for all processes. Raises CallStoreError."""

    def note(self, who: str, at_s: float, most: int, keep_s: float) -> None:
        """One more failure, at Unix time `at_s`; the last `most` are kept, for `keep_s` after the last of them."""

    def when(self, who: str, nth: int) -> float | None:
        """When the `nth` last failure was (1 is the last); None when there were fewer."""

    def forget(self, who: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Slot:
    """A bookable time."""

    id: str
    start: datetime
    """Aware, in the clinic's zone."""
    minutes: int
    clinician: str


@dataclass(frozen=True, slots=True)
class Patient:
    """Who the appointment is for, as the caller said it."""

    name: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booked slot."""

    id: str
    slot: Slot
    patient: Patient
    reason: str = field(repr=False)
    status: str = "booked"
    """booked, cancelled."""


class Scheduling(Protocol):
    """The appointment book."""

    def find_slots(self, after: datetime, before: datetime, limit: int = 3) -> list[Slot]:
        """Free slots with after <= start < before, soonest first."""

    def book(self, slot_id: str, patient: Patient, reason: str, *, idempotency_key: str) -> Appointment:
        """Book; the same key returns the same appointment. Raises `SlotTakenError`."""

    def appointments_of(self, patient: Patient, *, after: datetime) -> list[Appointment]:
        """Booked appointments from `after` on, matched by name (spelling-tolerant) and date of birth."""

    def reschedule(self, appointment_id: str, slot_id: str, *, idempotency_key: str) -> Appointment:
        """Book the new and cancel the old in one transaction. Raises `SlotTakenError`, and then nothing changed."""

    def cancel(self, appointment_id: str) -> Appointment:
        """Cancel; cancelling twice is no error."""

    def check(self) -> str | None: ...


class Carrier(Protocol):
    """The telephone carrier's REST interface."""

    def ring_nurse(self, number: str, token: str, attempt: int) -> str:
        """Start the nurse leg; returns its CallSid. Its webhooks carry `token` and `attempt`."""

    def redirect(self, call_id: str, path: str) -> None:
        """Make a live call fetch `path` (under PUBLIC_URL) now."""

    def hang_up(self, call_id: str) -> None: ...

    def is_live(self, call_id: str) -> bool:
        """Whether that call rings or is in progress; False for one that is unknown."""

    def check(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the web layer and the call loop are given; they choose no adapter themselves."""

    recognizers: RecognizerFactory
    voice_activity: Callable[[], VoiceActivity]
    """Opens a detector for one call."""
    synthesizer: Synthesizer
    dialog: Dialog
    store: CallStore
    scheduling: Scheduling
    carrier: Carrier
    second_ears: SecondEars | None = None
    """None: the recogniser is the only ear."""
    second_opinions: SecondOpinions | None = None
    """None: the red-flag rules are alone."""

    def checks(self) -> dict[str, str | None]:
        """Name of each dependency → None when it works, else what is wrong and how to mend it."""
        return {
            "recognizer": self.recognizers.check(),
            "synthesizer": self.synthesizer.check(),
            "dialog": self.dialog.check(),
            "call_store": self.store.check(),
            "scheduling": self.scheduling.check(),
            "carrier": self.carrier.check(),
        }

    def extras(self) -> dict[str, str | None]:
        """The same of what the line can do without."""
        there = {"second_ear": self.second_ears, "second_opinion": self.second_opinions}
        return {name: extra.check() for name, extra in there.items() if extra}
