"""Whether words are meant: not, now, here.

A match of a pattern counts only where the caller asserts it of somebody, now. Six things take it away:

    negated        "no chest pain": by clause, never over "and" or "but"; a cessation verb turns it round
                   ("will not stop"), and a "not" that belongs to a symptom ("can not breathe") negates nothing else
    past           "last year", "years ago", unless also "now", "again", "since"
    over           "is gone", "went away"
    told           news, films, family history, the dead
    thing          a computer, a dog
    hypothetical   "what are the signs of"

Whoever suffers (mother, baby, neighbour) is a patient. Corrections ("no wait") and opinions ("he says it's
nothing") take nothing away.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from voice_agent.triage.cues import CUE_WORDS, CUES, THINGS, Doubt
from voice_agent.triage.patterns import Match, Patterns
from voice_agent.triage.wording import Token, word_set

_NOW: Final = word_set("now again today tonight still since currently started keeps keep suddenly morning")
_NEGATORS: Final = word_set("not no never without neither nor denies deny denied denying isnt nobody none")
_CEASES: Final = word_set(
    """stop stops stopping quit quits quitting let lets ease easing improve improving subside help helping helps work
    working clot go goes going get getting gotten got resolve settle relieve end ending come coming slow"""
)
_CEASE_NEEDS: Final[Mapping[str, frozenset[str]]] = {
    "let": frozenset({"up"}),
    "lets": frozenset({"up"}),
    "go": frozenset({"away", "down"}),
    "goes": frozenset({"away", "down"}),
    "going": frozenset({"away", "down"}),
    "get": frozenset({"better", "any"}),
    "getting": frozenset({"better", "any"}),
    "gotten": frozenset({"better", "any"}),
    "got": frozenset({"better", "any"}),
    "come": frozenset({"down"}),
    "coming": frozenset({"down"}),
    "slow": frozenset({"down"}),
}
_IDLE_AFTER_NOT: Final = word_set(
    """know sure think believe only just care understand remember care mean want overreacting waiting wait
    doing looking acting well good right normal happy tell told say said kidding joking lying sleeping eating like
    supposed able all true everything enough everyone always"""
)
_OVER_NEEDS: Final[Mapping[str, frozenset[str]]] = {
    "away": word_set("went gone"),
    "broke": word_set("fever temperature"),
    "over": word_set("is are was finally almost about"),
    "normal": word_set("is are back to perfectly completely"),
}
_FINE: Final = word_set("well good right okay ok normal safe able myself like up better himself herself great so too")
_IDLE_AFTER_NO: Final = word_set(
    """wait idea one matter doubt sorry actually my i he she it we they is there its his her the this that yes yeah but
    because no not"""
)
_OPENERS: Final = word_set(
    """but however although though because and so then plus except yet while when if now since who which with just
    only"""
)
_SUBORDINATORS: Final = word_set("when whenever if while because since only unless")
_SEGMENT_OPENERS: Final = word_set("but however although though because and so then plus except yet now oh")
_AFTER_A_SO: Final = word_set(
    "i he she we they it there my his her the our this can could if when what that please now"
)
_SUBJECTS: Final = word_set("i he she we they it there")
_BEFORE_A_SUBJECT: Final = word_set(
    """that if when because and but or as than do does did can could would should will is are am have has had was were
    not what how why where who which way everything all time like think know say says said so then since while until
    where before after say thing"""
)
_AFTER_IT: Final = word_set("is was has will feels hurts does just started keeps are were feel hurt got gets")
_OWNERS: Final = word_set("my his her the our this")
_BEFORE_AN_OWNER: Final = word_set(
    """in on of to with from for at by into over under about around through between across down up inside have has had
    having is are was were be feel feels feeling feeling move moving lift use hit hurt hurts hurting and or not no any
    all hurt bend open hold keep stop swallow see call wake get take taking took lose losing control both against
    behind near off out after before since without like that when if find reach cut cutting kill killing leave hear
    see touch tell said but because so than as do does did can could"""
)
_OVER_NOW: Final = word_set("gone over stopped better cleared healed resolved fine away broke passed normal normally")
_AFTER_OVER: Final = word_set(
    "now and already after before by this completely right since thanks thank up down yesterday hours"
)
_COVERS_ALL: Final = word_set("class classes training certificate prevention general effect effects common")
_SUBJECT_WITHIN: Final = 4
"""Words before the subject of a sentence: "my old green truck"."""
_PEOPLE: Final = word_set(
    """i he she we they me him her us them you myself somebody someone baby son daughter kid kids child boy girl man
    woman mom mother dad father husband wife brother sister friend neighbor people person grandma grandpa"""
)
_VERBS_OF_ANOTHER: Final = word_set("had has says said thinks thought told tells did got went was")
_CORRECTIONS: Final = frozenset((first, last) for first in ("no", "oh", "but") for last in ("wait", "sorry"))
_SOMEBODY: Final = (_PEOPLE | _OWNERS) - {"the", "this"}
_REACH: Final = 6
_LITTLE_FOR_REACH: Final = word_set("any a an the my his her or of in been having have had really")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands around the words of one utterance."""

    clauses: tuple[int, ...]
    """Clause number of each token."""
    segments: tuple[int, ...]
    """Number of the sentence, or of the part of it between contrasts and corrections, of each token."""
    doubtful: Mapping[Doubt, frozenset[int]]
    """Tokens that past, told and hypothetical cues cover."""
    negators: Mapping[int, frozenset[int]]
    """Each negating token, and the tokens that it negates."""
    mains: Mapping[int, int]
    """Each clause that begins with "when", "if", "because" …, and the clause that it tells more of."""


