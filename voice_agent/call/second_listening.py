"""When the second ear is asked, and how long an utterance waits for it.

The second ear hears an utterance as a whole, so it is asked in the silence that may end it: early enough to be done
when the silence is long enough, and late enough to be spared most pauses. When the caller goes on, what it heard is in
vain, and it is asked again in the next silence. The turn waits for it a little longer than its own end, and not at all
for an answer that the streaming ear is sure of; what comes later is still looked through for red flags.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from voice_agent.audio.frames import FRAME_MS
from voice_agent.audio.silence_gate import PRE_ROLL_MS
from voice_agent.call.agreement import Agreed, AgreementSettings, agree, wants_second_ear
from voice_agent.call.events import HeardAgain, NotHeardAgain, Transcribed
from voice_agent.call.hearings import EarKind, SecondHearing
from voice_agent.call.listening_again import Weight
from voice_agent.call.progress import Progress
from voice_agent.call.replies import Listen
from voice_agent.call.signals import HearingAwaited, HearingWanted, Utterance

Weigh = Callable[[Listen, Transcribed], Weight]
"""How much words matter that were an answer of this kind."""


@dataclass(frozen=True, slots=True)
class SecondEarSettings:
    """How long an utterance waits for the second ear. All times are audio time in milliseconds."""

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    lead_ms: int = 450
    """The second ear is asked so long before the silence would end the utterance."""
    wait_ms: int = 250
    """The utterance waits for it so long past its own end; then it goes by the streaming ear alone."""
    sure_confidence: float = 0.95
    """An answer whose every word the streaming ear believes so much, 0 to 1, is not kept waiting."""


@dataclass(frozen=True, slots=True)
class TwoEars:
    """A second ear hears utterances as well."""

    settings: SecondEarSettings = field(default_factory=SecondEarSettings)
    kind: EarKind = EarKind.BUILT_IN
    """What the streaming ear's model is for."""
    agreement: AgreementSettings = field(default_factory=AgreementSettings)


_DEFAULTS: Final = TwoEars()


