"""When the caller has begun, paused and ended.

The only clock is audio: 20 ms frames judged by the voice-activity detector. `TurnTaker` turns them and the
recogniser's words into signals; the session decides what a signal means.

A short silence makes it look: the recogniser is flushed, and the words so far say how much longer to wait. Words that
answer the question end the utterance at once; words that plainly go on ("my name is") get a long silence; between them
it depends on what was asked and on how long this caller has paused before (Sacks, Schegloff and Jefferson 1974: a turn
ends where it is complete, not where it is silent).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from voice_agent.audio.frames import FRAME_MS
from voice_agent.call.events import HeardAgain, Listened, NotHeardAgain, Transcribed, Word
from voice_agent.call.progress import Progress, progress
from voice_agent.call.replies import Listen
from voice_agent.call.second_listening import SecondListening, began_ms
from voice_agent.call.signals import (
    NothingSaid,
    Signal,
    SoundBegan,
    SoundEnded,
    SpeechBegan,
    SpeechPaused,
    Utterance,
    UtteranceEnded,
    WordsSoFar,
)
from voice_agent.call.turn_settings import TurnSettings

Judge = Callable[[Listen, str, tuple[Word, ...]], Progress]
"""How far an answer of this kind has come with these words (as text, and with times and confidences)."""
_PAUSES: Final = 4
"""So many of the caller's last pauses are remembered."""
_A_PAUSE_MS: Final = 200
"""Shorter silences belong to the words."""