class Meaning:
    """Knows the cues; compiled once."""

    def __init__(self) -> None:
        self._cues = Patterns(((doubt.value, text) for doubt, texts in CUES.items() for text in texts), CUE_WORDS)

    def circumstances(self, said: Sequence[Token]) -> Circumstances:
        """Clauses, cues and negations of an utterance."""
        clauses = _clauses(said)
        segments = _segments(said)
        doubtful: dict[Doubt, set[int]] = {doubt: set() for doubt in (*CUES, Doubt.THING)}
        for cue in self._cues.find(said):
            doubt = Doubt(cue.name)
            if doubt is Doubt.PAST:
                doubtful[doubt] |= _past_scope(said, clauses, cue)
            elif doubt is Doubt.TOLD:
                doubtful[doubt] |= {at for at in range(len(said)) if segments[at] == segments[cue.places[0]]}
            else:
                doubtful[doubt] |= _hypothetical_scope(said, segments, cue)
        doubtful[Doubt.THING] |= _thing_scope(said, clauses, segments)
        for at, token in enumerate(said):  # "in 2015", "was in 1998"
            year = token.value is not None and (1930 <= token.value <= 2100 or 50 <= token.value <= 99)
            in_year = year and at and said[at - 1].text == "in" and (at + 1 == len(said) or said[at + 1].value is None)
            then = token.value is not None and at >= 3 and _is_when_i_was(said[at - 3 : at])
            if in_year or then:
                places = (at - 3, at - 2, at - 1, at) if then else (at,)
                doubtful[Doubt.PAST] |= _past_scope(said, clauses, Match(Doubt.PAST.value, places))
        negators = {at: _scope(said, clauses, at) for at in range(len(said)) if _negates(said, at)}
        scopes = {doubt: frozenset(at) for doubt, at in doubtful.items()}
        return Circumstances(tuple(clauses), tuple(segments), scopes, negators, _mains(said, clauses))


def doubts(match: Match, said: Sequence[Token], around: Circumstances, spoken_for: Collection[int]) -> frozenset[Doubt]:
    """Why `match` may not be meant. `spoken_for` are negators that belong to a symptom ("can not breathe")."""
    found = set()
    places = set(match.places)
    for negator, scope in around.negators.items():
        if negator in places or negator in spoken_for:
            continue
        if match.places[0] in scope or match.places[0] < negator < match.places[-1]:
            found.add(Doubt.NEGATED)
    if _over_now(match, said, around):
        found.add(Doubt.OVER)
    found |= {doubt for doubt, covered in around.doubtful.items() if not places.isdisjoint(covered)}
    return frozenset(found)