class SecondListening:
    """One call's second ear, from the silence after some words to the end of their utterance.

    Does nothing when there is no second ear.
    """

    def __init__(self, two: TwoEars | None = None, weigh: Weigh = lambda _listen, _first: Weight.OPEN) -> None:
        self._two = two
        self._weigh = weigh
        self._look: int | None = None
        """The flush whose words are being judged; none while the caller speaks."""
        self._is_asked = False
        self._is_waited_for = False
        self._awaited_at_ms: int | None = None
        """The silence at which the utterance was over, but for the second ear."""
        self._from_ms = 0
        self._hearing: SecondHearing | None = None
        self._voiced_ms = 0
        self._caller = 0.0
        """How far the second ear was ahead in what this caller said before: it knows people, not synthetic voices."""

    def began(self, voiced_ms: int) -> None:
        """An utterance has begun, with so much speech."""
        self._voiced_ms = voiced_ms

    def voiced(self) -> None:
        """A frame of it is speech."""
        self._voiced_ms += FRAME_MS

    def looked(self, look: int, far: Progress, first: Transcribed) -> None:
        """The words up to flush `look` are in."""
        if self._two is None:
            return
        self._over()
        self._look = look
        sure = self._two.settings.sure_confidence
        answered = far is Progress.ANSWERED and all(word.confidence >= sure for word in first.words)
        self._is_waited_for = far is not Progress.NOTHING and not answered

    def went_on(self) -> None:
        """The silence was a pause: what is heard of it is in vain."""
        self._over()

    def wanted(
        self, silent_ms: int, ends_after_ms: int, listen: Listen, heard: Callable[[], Transcribed], from_ms: int
    ) -> list[HearingWanted]:
        """Ask for the second ear when it is time, once a look.

        `heard`: gives the words of the streaming ear. `from_ms`: where the utterance began.
        """
        if self._two is None or self._look is None or self._is_asked:
            return []
        if silent_ms < ends_after_ms - self._two.settings.lead_ms:
            return []
        self._is_asked = True
        first = heard()
        weight = self._weigh(listen, first)
        may_matter = weight is Weight.TRIAGE
        if not wants_second_ear(first, listen, self._two.kind, self._two.agreement, may_matter=may_matter):
            self._is_waited_for = False
            self._look = None
            return []
        self._from_ms = from_ms
        return [HearingWanted(self._look, from_ms, listen, weight, first.text)]

    def awaited(self, silent_ms: int) -> list[HearingAwaited] | None:
        """The silence is long enough: None when the utterance may end, else it waits (and says so once)."""
        if self._two is None or self._look is None or not (self._is_asked and self._is_waited_for):
            return None
        if self._awaited_at_ms is None:
            self._awaited_at_ms = silent_ms
            return [HearingAwaited(self._look)] if self._two.settings.wait_ms > 0 else None
        return [] if silent_ms - self._awaited_at_ms < self._two.settings.wait_ms else None

    def is_about(self, event: HeardAgain | NotHeardAgain) -> bool:
        """Whether the answer is about the words that are being judged."""
        return self._is_asked and event.utterance == self._look

    def answered(self, event: HeardAgain | NotHeardAgain) -> bool:
        """Take the second ear's answer; whether it is about the words that are being judged."""
        if not self.is_about(event):
            return False
        self._is_waited_for = False
        if isinstance(event, NotHeardAgain):
            self._look = None
            return False
        self._hearing = _placed(event.hearing, self._from_ms)
        return True

    def agreed(self, first: Transcribed, listen: Listen) -> Agreed:
        """What is believed of what both heard."""
        return self._agree(first, self._hearing, listen, self._voiced_ms)

    def complete(self, utterance: Utterance, first: Transcribed, listen: Listen) -> Utterance:
        """The utterance is over: the words that are believed, and all that was heard."""
        agreed = self.agreed(first, listen)
        self._remember(agreed)
        pending = self._look if self._is_asked and self._hearing is None else None
        done = replace(
            utterance,
            text=agreed.text,
            words=agreed.words,
            first=first,
            second=self._hearing,
            unsure=agreed.unsure,
            voiced_ms=self._voiced_ms,
            still_heard=pending,
        )
        self._over()
        return done

    def late(self, utterance: Utterance, event: HeardAgain, listen: Listen) -> Utterance:
        """The same utterance, now that the second ear has heard it after all."""
        first = utterance.first or Transcribed("", utterance.ended_ms, final=True)
        hearing = _placed(event.hearing, utterance.started_ms)
        agreed = self._agree(first, hearing, listen, utterance.voiced_ms)
        self._remember(agreed)
        return replace(
            utterance, text=agreed.text, words=agreed.words, second=hearing, unsure=agreed.unsure, still_heard=None
        )

    def _agree(self, first: Transcribed, second: SecondHearing | None, listen: Listen, voiced_ms: int | None) -> Agreed:
        two = self._two or _DEFAULTS
        return agree(first, second, listen, two.kind, two.agreement, voiced_ms=voiced_ms, caller=self._caller)

    def _remember(self, agreed: Agreed) -> None:
        if self._two is not None and agreed.ahead_by is not None:
            most = self._two.agreement.caller_most
            self._caller = self._caller / 2 + max(-most, min(most, agreed.ahead_by))

    def _over(self) -> None:
        self._look = None
        self._is_asked = False
        self._is_waited_for = False
        self._awaited_at_ms = None
        self._hearing = None


def began_ms(started_ms: int, not_before_ms: int) -> int:
    """Where the sound of an utterance begins: the detector is late, but what was said before belongs to another."""
    return max(started_ms - PRE_ROLL_MS, not_before_ms, 0)


def _placed(hearing: SecondHearing, from_ms: int) -> SecondHearing:
    """The words in the time of the call: the second ear counts from the beginning of the sound."""
    words = tuple(
        replace(word, start_ms=word.start_ms + from_ms, end_ms=word.end_ms + from_ms) for word in hearing.words
    )
    return replace(hearing, words=words)
