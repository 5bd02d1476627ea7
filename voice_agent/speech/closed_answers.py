"""What callers answer to closed questions: the phrases that grammars are made of."""

from __future__ import annotations

from typing import Final

DIGITS: Final = ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS: Final = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ORDINALS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth", "thirtieth",
)  # fmt: skip
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS: Final = (*DIGITS[2:], *TEENS[:3])

YES_NO: Final = (
    "yes", "no", "yeah", "nope", "yep", "yup", "nah", "okay", "ok", "sure", "correct", "right", "that's right",
    "that is right", "that's correct", "that is correct", "yes i do", "yes i am", "yes i have", "yes it is",
    "yes it does", "yes he does", "yes she does", "yes he is", "yes she is", "yes please", "no i don't", "no i do not",
    "no i am not", "no i'm not", "no i haven't", "no it isn't", "no it's not", "no it is not", "no it doesn't",
    "no he doesn't", "no she doesn't", "no thank you", "no thanks", "not really", "not at all", "i think so",
    "i don't think so", "i do", "i don't", "i am", "i'm not", "it is", "it isn't", "a little", "a bit", "a little bit",
    "maybe", "sometimes", "of course", "absolutely", "definitely", "probably", "i guess", "i guess so", "never",
    "wrong", "that's wrong", "not yet", "not now", "sounds good", "that works", "i don't know", "i do not know",
    "i'm not sure", "i am not sure", "not sure",
)  # fmt: skip

FIRST_WORDS: Final = frozenset(
    {"yes", "no", "yeah", "nope", "yep", "yup", "nah", "okay", "ok", "sure", "correct", "right"}
)
"""After one of these comes a second phrase: "yes that's right"."""

NUMBERS: Final = (
    *(f"{first} {second}" for first in DIGITS for second in DIGITS),
    *TEENS,
    *TENS,
    *(f"{tens} {unit}" for tens in TENS for unit in DIGITS[2:]),
    "hundred", "a hundred", "one hundred", "two hundred", "hundred and",
)  # fmt: skip
NUMBER_WORDS: Final = frozenset({*DIGITS, *TEENS, *TENS, "hundred", "a", "an"})
"""One of these is in every amount: "a day"."""

AMOUNTS: Final = (
    *NUMBERS,
    *(f"{first} point {second}" for first in DIGITS for second in DIGITS),
    *(
        f"{number} {unit}"
        for number in (*DIGITS[2:], *TEENS, *TENS)
        for unit in ("minutes", "hours", "days", "weeks", "months", "years")
    ),
    "a day", "a week", "an hour", "a month", "a year", "since yesterday", "about a week", "about", "degrees", "i am",
    "my number is", "it's", "years old",
)  # fmt: skip

DATES: Final = (
    *(f"{month} {ordinal}" for month in MONTHS for ordinal in ORDINALS),
    *(f"{month} {tens} {ordinal}" for month in MONTHS for tens in TENS[:2] for ordinal in ORDINALS[:9]),
    *(f"the {ordinal} of {month}" for month in MONTHS for ordinal in ORDINALS),
    *(f"{ordinal} {century}" for ordinal in ORDINALS for century in ("nineteen", "two thousand", "twenty")),
    *(f"nineteen {tens} {unit}" for tens in TENS for unit in DIGITS),
    *(f"nineteen {number}" for number in (*TENS, *TEENS)),
    *(f"two thousand {number}" for number in (*DIGITS, *TEENS)),
    *(f"twenty {number}" for number in (*TEENS, *TENS)),
    *(f"{which} {day}" for which in ("next", "on", "this") for day in DAYS),
    *(f"{day} {part}" for day in DAYS for part in ("morning", "afternoon", "the")),
    *DAYS,
    *NUMBERS,
    "today", "tomorrow", "tomorrow morning", "tomorrow afternoon", "next week", "this week", "in a week",
    "in two weeks", "the day after tomorrow", "as soon as possible", "any day",
)  # fmt: skip

TIMES: Final = (
    *(
        f"{hour} {part}"
        for hour in HOURS
        for part in (
            "o'clock", "thirty", "fifteen", "forty five", "a m", "p m", "in the morning", "in the afternoon",
        )
    ),
    *(
        f"{before} {hour}"
        for before in ("half past", "quarter past", "quarter to", "at", "after", "before")
        for hour in HOURS
    ),
    *(f"{minutes} {half}" for minutes in ("fifteen", "thirty", "forty five") for half in ("a m", "p m")),
    *NUMBERS,
    "the first one", "the second one", "the third one", "the last one", "the earliest", "in the morning",
    "in the afternoon", "morning", "afternoon", "noon", "any time", "none of them",
)  # fmt: skip