def _clauses(said: Sequence[Token]) -> list[int]:
    """Clause number of each token: a new one at punctuation, conjunctions and new subjects."""
    number, clauses, begun = 0, [], 0
    for at, token in enumerate(said):
        before = said[at - 1] if at else None
        if (
            before is not None
            and at > begun
            and (
                before.pause
                or _corrects(said, at)
                or _another_speaks(said, at)
                or token.text in _OPENERS
                or (_begins_a_clause(said, at) and at - begun >= 2 and before.text not in _BEFORE_A_SUBJECT)
                or (token.text in _OWNERS and at - begun >= 3 and before.text not in _BEFORE_AN_OWNER)
            )
        ):
            number, begun = number + 1, at
        clauses.append(number)
    return clauses


def _mains(said: Sequence[Token], clauses: Sequence[int]) -> dict[int, int]:
    """ "my chest hurts (when i cough)", "(when i cough) my chest hurts": the clause that a "when" tells more of."""
    opening = {clause: at for at, clause in reversed(list(enumerate(clauses)))}
    mains = {}
    for clause, at in opening.items():
        if said[at].text not in _SUBORDINATORS:
            continue
        alone = clause == 0 or at - opening[clause - 1] == 1  # the first words, or behind a mere "and"
        main = clause + 1 if alone else clause - 1
        if main in opening:
            mains[clause] = main
    return mains


def _corrects(said: Sequence[Token], at: int) -> bool:
    """Whether something else begins at `at`: behind "no wait", "oh sorry", "that is not all", "no it is not"."""
    if at < 2:
        return False
    before = (said[at - 2].text, said[at - 1].text)
    of_time = said[at].text == "there" or (at + 1 < len(said) and said[at + 1].text in {"time", "way"})
    if before in _CORRECTIONS or (before == ("not", "all") and not of_time):  # not "not all there", "not all the time"
        return True
    return at >= 4 and _takes_back(said, at - 1)


def _another_speaks(said: Sequence[Token], at: int) -> bool:
    """ "my sister had", "my wife says": a sentence of its own whatever stands before it."""
    owner, who, verb = (said[place].text if place < len(said) else "" for place in range(at, at + 3))
    return owner in {"my", "his", "her", "our"} and who in _PEOPLE and verb in _VERBS_OF_ANOTHER


def _takes_back(said: Sequence[Token], at: int) -> bool:
    """Whether "not" at `at` ends "no it is not", which denies what was said before and nothing that follows."""
    if at < 3:
        return False
    no, it, verb, denial = (token.text for token in said[at - 3 : at + 1])
    return no == "no" and it in {"it", "that"} and verb in {"is", "was"} and denial == "not"


def _begins_a_clause(said: Sequence[Token], at: int) -> bool:
    if said[at].text in {"it", "there"}:
        return at + 1 < len(said) and said[at + 1].text in _AFTER_IT
    return said[at].text in _SUBJECTS


def _segments(said: Sequence[Token]) -> list[int]:
    """Coarser than clauses: sentences, contrasts and corrections."""
    number, segments = 0, []
    for at, token in enumerate(said):
        after = said[at + 1].text if at + 1 < len(said) else ""
        opens = token.text in _SEGMENT_OPENERS and (token.text != "so" or after in _AFTER_A_SO)  # not "so hard"
        if at and (said[at - 1].pause == "." or opens or _corrects(said, at)):
            number += 1
        segments.append(number)
    return segments


def _is_when_i_was(said: Sequence[Token]) -> bool:
    when, who, was = (token.text for token in said)
    return when == "when" and who in _SUBJECTS and was in {"was", "were"}


def _past_scope(said: Sequence[Token], clauses: Sequence[int], cue: Match) -> set[int]:
    clause = clauses[cue.places[0]]
    covered = {at for at in range(len(said)) if clauses[at] == clause}
    if any(said[at].text in _NOW for at in covered):
        return set()
    if said[min(covered)].text in {"when", "while", "before"} and clause:  # "i fainted when i was ten"
        covered |= _clause_before(said, clauses, clause)
    if cue.places[0] - min(covered) <= 1 and len(covered) - len(cue.places) <= 2:  # "two years ago, i had a seizure"
        following = {at for at in range(len(said)) if clauses[at] == clause + 1}
        if following and said[min(following)].text not in _SEGMENT_OPENERS:
            covered |= following if not any(said[at].text in _NOW for at in following) else set()
    return covered


