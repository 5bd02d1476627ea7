"""Ages and durations that callers state unasked.

In answer to a question a bare number is enough (`measures`); in free words it counts only where they say what it is:
"my two year old has had a fever since monday" holds an age of two years, and one duration.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from voice_agent.understanding.day_phrases import WEEKDAYS
from voice_agent.understanding.measures import age_days, duration_days, quantities
from voice_agent.understanding.words import expanded, says

_YEAR: Final = 365.25
_BEFORE_AN_AGE: Final = frozenset({"am", "is", "aged", "age", "turned"})
_NOT_A_PERSON: Final = frozenset({"it", "that", "this", "temperature", "temp", "fever", "pressure", "sugar", "pain"})
_NO_AGE: Final = frozenset({
    "degrees", "degree", "days", "day", "hours", "hour", "minutes", "minute", "weeks", "week", "months", "month",
    "pounds", "percent", "times", "out", "over", "miles", "pm", "am", "oclock",
})  # fmt: skip
_LASTING: Final = frozenset({
    "for", "since", "past", "ago", "last", "lasting", "started", "starting", "began", "begun", "now", "had", "having",
    "going", "yesterday",
})  # fmt: skip
_LONG: Final = ("long time", "long while", "for ages", "forever", "as long as i can remember", "my whole life")


def stated_age_days(text: str) -> int | None:
    """The age that somebody is said to have, in days; None when none is: "my eight week old", "i'm seventy two"."""
    heard = expanded(text)
    if "newborn" in heard:
        return 0
    for place, word in enumerate(heard):
        if word in {"old", "olds"} and (said := quantities(" ".join(heard[max(place - 5, 0) : place]))):
            value, unit = said[-1]
            if unit in {heard[place - 1], ""}:
                return age_days(f"{value:g} {unit}")
        if word in _BEFORE_AN_AGE and place and heard[place - 1] not in _NOT_A_PERSON:
            said = quantities(" ".join(heard[place + 1 : place + 4]))
            if said and 14 <= said[0][0] <= 110 and said[0][1] not in _NO_AGE and _begins_with_number(heard, place + 1):
                return round(said[0][0] * _YEAR)
    return None


def stated_days(text: str, today: date | None = None) -> int | None:
    """How long something has lasted, in whole days, where the words say so; None when they do not."""
    heard = expanded(text)
    if "old" in heard:
        # "my two year old", "a three month old": no duration.
        kept = list(heard)
        for place in range(len(heard) - 1, -1, -1):
            if heard[place] == "old":
                del kept[max(place - 4, 0) : place + 1]
        heard = kept
    return lasting_days(" ".join(heard), today) if _LASTING & set(heard) else None


def lasting_days(text: str, today: date | None = None) -> int | None:
    """`duration_days`, and with `today` also "since monday": the last one, which is a week ago on a monday."""
    found = duration_days(text)
    if found is None and says(text, _LONG):
        found = 30
    if found is None and today is not None:
        named = [word.removesuffix("s") for word in expanded(text)]
        ago = [(today.weekday() - WEEKDAYS.index(word)) % 7 or 7 for word in named if word in WEEKDAYS]
        found = max(ago, default=None)
    return found


def _begins_with_number(heard: list[str], place: int) -> bool:
    return place < len(heard) and bool(quantities(heard[place]))
