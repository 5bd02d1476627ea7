"""A caller who tells the truth, and only what is asked.

Hears the agent's words as a person would, finds by key words which of her facts a question is about, and answers in her
own words. To a question that wants yes or no she says yes where one of her facts has words of the question, "no" where
her facts deny (an onset of days is not sudden, a pain of four out of ten not severe), and else the bare fact; put
again, she says a plain yes or no, or that she does not know. So a script never denies what may be so.
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
_WELL: Final = re.compile(
    r"\b(my|his|her|their|i|he|she|we)( can)? \w+( and \w+)*( it| them)?( is| are| moves| works)?( all)? "
    r"(fine|okay|ok|normal)\b"
)
"""Says of parts and powers that nothing is wrong with them."""
_NO_COMPLAINT: Final = re.compile(
    r"\b(no|not|nothing|none)\b|n't\b|\bstopped (bleeding|hurting|vomiting|throwing)\b|\b(fine|okay|ok|normal)$"
    r"|\b(can|keeping|able to) (?!hardly|barely|only|scarcely)(\w+ )?"
    r"(down|walk|swallow|move|see|breathe|talk|speak|run|stand|eat|drink|pee)\b"
)
"""A piece of a fact that denies, or tells what works."""
_AT_ONCE: Final = re.compile(r"\bwithin (a|one) (second|minute)\b|\b(with)?in (seconds|a second|an instant)\b")
_SUDDEN: Final = re.compile(r"\bsudden")
_SLOW: Final = re.compile(r"\b(yesterday|(days?|weeks?|months?|years?)\b(?! old)|weekend|slowly|gradually)")
_NEAR: Final = re.compile(r"\b(seconds?|minutes?|hours?|o'clock|today|tonight|this|last night|woke)\b")
_SEVERE: Final = re.compile(r"\bsevere|\bworst|\bso bad")
_MILD: Final = re.compile(r"\b(mild|tiny|annoying|uncomfortable|a (one|two|three|four|five|six)\b(?! times))")
_STRONG: Final = re.compile(r"\b(an? )?(eight|nine|ten)\b( now\b| out of ten\b|$)|\b(an eight|a nine|a ten)\b")
_CANNOT: Final = re.compile(r"\b(can't|cannot|can not|unable|hard to|trouble|not stay|hardly)\b")
_PAIN: Final = re.compile(r"pain|ache|hurt|sore|tender|tight|pressure|stiff|spread")
_DESK: Final[Sequence[tuple[str, str]]] = (
    (r"your name|first and last|spell|full name", "mary johnson"),
    (r"date of birth|birthday|were you born", "march third nineteen seventy"),
    (r"is that (right|correct)|did i get|shall i book|should i book", "yes"),
    (
        r"which one|any of (these|those)|the first( one)?[?.]|does (this|that|it) (suit|work)|"
        r"would you like (the|that|this)",
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
    ("eating_drinking", r"\beat|\bdrink|keep .{0,12}down|fluids|swallow"),
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
    "goes": "spread", "suddenly": "sudden", "coughing": "cough", "coughed": "cough", "coughs": "cough",
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
        if told != self._last:
            self._last = told
            return told
        if is_answer:
            return told.split()[0] if told.startswith(("no ", "yes ")) else told
        self._last = UNKNOWN
        return UNKNOWN

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
        said = [words for topic, words in self.facts.items() if _may_affirm(topic, words, question)]
        if true := [words for words in said if _affirmed(words, asked) or _affirms_inability(words, question)]:
            return f"yes {' and '.join(true[:2])}", True
        if strong := [self.facts[topic] for topic in about if _is_more(topic, self.facts[topic], question)]:
            return f"yes {strong[0]}", True
        if denied := self._denied(about, question):
            return denied if denied.startswith("no") else f"no {denied.removeprefix('yes ')}", True
        return (self.facts[about[0]], False) if about else (otherwise, True)

    def _denied(self, about: Sequence[str], question: str) -> str | None:
        """The fact that denies what is asked: one says so, or all that it is about are too slow or too mild for it."""
        plain = [self.facts[topic] for topic in about if _DENIES.match(self.facts[topic]) or _only(self.facts[topic])]
        if _SUDDEN.search(_AT_ONCE.sub("sudden", question)):
            plain += [fact for fact in self.facts.values() if re.search(r"\b(slowly|gradually)\b", fact)]
        if plain:
            return plain[0]
        less = [self.facts[topic] for topic in about if _is_less(topic, self.facts[topic], question)]
        return less[0] if less and len(less) == len(about) else None


def _question(sentences: Sequence[str]) -> str:
    """The last question; else all that was said, for keys are offered in two sentences ("…, press 1." "If not, …")."""
    asked = [sentence for sentence in sentences if sentence.rstrip().endswith("?")]
    return asked[-1] if asked else " ".join(sentences)


def _may_affirm(topic: str, words: str, question: str) -> bool:
    """Whether a fact may be a yes to the question: where it hurts is none unless pain is asked about."""
    if topic == OTHERWISE or _DENIES.match(words):
        return False
    return topic != "pain_place" or _PAIN.search(question) is not None


def _affirmed(words: str, asked: set[str]) -> bool:
    """Whether a fact asserts something that was asked: in one of its pieces that denies nothing."""
    pieces = re.split(r"\b(?:and|but|or|just)\b|\b(?=(?:no|nothing|none)\b)", _WELL.sub("", words))
    return any(_words(piece) & asked for piece in pieces if not _NO_COMPLAINT.search(piece.strip()))


def _affirms_inability(words: str, question: str) -> bool:
    """Whether she cannot do what the question names as impossible."""
    pieces = re.split(r"\b(?:and|but|or|just)\b", words)
    unable = [_words(piece) for piece in pieces if _CANNOT.search(piece)]
    return bool(_CANNOT.search(question)) and any(len(piece & _words(question)) > 1 for piece in unable)


def _only(fact: str) -> bool:
    """Whether a fact says that there is this and nothing else ("just a blocked nose")."""
    return fact.startswith(("just ", "only "))


def _is_more(topic: str, fact: str, question: str) -> bool:
    """Whether a pain is severe, or a temperature a fever, and that is asked."""
    if topic == "severity" and _SEVERE.search(question):
        return _STRONG.search(fact) is not None
    return topic == "fever" and "hundred" in fact and not re.search(r"above|over|higher|more than|hundred", question)


def _is_less(topic: str, fact: str, question: str) -> bool:
    """Whether an onset is too slow to be sudden, a pain too mild to be severe, or she can eat, and that is asked."""
    if topic == "since_when" and _SUDDEN.search(_AT_ONCE.sub("sudden", question)):
        return _SLOW.search(fact) is not None and _NEAR.search(fact) is None
    if topic == "severity" and _SEVERE.search(question):
        return _MILD.search(fact) is not None and _STRONG.search(fact) is None
    if topic == "pain_place":
        return re.search(r"\bwhere\b|which side|one side", question) is None
    return topic == "eating_drinking" and fact.startswith("yes") and _CANNOT.search(question) is not None


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
    plain = _AT_ONCE.sub("sudden", said.lower()).replace("hay fever", "pollen")
    return {_SAME.get(word, word) for word in re.findall(r"[a-z]+", plain) if word not in _IDLE}