class TurnTaker:
    """Counts frames; knows nothing of prompts, dialogs or what the words mean."""

    def __init__(
        self,
        settings: TurnSettings,
        judge: Judge = lambda listen, text, _: progress(listen, text),
        second: SecondListening | None = None,
    ) -> None:
        """`judge`: how far an answer has come; the session knows a little more than the words alone."""
        self._settings = settings
        self._judge = judge
        self._second = second or SecondListening()
        self._now_ms = 0
        self._over_ms = 0
        self._listen = Listen.OPEN
        self._awaiting_answer = False
        self._speaking = False
        self._voiced_ms = 0
        self._silent_ms = 0
        self._waited_ms = 0
        self._started_ms = 0
        self._last_voiced_ms = 0
        self._finals: list[Transcribed] = []
        self._flushes = 0
        self._flushing: int | None = None
        self._flush_waited_ms = 0
        self._ends_after_ms: int | None = None
        self._far: Progress | None = None
        """How far the answer had come when the silence was last looked at."""
        self._must_end = False
        self._pauses: deque[int] = deque(maxlen=_PAUSES)
        self._ended_ms: int | None = None

    def joined(self, event: Transcribed) -> Transcribed:
        """What was heard, behind all that the same utterance has brought before: a look cuts in mid-sentence."""
        if not self._finals:
            return event
        first = self._first()
        return replace(event, text=f"{first.text} {event.text}".strip(), words=(*first.words, *event.words))

    def second_joined(self, event: HeardAgain) -> Transcribed:
        """What the second ear heard, beside what the streaming ear did; like a partial when the caller has gone on."""
        first = self._first()
        return replace(
            first,
            text=event.hearing.text,
            words=event.hearing.words,
            alternatives=(first.text,) if first.text else (),
            final=self._second.is_about(event),
        )

    def expect(self, listen: Listen) -> None:
        """The next answer is of this kind."""
        self._listen = listen

    def await_answer(self) -> None:
        """The question has been heard: from now on silence counts as no input."""
        self._awaiting_answer = True
        self._waited_ms = 0

    def await_shortly(self) -> None:
        """A sound that was no word may have been the answer: do not wait for it as long as for the first."""
        self._waited_ms = max(self._waited_ms, self._settings.no_input_ms - self._settings.after_sound_ms)

    def stop_awaiting(self) -> None:
        """It is not the caller's turn: silence is expected."""
        self._awaiting_answer = False

    def listened(self, event: Listened) -> list[Signal]:
        """Count one frame."""
        self._now_ms = event.at_ms
        signals: list[Signal] = []
        if self._flushing is not None:
            self._flush_waited_ms += FRAME_MS
            if self._flush_waited_ms >= self._settings.flush_ms:
                signals.extend(self._words_are_in())
        if event.is_speech:
            if self._speaking:
                self._second.voiced()
            signals.extend(self._voiced(event.at_ms))
        else:
            signals.extend(self._silent())
        return signals

    def transcribed(self, event: Transcribed) -> list[Signal]:
        """Take words; those that answer a flush say how much longer to wait."""
        if event.final and event.text:
            self._finals.append(event)
        if event.final and event.utterance is not None and event.utterance == self._flushing:
            return self._words_are_in()
        if not event.text or self._flushing is not None:
            return []
        if not self._speaking:
            # Speech too soft for the detector, or words that lagged behind it: nothing said is lost. But noises make
            # words as well: one alone must be final.
            if not event.final and " " not in event.text:
                return []
            return [self._begin(event.words[0].start_ms if event.words else event.at_ms, event.at_ms)]
        if self._ends_after_ms is not None:
            self._went_on(event.at_ms)
        return []

    def understood(self, utterance: int) -> list[Signal]:
        """The dialog knows what the words up to this flush mean: they may well be all."""
        if utterance != self._flushes or self._flushing is not None or self._ends_after_ms is None:
            return []
        said = self._second.agreed(self._first(), self._listen)
        if self._judge(self._listen, said.text, said.words) is not Progress.GOES_ON:
            self._ends_after_ms = min(self._ends_after_ms, self._silence_for(Progress.LIKELY))
        return self._end_if_due()

    def heard_again(self, event: HeardAgain | NotHeardAgain) -> list[Signal]:
        """The second ear has answered: what both heard may make the end come later, or sooner."""
        before = self._first().text
        news = self._second.answered(event)
        if self._flushing is not None or self._ends_after_ms is None:
            return []
        said = self._second.agreed(self._first(), self._listen)
        if not news or said.text == before:
            return self._end_if_due()
        self._far = self._judge(self._listen, said.text, said.words)
        self._ends_after_ms = self._silence_for(self._far)
        return self._end_if_due() or [WordsSoFar(event.utterance, said.text)]

    # One frame.

    def _voiced(self, at_ms: int) -> list[Signal]:
        self._voiced_ms += FRAME_MS
        begins = self._voiced_ms >= self._settings.onset_ms
        if not self._speaking:
            if begins and self._flushing is None:
                return [self._begin(at_ms - self._voiced_ms, at_ms)]
            return [SoundBegan(at_ms)] if self._voiced_ms == FRAME_MS else []
        if self._silent_ms:
            if begins:
                self._went_on(at_ms)
            else:
                # Too short to be words yet: the silence before it goes on counting.
                self._silent_ms += FRAME_MS
            return []
        self._last_voiced_ms = at_ms
        if at_ms - self._started_ms >= self._settings.longest_utterance_ms and self._flushing is None:
            self._must_end = True
            return [self._flush()]
        return []

    def _silent(self) -> list[Signal]:
        clicked = 0 < self._voiced_ms < self._settings.onset_ms and not self._speaking
        self._voiced_ms = 0
        if clicked:
            return [SoundEnded()]
        if self._speaking:
            self._silent_ms += FRAME_MS
            if self._flushing is not None:
                return []
            if self._ends_after_ms is not None:
                return self._end_if_due()
            return [self._flush()] if self._silent_ms >= self._settings.look_after_ms else []
        if not self._awaiting_answer or self._flushing is not None:
            return []
        self._waited_ms += FRAME_MS
        if self._waited_ms < self._settings.no_input_ms:
            return []
        self._waited_ms = 0
        return [NothingSaid()]

    def _begin(self, started_ms: int, now_ms: int) -> SpeechBegan:
        if self._ended_ms is not None and started_ms - self._ended_ms <= self._settings.goes_on_ms:
            # We took the turn in what was only a pause.
            self._paused_for(started_ms - self._ended_ms)
        self._ended_ms = None
        self._second.began(self._voiced_ms)
        self._speaking = True
        self._started_ms = started_ms
        self._last_voiced_ms = now_ms
        self._silent_ms = 0
        self._waited_ms = 0
        self._ends_after_ms = None
        return SpeechBegan(started_ms)

    def _went_on(self, at_ms: int) -> None:
        """The silence was a pause within the utterance."""
        if self._far is not Progress.GOES_ON:
            self._paused_for(self._silent_ms - max(0, self._voiced_ms - FRAME_MS))
        self._far = None
        self._silent_ms = 0
        self._last_voiced_ms = at_ms
        self._ends_after_ms = None
        self._second.went_on()

    def _paused_for(self, ms: int) -> None:
        if ms >= _A_PAUSE_MS:
            self._pauses.append(ms)

    # The end.

    def _flush(self) -> SpeechPaused:
        self._flushes += 1
        self._flushing = self._flushes
        self._flush_waited_ms = 0
        return SpeechPaused(self._flushes)

    def _words_are_in(self) -> list[Signal]:
        """What was said up to the flush is known: decide how long to wait for more."""
        flushed, self._flushing = self._flushes, None
        if self._must_end:
            return [self._complete()]
        if not self._silent_ms:
            return []  # the caller went on meanwhile
        first = self._first()
        self._far = self._judge(self._listen, first.text, first.words)
        self._second.looked(flushed, self._far, first)
        self._ends_after_ms = self._silence_for(self._far)
        signals = self._end_if_due()
        over = any(isinstance(signal, UtteranceEnded) for signal in signals)
        return signals if over else [*signals, WordsSoFar(flushed, first.text)]

    def _silence_for(self, far: Progress) -> int:
        match far:
            case Progress.NOTHING | Progress.ANSWERED:
                return 0
            case Progress.LIKELY:
                silence_ms = self._settings.likely_silence_ms.for_answer(self._listen)
                return self._patience(silence_ms) if self._listen is Listen.OPEN else silence_ms
            case Progress.UNCLEAR:
                return self._patience(self._settings.endpoint_silence_ms.for_answer(self._listen))
            case Progress.GOES_ON:
                return self._settings.goes_on_ms

    def _patience(self, silence_ms: int) -> int:
        """At least `silence_ms`; more with a caller who pauses."""
        own_ms = round(max(self._pauses, default=0) * self._settings.own_pauses)
        return max(silence_ms, min(own_ms, self._settings.own_pauses_most_ms))

    def _end_if_due(self) -> list[Signal]:
        """What this much silence asks for: the second ear, the end."""
        if self._ends_after_ms is None:
            return []
        from_ms = began_ms(self._started_ms, self._over_ms)
        signals: list[Signal] = [
            *self._second.wanted(self._silent_ms, self._ends_after_ms, self._listen, self._first, from_ms)
        ]
        if self._silent_ms < self._ends_after_ms:
            return signals
        awaited = self._second.awaited(self._silent_ms)
        return [*signals, self._complete()] if awaited is None else [*signals, *awaited]

    def _first(self) -> Transcribed:
        """All that the streaming ear has heard of the utterance."""
        text = " ".join(final.text for final in self._finals)
        words = tuple(word for final in self._finals for word in final.words)
        return Transcribed(text, self._now_ms, final=True, words=words)

    def _complete(self) -> UtteranceEnded:
        first = self._first()
        utterance = self._second.complete(Utterance("", self._started_ms, self._last_voiced_ms), first, self._listen)
        self._finals = []
        self._far = None
        self._speaking = False
        self._must_end = False
        self._ends_after_ms = None
        self._silent_ms = 0
        self._voiced_ms = 0
        self._waited_ms = 0
        self._over_ms = self._now_ms
        self._ended_ms = self._last_voiced_ms if utterance.text else None
        return UtteranceEnded(utterance)
