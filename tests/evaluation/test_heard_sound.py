"""A sentence by sound, through real ears and the session of a call."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sure_judge import SureOfEverything

from voice_agent.call.session import CallSession
from voice_agent.evaluation import heard_sound
from voice_agent.evaluation.cases import Sentence
from voice_agent.evaluation.heard_sound import Ears, SoundCall
from voice_agent.evaluation.line_under_test import LineUnderTest, NeutralDialog
from voice_agent.evaluation.outcomes import Heard, Verdict
from voice_agent.evaluation.telephone import Booth, Rendition
from voice_agent.wiring import session_settings


def spoken(folder: Path, text: str) -> bytes:
    return Booth(folder).line_sound(Rendition(Sentence(text, None, None, "lay"), "flite:slt", 1.0, "pink"))


def heard(line: LineUnderTest, ears: Ears, folder: Path, text: str) -> Heard:
    return heard_sound.heard_as_sound(line, spoken(folder, text), ears)


def test_an_emergency_is_heard_through_noise(line: LineUnderTest, ears: Ears, tmp_path: Path) -> None:
    told = heard(line, ears, tmp_path, "there is an elephant sitting on my chest")
    assert (told.verdict, told.flag) == (Verdict.FLAGGED, "heart_attack")


def test_a_question_is_put_and_harmless_words_pass(line: LineUnderTest, ears: Ears, tmp_path: Path) -> None:
    assert heard(line, ears, tmp_path, "my baby has a fever").verdict is Verdict.ASKED
    told = heard(line, ears, tmp_path, "i would like to make an appointment")
    assert told.verdict is Verdict.PASSED
    assert "appointment" in told.words


def test_a_second_opinion_is_asked_about_what_was_heard(line: LineUnderTest, ears: Ears, tmp_path: Path) -> None:
    judge = SureOfEverything()
    how = replace(session_settings(line.settings), second_opinion=judge.thresholds)
    call = SoundCall(CallSession(how, line.lines, line.screen), NeutralDialog(), replace(ears, second=None), judge)
    call.listen(spoken(tmp_path, "i would like to make an appointment"))
    call.close()
    assert any("thoughts of hurting yourself" in sentence for sentence in call.said)


def test_silence_is_no_utterance(line: LineUnderTest, ears: Ears) -> None:
    told = heard_sound.heard_as_sound(line, bytes(16000), ears)
    assert (told.verdict, told.words) == (Verdict.PASSED, "")


def test_words_after_a_reply_are_heard_as_well(line: LineUnderTest, ears: Ears, tmp_path: Path) -> None:
    session = line.session()
    call = SoundCall(session, NeutralDialog(), replace(ears, second=None))
    call.listen(spoken(tmp_path, "i would like to make an appointment"))
    assert call.said == ["I see.", "What else?"]
    call.listen(spoken(tmp_path, "i have crushing pain in my chest and i am sweating"))
    call.close()
    assert session.summary.red_flag
