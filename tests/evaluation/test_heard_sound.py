"""A sentence by sound, through real ears and the session of a call."""

from __future__ import annotations

from pathlib import Path

from voice_agent.evaluation import heard_sound
from voice_agent.evaluation.cases import Sentence
from voice_agent.evaluation.heard_sound import SoundCall
from voice_agent.evaluation.line_under_test import LineUnderTest, NeutralDialog
from voice_agent.evaluation.outcomes import Heard, Verdict
from voice_agent.evaluation.telephone import Booth, Rendition
from voice_agent.speech.recognizer import VoskRecognizers
from voice_agent.speech.voice_activity import SileroVoiceActivity


def spoken(folder: Path, text: str) -> bytes:
    return Booth(folder).line_sound(Rendition(Sentence(text, None, None, "lay"), "flite:slt", 1.0, "pink"))


def heard(line: LineUnderTest, recognizers: VoskRecognizers, folder: Path, text: str) -> Heard:
    activity = SileroVoiceActivity(line.settings.voice_activity)
    return heard_sound.heard_as_sound(line, spoken(folder, text), recognizers, activity)


def test_an_emergency_is_heard_through_noise(line: LineUnderTest, recognizers: VoskRecognizers, tmp_path: Path) -> None:
    told = heard(line, recognizers, tmp_path, "there is an elephant sitting on my chest")
    assert (told.verdict, told.flag) == (Verdict.FLAGGED, "heart_attack")


def test_a_question_is_put_and_harmless_words_pass(
    line: LineUnderTest, recognizers: VoskRecognizers, tmp_path: Path
) -> None:
    assert heard(line, recognizers, tmp_path, "my baby has a fever").verdict is Verdict.ASKED
    told = heard(line, recognizers, tmp_path, "i would like to make an appointment")
    assert told.verdict is Verdict.PASSED
    assert "appointment" in told.words


def test_silence_is_no_utterance(line: LineUnderTest, recognizers: VoskRecognizers) -> None:
    activity = SileroVoiceActivity(line.settings.voice_activity)
    told = heard_sound.heard_as_sound(line, bytes(16000), recognizers, activity)
    assert (told.verdict, told.words) == (Verdict.PASSED, "")


def test_words_after_a_reply_are_heard_as_well(
    line: LineUnderTest, recognizers: VoskRecognizers, tmp_path: Path
) -> None:
    session = line.session()
    call = SoundCall(session, NeutralDialog(), recognizers, SileroVoiceActivity(line.settings.voice_activity))
    call.listen(spoken(tmp_path, "i would like to make an appointment"))
    assert call.said == ["I see.", "What else?"]
    call.listen(spoken(tmp_path, "i have crushing pain in my chest and i am sweating"))
    call.close()
    assert session.summary.red_flag