def _thing_scope(said: Sequence[Token], clauses: Sequence[int], segments: Sequence[int]) -> set[int]:
    """ "my computer is dying": the clause of a thing or an animal, unless it does something to somebody."""
    covered: set[int] = set()
    for at, token in enumerate(said):
        if token.text not in THINGS:
            continue
        start = segments.index(segments[at])
        before = [token.text for token in said[start:at]]
        rest = [place for place in range(at + 1, len(said)) if clauses[place] == clauses[at]]
        subject = len(before) <= _SUBJECT_WITHIN and not (before and before[0].endswith("ing"))
        if subject and _PEOPLE.isdisjoint(before) and _SOMEBODY.isdisjoint(said[place].text for place in rest):
            covered.update((at, *rest))
    return covered


def _clause_before(said: Sequence[Token], clauses: Sequence[int], clause: int) -> set[int]:
    """The clause before `clause`, unless it speaks of now."""
    before = {at for at in range(len(said)) if clauses[at] == clause - 1}
    return set() if any(said[at].text in _NOW for at in before) else before


def _hypothetical_scope(said: Sequence[Token], segments: Sequence[int], cue: Match) -> set[int]:
    """From the cue to the end of its segment, or to where the caller turns to a person."""
    start, end = cue.places[0], cue.places[-1]
    covered = set()
    for at in range(start, len(said)):
        if segments[at] != segments[start]:
            break
        turns = said[at].text in _SUBJECTS | _OWNERS and said[at].text not in {"the", "it", "there", "this"}
        if turns and at > end + 1 and said[at - 1].text not in _BEFORE_AN_OWNER | _BEFORE_A_SUBJECT:
            break
        covered.add(at)
    if any(said[at].text in _COVERS_ALL for at in covered):
        covered |= {at for at in range(len(said)) if segments[at] == segments[start]}
    return covered


def _negates(said: Sequence[Token], at: int) -> bool:
    word = said[at].text
    following = [token.text for token in said[at + 1 : at + 6]]
    if word == "know" and following and following[0] in {"fever", "pain", "chest", "bleeding", "blood", "trouble"}:
        return True  # "no" and "know" sound alike
    if word not in _NEGATORS or not following:
        return False
    if said[at].pause and word == "no":
        return False  # "no, my chest hurts"
    if word == "no" and (following[0] in _IDLE_AFTER_NO or (at and said[at - 1].text in {"oh", "no"})):
        return False
    if word == "not" and following[0] in _IDLE_AFTER_NOT:
        return False
    if word == "not" and following[0] in {"feel", "feeling"} and following[1:2] and following[1] in _FINE:
        return False  # "i do not feel well my chest hurts"
    if word == "not" and at and said[at - 1].text in {"why", "whether", "or"}:
        return False
    if _takes_back(said, at):
        return False
    return not _ceases(following)


def _ceases(following: Sequence[str]) -> bool:
    """ "(not) stop", "(not) let up", "(not) get any better": the symptom goes on."""
    if following[0] in {"get", "make"} and any(word in _CEASES for word in following[2:]):
        return True  # "can not get this nosebleed to quit"
    for place, word in enumerate(following[:2]):
        if word in _CEASES:
            needs = _CEASE_NEEDS.get(word)
            return needs is None or any(later in needs for later in following[place + 1 :])
    return False


def _scope(said: Sequence[Token], clauses: Sequence[int], at: int) -> frozenset[int]:
    covered, reached = set(), 0
    for place in range(at + 1, len(said)):
        if clauses[place] != clauses[at] and not (said[place].text in _OWNERS and place - at <= 2):
            break
        covered.add(place)
        reached += said[place].text not in _LITTLE_FOR_REACH
        if reached >= _REACH:
            break
    return frozenset(covered)


def _over_now(match: Match, said: Sequence[Token], around: Circumstances) -> bool:
    """ "… is gone", "… has stopped": in the clause of the match, after it."""
    last = match.places[-1]
    clause = around.clauses[last]
    for at in range(last + 1, min(last + 5, len(said))):
        if around.clauses[at] != clause:
            return False
        ends = at + 1 == len(said) or around.clauses[at + 1] != clause or said[at + 1].text in _AFTER_OVER
        if said[at].text in _OVER_NEEDS and said[at - 1].text not in _OVER_NEEDS[said[at].text]:
            continue
        if ends and said[at].text in _OVER_NOW and said[at - 1].text != "gets":
            return not any(said[back].text in _NEGATORS for back in range(last + 1, at))
    return False
