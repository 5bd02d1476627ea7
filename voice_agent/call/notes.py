"""What has been said and learned so far, kept as it happens; becomes the `CallSummary`."""

from __future__ import annotations

from dataclasses import replace

from voice_agent.call.commands import Prompt
from voice_agent.call.events import CallConnected, SpeakingCut
from voice_agent.call.handoff import Answer, CallSummary, Disposition, RedFlagRaised, TurnRecord
from voice_agent.call.signals import Utterance
from voice_agent.triage.care_levels import CareLevel


class CallNotes:
    """One call's notes. Facts only; nothing is ever taken back, only added."""

    def __init__(self, earlier: CallSummary | None = None) -> None:
        self._summary = earlier or CallSummary(call_id="")
        self._turns: list[TurnRecord] = list(self._summary.turns)
        self._places: dict[tuple[int, int], int] = {}
        self._said: dict[int, int] = {}

    def connected(self, event: CallConnected) -> None:
        """The call has an id, a number and a beginning."""
        self._summary = replace(
            self._summary,
            call_id=event.call_id,
            caller_number=event.caller_number or self._summary.caller_number,
            started_at=self._summary.started_at or event.started_at,
        )

    def spoke(self, prompt: Prompt, at_ms: int) -> None:
        """A prompt is about to be said; nothing of it has been heard yet."""
        for index, sentence in enumerate(prompt.sentences):
            self._places[(prompt.id, index)] = len(self._turns)
            self._turns.append(TurnRecord("agent", sentence, at_ms, heard=False))

    def sentence_heard(self, prompt: int, sentence: int, at_ms: int) -> None:
        """The caller heard this sentence to its end at `at_ms`."""
        place = self._places.get((prompt, sentence))
        if place is not None:
            self._turns[place] = replace(self._turns[place], heard=True, at_ms=at_ms)
        # What has yet to be said of the prompt comes after it, also in the order of a summary.
        while (place := self._places.get((prompt, sentence := sentence + 1))) is not None:
            self._turns[place] = replace(self._turns[place], at_ms=at_ms)

    def cut(self, event: SpeakingCut) -> None:
        """A sentence was cut off in the middle: keep how many of its words the caller heard."""
        place = self._places.get((event.prompt, event.sentence))
        if place is not None and not self._turns[place].heard:
            words = words_within(self._turns[place].text, event.heard_ms / max(1, event.lasts_ms))
            self._turns[place] = replace(self._turns[place], heard_words=words)

    def said(self, utterance: Utterance) -> None:
        """The caller said something."""
        self._said[utterance.started_ms] = len(self._turns)
        self._turns.append(_record(utterance))

    def heard_again(self, utterance: Utterance) -> None:
        """The second ear has heard after all what the caller said: the words that we acted upon stay."""
        place = self._said.get(utterance.started_ms)
        if place is not None:
            heard = _record(utterance)
            self._turns[place] = replace(self._turns[place], first_ear=heard.first_ear, second_ear=heard.second_ear)

    def pressed(self, keys: str, at_ms: int) -> None:
        """The caller pressed keys."""
        self._turns.append(TurnRecord("caller", f"pressed {keys}", at_ms))

    def answered(self, answer: Answer) -> None:
        """A question that has an id was answered; a second answer to it stands beside the first."""
        self._summary = replace(self._summary, answers=(*self._summary.answers, answer))

    def learned(self, facts: dict[str, str]) -> None:
        """The dialog established facts; later ones correct earlier ones."""
        self._summary = replace(self._summary, learned={**self._summary.learned, **facts})

    def did(self, action: str) -> None:
        """The agent did something worth telling."""
        self._summary = replace(self._summary, actions=(*self._summary.actions, action))

    def wants_person(self, reason: str, level: CareLevel) -> None:
        """A person is needed; a level is only ever raised."""
        known = self._summary.care_level
        if known is None or level.rank <= known.rank:
            self._summary = replace(self._summary, reason=reason, care_level=level)

    def red_flag(self, raised: RedFlagRaised) -> None:
        """A red flag was latched; a more urgent one replaces a lesser one."""
        known = self._summary.red_flag
        if known is None or raised.care_level.rank < known.care_level.rank:
            self._summary = replace(self._summary, red_flag=raised, safety_heard=False)
        self.wants_person(raised.title, raised.care_level)

    def safety_heard(self) -> None:
        """The safety sentence was heard to its end."""
        self._summary = replace(self._summary, safety_heard=True)
        self.did("safety_sentence_heard")

    def rated(self, rating: int) -> None:
        """The caller said how the call was, 1 to 5; the last word counts."""
        self._summary = replace(self._summary, rating=rating)

    def ended(self, disposition: Disposition) -> None:
        """The call is over for us."""
        self._summary = replace(self._summary, disposition=disposition)

    @property
    def outcome(self) -> Disposition | None:
        return self._summary.disposition

    @property
    def latched(self) -> RedFlagRaised | None:
        """The red flag that the call carries, if any."""
        return self._summary.red_flag

    def caller_said(self) -> tuple[str, ...]:
        """The caller's utterances so far, oldest first."""
        return tuple(turn.text for turn in self._turns if turn.speaker == "caller")

    def last_question(self) -> str | None:
        """The last sentence that the agent said."""
        return next((turn.text for turn in reversed(self._turns) if turn.speaker == "agent"), None)

    def summary(self) -> CallSummary:
        """All of it, as a value; what was said stands in the order of the audio."""
        return replace(self._summary, turns=tuple(sorted(self._turns, key=lambda turn: turn.at_ms)))


def _record(utterance: Utterance) -> TurnRecord:
    """With what each ear heard, when there were two."""
    second = utterance.second
    return TurnRecord(
        "caller",
        utterance.text,
        utterance.started_ms,
        utterance.confidence,
        first_ear=utterance.first.text if utterance.first and second else None,
        second_ear=second.text if second else None,
    )


def words_within(sentence: str, share: float) -> int:
    """How many words of `sentence` are over when this share of its time (0 to 1) has passed.

    A word takes as long as it is written, near enough; one that was cut in the middle was not heard.
    """
    words = sentence.split()
    lengths = [len(word) + 1 for word in words]
    heard = share * sum(lengths)
    return sum(sum(lengths[: count + 1]) <= heard + 0.5 for count in range(len(words)))
