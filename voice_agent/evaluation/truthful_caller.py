"""A caller who tells the truth, and only what is asked.

Hears the agent's words as a person would, finds by key words which of her facts a question is about, and answers in her
own words. To a question that wants yes or no she says yes where one of her facts has words of the question, "no" where
her fact denies, and else the bare fact; put again, she does not know. So a script never denies what may be so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from voice_agent.triage.wording import word_set
from voice_agent.understanding.measures import age_days

NO: Final = "no"
UNKNOWN: Final = "i don't know"
OTHERWISE: Final = "otherwise"
"""The topic that answers a question on anything else."""
SYMPTOMS: Final = "other_symptoms"

_DENIES: Final = re.compile(
    r"(no|nope|not|none|never|nothing|neither|normal|fine|okay|ok)\b"
    r"|(i|he|she|it|they|we) (do|does|did|is|are|am|has|have|was|were)(n't| not)\b"
    r"|(i|they|we)'(m|re|ve) not\b|he's not\b"
)
_WANTS_YES_OR_NO: Final = re.compile(
    r"^(do|does|did|is|are|was|were|have|has|had|can|could|any|will)\b|\b(say yes|press 1|yes or no)\b|"
    r"[,.] (do|does|did|is|are|have|has) (you|he|she|it|they|there|the|your|this)\b"
)
_DESK: Final[Sequence[tuple[str, str]]] = (
    (r"your name|first and last|spell|full name", "mary johnson"),
    (r"date of birth|birthday|were you born", "march third nineteen seventy"),
    (r"is that (right|correct)|did i get|shall i book|should i book", "yes"),
    (
        r"which one|any of (these|those)|the first|does (this|that|it) (suit|work)|would you like (the|that|this)",
        "the first one",
    ),
    (r"what day|which day|when would you like|morning or", "tomorrow morning"),
    (r"anything else|(book|make|like) an? (visit|appointment)|would you like to book", "no thank you"),
)
"""Questions of the desk, and what everybody answers."""
_ABOUT_THE_VISIT: Final = re.compile(r"visit for|reason for|how can i help|what can i do|tell me (what|why|more)")
_TOPICS: Final[Sequence[tuple[str, str]]] = (
    ("age", r"how old|\bage\b|years old|months? old|younger than|older than"),
    (
        "since_when",
        r"when did|since when|how long|how many (days|hours|weeks)|sudden|within a minute|\b(start|beg[ai]n)|come on",
    ),
    ("severity", r"how bad|severe|worst|so bad|out of ten|scale"),
    ("fever", r"fever|temperature|chills|degrees"),
    ("breathing", r"breath|wheez|finish a sentence"),
    ("pain_place", r"\bwhere\b|spread|which side|one side|hurt most"),
    ("pregnancy", r"pregnan|give birth|gave birth"),
    ("medicines", r"medicine|medication|blood thinner|what do you take|inhaler"),
    ("history", r"immune|chemo|transplant|diabet|heart (disease|problem)|condition|operation|surgery|had this before"),
    ("eating_drinking", r"eat|drink|keep .{0,12}down|fluids|swallow"),
    ("course", r"(getting|got) (better|worse)|changed"),
)  # fmt: skip
"""What a question on each topic says."""
_SAME: Final[Mapping[str, str]] = {
    "breathe": "breath", "breathing": "breath", "breathless": "breath", "wheezing": "breath",
    "threw": "throw", "thrown": "throw", "throwing": "throw", "vomiting": "throw", "vomit": "throw", "sick": "throw",
    "bleeding": "blood", "bleed": "blood", "bloody": "blood",
    "fainted": "faint", "fainting": "faint", "passed": "faint", "passing": "faint", "collapsed": "faint",
    "numbness": "numb", "tingling": "numb", "weakness": "weak",
    "confusion": "confused", "talking": "speak", "talk": "speak", "speaking": "speak", "slurred": "speak",
    "seeing": "sight", "see": "sight", "vision": "sight", "eyes": "eye", "drooping": "droop", "droopy": "droop",
    "words": "speak",
    "sleepier": "drowsy", "sleepy": "drowsy", "sleepiness": "drowsy", "drowsiness": "drowsy", "wake": "drowsy",
    "sweating": "sweat", "sweaty": "sweat", "sweats": "sweat", "spots": "rash", "hives": "rash",
    "swollen": "swelling", "swelled": "swelling", "stiffness": "stiff", "peeing": "pee", "urine": "pee", "water": "pee",
    "limp": "floppy", "ribs": "rib", "pressure": "heavy", "tight": "heavy", "tightness": "heavy", "spreads": "spread",
    "goes": "spread", "suddenly": "sudden", "second": "sudden", "minute": "sudden",
}  # fmt: skip
"""Words that a person takes for the same."""
_IDLE: Final = word_set(
    """a about after all along also am an and any are as at back bad be been bit both but by came can child come could
    day days did do does else few for from get give had has have having he her him his hour hours how hurt hurts i if
    in into is it its just last less like little long longer low make may me more most much my no not now of off on one
    only onset or other our out over pain past please press problem problems right say she side since so some than that
    the their them then there these they this those time times to today trouble up very was we week weeks were what
    when where which who will with without would yes yesterday you your"""
)


@dataclass
class TruthfulCaller:
    """One caller; remembers her last answer, so that she does not say the same for ever."""

    opening: str = field(repr=False)
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Topic → answer; `otherwise` answers anything else."""
    sure: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What is answered to these very questions."""
    _last: str = field(default="", repr=False)

    def answer(self, sentences: Sequence[str]) -> str:
        """What she says to the agent's last words."""
        for sentence in sentences:
            if sentence in self.sure:
                return self.sure[sentence]
        question = _question(sentences).lower()
        for pattern, words in _DESK:
            if re.search(pattern, question):
                return words
        if _ABOUT_THE_VISIT.search(question):
            return self.opening
        told, is_answer = self._told(question)
        if told == self._last and not is_answer:
            told = UNKNOWN
        self._last = told
        return told

    def _told(self, question: str) -> tuple[str, bool]:
        """What she says, and whether it surely answers."""
        about = [topic for topic, pattern in _TOPICS if topic in self.facts and re.search(pattern, question)]
        otherwise = self.facts.get(OTHERWISE, NO)
        if not _WANTS_YES_OR_NO.search(question):
            told = " and ".join(self.facts[topic] for topic in about[:2])
            return told or self.facts.get(OTHERWISE, UNKNOWN), not told
        if "age" in about and (older := _compared(question, self.facts["age"])) is not None:
            return f"{'yes' if older else 'no'} {self.facts['age']}", True
        asked = _words(question) - _words(self.opening)
        said = [words for topic, words in self.facts.items() if topic != OTHERWISE and not _DENIES.match(words)]
        if true := [words for words in said if _affirmed(words, asked)]:
            return f"yes {' and '.join(true[:2])}", True
        if denied := [self.facts[topic] for topic in about if _DENIES.match(self.facts[topic])]:
            return denied[0] if denied[0].startswith("no") else f"no {denied[0]}", True
        return (self.facts[about[0]], False) if about else (otherwise, True)


def _question(sentences: Sequence[str]) -> str:
    """The last question, or the last thing said."""
    asked = [sentence for sentence in sentences if sentence.rstrip().endswith("?")]
    return asked[-1] if asked else (sentences[-1] if sentences else "")


def _affirmed(words: str, asked: set[str]) -> bool:
    """Whether a fact asserts something that was asked: in one of its pieces that denies nothing."""
    pieces = re.split(r"\b(?:and|but|or|just)\b", words)
    return any(_words(piece) & asked for piece in pieces if not re.search(r"\bno\b|n't\b|\bnot\b", piece))


def _compared(question: str, age: str) -> bool | None:
    """Whether an age is younger, or older, than the question says; None when it compares no ages."""
    match = re.search(r"(younger|less|older|more) than ([a-z0-9 ]+?)( old)?[,?.]", question)
    if match is None:
        return None
    bound, days = age_days(f"{match[2]} old"), age_days(age)
    if bound is None or days is None:
        return None
    return days < bound if match[1] in {"younger", "less"} else days > bound


def _words(said: str) -> set[str]:
    """The words that matter; those that mean the same are the same."""
    return {_SAME.get(word, word) for word in re.findall(r"[a-z]+", said.lower()) if word not in _IDLE}
