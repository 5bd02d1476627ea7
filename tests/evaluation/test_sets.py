"""Reading the sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_agent.errors import ContentError
from voice_agent.evaluation import sets
from voice_agent.evaluation.cases import Need, Part
from voice_agent.triage.care_levels import CareLevel

EXAMPLES = Path(__file__).parent / "sets"


def written(folder: Path, text: str, name: str = "locked") -> Path:
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_part_gives_each_sentence_its_flag_level_and_wording() -> None:
    loaded = sets.load(EXAMPLES, Part.DEVELOPMENT)
    told = {one.text: (one.flag, one.level, one.wording) for one in loaded.sentences}
    assert told["my chest feels tight and my arm is heavy"] == ("heart_attack", CareLevel.EMERGENCY_911, "lay")
    assert told["the library opens at nine"] == ("heart_attack", CareLevel.NURSE_NOW, "lay")
    assert told["what are your opening hours"] == (None, None, "hours")
    assert len(loaded.emergencies) == 5
    assert [(case.id, case.flag) for case in loaded.hidden] == [("infant_fever.1", "infant_fever")]


def test_a_flag_without_a_level_is_named_with_its_line(tmp_path: Path) -> None:
    folder = written(tmp_path, "levels: {}\nemergencies:\n  stroke:\n    lay: [my face droops]\nharmless: {}\n")
    with pytest.raises(ContentError, match=r"locked\.yaml:4: emergencies\.stroke\.lay: no level for 'stroke'"):
        sets.load(folder, Part.LOCKED)


def test_a_level_that_is_no_emergency_is_refused(tmp_path: Path) -> None:
    text = "levels: {}\nemergencies:\n  stroke:\n    lay@self_care: [my face droops]\nharmless: {}\n"
    with pytest.raises(ContentError, match="levels are 911, nurse_now, nurse_within_hour"):
        sets.load(written(tmp_path, text), Part.LOCKED)


def test_a_sentence_stands_once(tmp_path: Path) -> None:
    text = "levels: {}\nemergencies: {}\nharmless:\n  hours: [when do you open]\n  other: [When do you open]\n"
    with pytest.raises(ContentError, match="stands twice"):
        sets.load(written(tmp_path, text), Part.LOCKED)


def test_an_empty_part_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="holds no sentence"):
        sets.load(written(tmp_path, "levels: {}\nemergencies: {}\nharmless: {}\n"), Part.LOCKED)


def test_vignettes_keep_their_facts() -> None:
    first, second = sets.load_vignettes(EXAMPLES)
    assert (first.id, first.need, second.need) == ("thunderclap", Need.EMERGENCY, Need.SELF_CARE)
    assert first.facts["fever"] == "no fever"


def test_stress_puts_every_sentence_into_every_fragment() -> None:
    cases = sets.load_stress(EXAMPLES)
    assert len(cases) == 4
    assert cases[0].text == "i need a refill and my chest feels tight and my arm is heavy"
    assert {(case.kind, case.number) for case in cases} == {("minor_first", 1), ("anchoring", 1)}


def test_a_fragment_without_its_place_is_named(tmp_path: Path) -> None:
    text = "bases: []\nfragments:\n  anchoring:\n    - '{sentence} but'\n    - nothing here\n"
    with pytest.raises(ContentError, match=r"stress\.yaml:5: fragments\.anchoring\.1: must hold \{sentence\} once"):
        sets.load_stress(written(tmp_path, text, "stress"))
