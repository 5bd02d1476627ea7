"""`voice-agent screen --audio`: recordings screened as a call screens them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voice_agent.call.replies import Listen
from voice_agent.transcribing.listening import Ears, Heard, listen_to
from voice_agent.transcribing.sound_files import in_a_call, telephone_sound
from voice_agent.triage.red_flags import RedFlagScreen, Screening
from voice_agent.triage.screen_lines import screened
from voice_agent.triage.second_opinion import Judge, added


def screened_sound(screen: RedFlagScreen, ears: Ears, path: Path, judge: Judge | None = None) -> dict[str, Any]:
    """One wav file as a record of `voice-agent screen`; with a second opinion when there is a `judge`.

    `id` is the file, `evidence_ms` the start and end of each evidence (null without word times), `heard` all words.

    Raises SoundFileError, RecognizerError.
    """
    best: Screening = Screening()
    heard = listen_to(in_a_call(telephone_sound(path, mu_law=True)), Listen.OPEN, ears)
    for screening in _screenings(screen, heard, judge):
        if screening.red_flag or best.ask is None:
            best = screening if screening.red_flag or screening.ask else best
        if best.red_flag:
            break
    evidence = best.raised.evidence if best.raised else best.ask.evidence if best.ask else ()
    times = [[piece.start_ms, piece.end_ms] for piece in evidence]
    return {**screened(best, str(path)), "evidence_ms": times, "heard": heard.text}


def _screenings(screen: RedFlagScreen, heard: Heard, judge: Judge | None) -> Iterator[Screening]:
    """One for each utterance, in the light of those before it."""
    earlier: list[str] = []
    for part in heard.parts:
        screening = screen.screen(
            part.first.text,
            words=part.first.words,
            alternatives=(part.agreed.text,) if part.agreed.text != part.first.text else (),
            at_ms=part.first.at_ms,
            context=tuple(earlier),
        )
        yield added(screen, screening, part.agreed.text or part.first.text, judge)
        earlier.append(part.first.text)
