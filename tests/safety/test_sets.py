"""The written evaluation sets are whole: enough of every kind, nothing twice, nothing taken from the lexicon."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pytest
import yaml

from voice_agent.config import load_red_flags

SETS = Path(__file__).parent / "sets"
RED_FLAGS = load_red_flags(Path(__file__).resolve().parents[2] / "dialogs").red_flags
KNOWN_FLAGS = {flag.id for flag in RED_FLAGS}
LEVELS = {"911", "nurse_now", "nurse_within_hour"}
OFTEN = {"suicide", "violence", "heart_attack", "stroke", "breathing"}
CLOSE_KINDS = {"idiom", "past", "negated", "other_people_news", "hypothetical", "objects", "admin", "resolved"}
HEARD = re.compile(r"[a-z']+( [a-z']+)*")

VIGNETTE_LEVELS = {"emergency", "seen_soon", "self_care"}
TOPICS = {
    *("age", "since_when", "severity", "fever", "breathing", "pain_place", "other_symptoms", "pregnancy", "medicines"),
    *("history", "eating_drinking", "course", "anything_else", "otherwise"),
}
CONTEXTS = {"plain", "anchoring", "minor_first", "no_access", "third_person", "correction"}

Sentences = dict[str, list[str]]


@dataclass(frozen=True)
class Vignette:
    """One case for a scripted caller: what the caller opens with, and an answer to each topic."""

    id: str
    title: str
    level: str
    opening: str
    facts: dict[str, str]


@dataclass(frozen=True)
class Base:
    """One emergency of the factorial stress."""

    sentence: str
    flag: str
    level: str


class WrittenSet:
    """One set of sentences: emergencies by flag and kind, harmless by kind, hidden by flag."""

    def __init__(self, name: str) -> None:
        content = yaml.safe_load((SETS / f"{name}.yaml").read_text(encoding="utf-8"))
        self.keys = set(content)
        self.levels: dict[str, str] = content["levels"]
        self.emergencies: dict[str, Sentences] = content["emergencies"]
        self.harmless: Sentences = content["harmless"]
        self.hidden: dict[str, list[dict[str, str]]] = content["hidden"]

    def of_flag(self, flag: str) -> list[str]:
        return [sentence for kind in self.emergencies[flag].values() for sentence in kind]

    def urgent(self) -> list[str]:
        return [sentence for flag in self.emergencies for sentence in self.of_flag(flag)]

    def quiet(self) -> list[str]:
        return [sentence for kind in self.harmless.values() for sentence in kind]

    def hints(self) -> list[dict[str, str]]:
        return [hint for hints in self.hidden.values() for hint in hints]

    def openings(self) -> list[str]:
        """Every sentence that a caller of this set may begin with."""
        return [*self.urgent(), *self.quiet(), *(hint["opening"] for hint in self.hints())]


LOCKED = WrittenSet("locked")
DEVELOPMENT = WrittenSet("development")
VIGNETTES = [
    Vignette(**each) for each in yaml.safe_load((SETS / "vignettes.yaml").read_text(encoding="utf-8"))["vignettes"]
]
_STRESS = yaml.safe_load((SETS / "stress.yaml").read_text(encoding="utf-8"))
BASES = [Base(**each) for each in _STRESS["bases"]]
FRAGMENTS: Sentences = _STRESS["fragments"]


def normalised(sentence: str) -> str:
    """Without case, punctuation, apostrophes and spare blanks."""
    return " ".join(re.sub(r"[^a-z ]", "", sentence.lower()).split())


def twice(sentences: list[str]) -> list[str]:
    return [one for one, times in Counter(map(normalised, sentences)).items() if times > 1]


def of_the_lexicon() -> Iterator[str]:
    """The sentences on which the lexicon tests itself."""
    for flag in RED_FLAGS:
        yield from flag.must_fire
        yield from flag.must_not_fire
        for question in flag.ask:
            yield from question.must_ask


@pytest.mark.parametrize("written", [pytest.param(LOCKED, id="locked"), pytest.param(DEVELOPMENT, id="development")])
class TestEverySet:
    def test_it_has_its_four_parts(self, written: WrittenSet) -> None:
        assert written.keys == {"levels", "emergencies", "harmless", "hidden"}

    def test_every_flag_is_known_and_has_a_level(self, written: WrittenSet) -> None:
        assert set(written.levels) == KNOWN_FLAGS
        assert set(written.levels.values()) <= LEVELS
        assert set(written.emergencies) == KNOWN_FLAGS
        assert set(written.hidden) <= KNOWN_FLAGS

    def test_a_kind_may_name_another_level(self, written: WrittenSet) -> None:
        named = [
            (flag, kind.split("@")) for flag, kinds in written.emergencies.items() for kind in kinds if "@" in kind
        ]
        assert named
        for flag, (wording, level) in named:
            assert wording.isidentifier()
            assert level in LEVELS - {written.levels[flag]}, (flag, wording)

    def test_sentences_stand_as_a_recogniser_writes_them(self, written: WrittenSet) -> None:
        said = [*written.openings(), *(hint["answer_reveals"] for hint in written.hints())]
        assert [sentence for sentence in said if not HEARD.fullmatch(sentence)] == []
        assert [sentence for sentence in said if len(sentence.split()) > 60] == []

    def test_a_hint_is_an_opening_and_what_the_answer_reveals(self, written: WrittenSet) -> None:
        assert all(set(hint) == {"opening", "answer_reveals"} for hint in written.hints())

    def test_lengths_vary_as_callers_do(self, written: WrittenSet) -> None:
        lengths = [len(sentence.split()) for sentence in written.urgent()]
        assert sum(length <= 8 for length in lengths) >= 20
        assert sum(length >= 30 for length in lengths) >= 10


def test_nothing_stands_twice_in_any_file() -> None:
    everything = [
        *LOCKED.openings(),
        *DEVELOPMENT.openings(),
        *(vignette.opening for vignette in VIGNETTES),
        *(base.sentence for base in BASES),
    ]
    assert twice(everything) == []


def test_nothing_is_the_lexicon_s_own() -> None:
    own = set(map(normalised, of_the_lexicon()))
    assert own
    written = chain(
        LOCKED.openings(),
        DEVELOPMENT.openings(),
        (vignette.opening for vignette in VIGNETTES),
        (base.sentence for base in BASES),
    )
    assert [sentence for sentence in written if normalised(sentence) in own] == []


def test_the_locked_set_is_large_enough() -> None:
    assert len(LOCKED.urgent()) >= 450
    assert len(LOCKED.quiet()) >= 450
    assert len(LOCKED.harmless["crisis_idiom"]) >= 60
    assert len(LOCKED.hints()) >= 40
    assert {kind: len(LOCKED.harmless[kind]) for kind in CLOSE_KINDS if len(LOCKED.harmless[kind]) < 30} == {}
    few = {flag: len(LOCKED.of_flag(flag)) for flag in KNOWN_FLAGS}
    assert {flag: n for flag, n in few.items() if n < (20 if flag in OFTEN else 10)} == {}


def test_the_development_set_is_large_enough() -> None:
    assert len(DEVELOPMENT.urgent()) >= 330
    assert len(DEVELOPMENT.quiet()) >= 370
    assert len(DEVELOPMENT.harmless["crisis_idiom"]) >= 50
    assert len(DEVELOPMENT.hints()) >= 30
    few = {flag: len(DEVELOPMENT.of_flag(flag)) for flag in KNOWN_FLAGS}
    assert {flag: n for flag, n in few.items() if n < (15 if flag in OFTEN else 8)} == {}


def test_the_two_sets_keep_the_same_levels() -> None:
    assert LOCKED.levels == DEVELOPMENT.levels


def test_development_does_not_paraphrase_the_locked_set() -> None:
    """Two sentences of eight words or more share at most half of their words."""

    def words(sentence: str) -> frozenset[str]:
        return frozenset(normalised(sentence).split())

    locked = [(each, words(each)) for each in LOCKED.openings() if len(each.split()) >= 8]
    close = [
        (mine, theirs)
        for mine in DEVELOPMENT.openings()
        if len(mine.split()) >= 8
        for theirs, kept in locked
        if len(words(mine) & kept) > 0.5 * len(words(mine) | kept)
    ]
    assert close == []


def test_fifteen_vignettes_of_each_level_answer_every_question() -> None:
    assert Counter(vignette.level for vignette in VIGNETTES) == dict.fromkeys(VIGNETTE_LEVELS, 15)
    assert len({vignette.id for vignette in VIGNETTES}) == len(VIGNETTES)
    for vignette in VIGNETTES:
        assert vignette.title
        assert set(vignette.facts) == TOPICS, vignette.id
        for said in (vignette.opening, *vignette.facts.values()):
            assert HEARD.fullmatch(said), (vignette.id, said)


def test_the_stress_puts_every_base_in_every_context() -> None:
    assert len(BASES) >= 30
    assert {base.flag for base in BASES} == KNOWN_FLAGS - {"emergency_unnamed"}
    assert {base.level for base in BASES} <= LEVELS
    assert [base.sentence for base in BASES if not HEARD.fullmatch(base.sentence)] == []
    assert set(FRAGMENTS) == CONTEXTS
    for template in chain.from_iterable(FRAGMENTS.values()):
        assert template.count("{sentence}") == 1
        assert HEARD.fullmatch(template.replace("{sentence}", "a sentence")), template
    assert all(len(templates) >= 3 for kind, templates in FRAGMENTS.items() if kind != "plain")


def test_the_locked_set_has_not_changed() -> None:
    """It is scored, never tuned on: whoever mends a sentence records the new digest in the same commit."""
    recorded, name = (SETS / "locked.sha256").read_text(encoding="ascii").split()
    assert name == "locked.yaml"
    assert hashlib.sha256((SETS / name).read_bytes()).hexdigest() == recorded
