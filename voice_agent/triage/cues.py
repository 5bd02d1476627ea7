"""Words that take a symptom back.

What tells that a symptom is past, told of others or only asked about: patterns like those of the content, whose
reach `meaning.py` works out. Here because the program rests on them, not the clinic.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from voice_agent.triage.wording import word_set


class Doubt(StrEnum):
    """Why a match may not count."""

    NEGATED = "negated"
    PAST = "past"
    OVER = "over"
    TOLD = "told"
    THING = "thing"
    HYPOTHETICAL = "hypothetical"


CUES: Final[Mapping[Doubt, tuple[str, ...]]] = {
    Doubt.PAST: (
        "last year/month/spring/summer/fall/winter/january/february/march/april/june/july/august/time",
        "last september/october/november/december",
        "years/months/decades/ages ago",
        "year/month ago",
        "used to",
        "when i was <past_age>",
        "when he was <past_age>",
        "when she was <past_age>",
        "as a <past_age>",
        "in college",
        "in high school",
        "in my/his/her twenties/thirties/forties/teens",
        "back in/when",
        "in january/february/march/april/may/june/july/august/september/october/november/december",
        "in the spring/summer/fall/winter",
        "history of",
        "in the past",
        "previously",
        "before the bypass",
        "before my bypass",
        "since childhood",
        "long time ago",
        "once had",
        "had .. in his/her/my fifties/sixties/seventies/eighties/nineties",
        "quit smoking after",
        "before i/he/she was/were born",
        "year/years/months back",
        "as a boy/girl/kid/child/teen/teenager",
        "i/we divorced in/years/when",
        "neighbor/coworker/friend/friends/cousin/aunt/uncle/boss .. last week/night/weekend",
    ),
    Doubt.TOLD: (
        "on tv/television/youtube/facebook/tiktok",
        "on the radio/internet",
        "the news",
        "in the/a movie/film/book/story",
        "saw a show/movie/film/video",
        "read about/that/online",
        "article/podcast/documentary",
        "i heard about",
        "told me about",
        "died/dies of/from",
        "passed away/on of/from",
        "runs/run in my/the/our/his/her family",
        "family history",
        "saved .. from",
        "in her/his/their town",
        "awareness/essay/documentary/exhibit/fundraiser/homework/reporter/lifeguards/dummies/tournament/scouts",
        "i teach/coach",
        "i am a/an actor/actress/teacher/reporter/writer/author/student/inspector/coach/lifeguard/novelist",
        "on stage",
        "video game/games",
        "in theory",
        "hypothetically",
        "is it true",
        "is there a law",
        "named after/for",
        "in jail/prison for",
        "retired after",
        "weather .. says/said",
        "weatherman",
        "is/are/your/the policy/course/class",
        "great grandmother/grandfather/aunt/uncle",
        "my/our/the/her/his dog/dogs/cat/puppy/kitten/horse/hamster/rabbit/bird <animal_does>",
        "thought .. x_ray/scan/test/doctor .. clear/normal/fine/negative",
        "thought ... but .. was/is clear/normal/fine/negative",
        "turned out fine/okay/normal/to_be_nothing",
        "not a heart attack/stroke/seizure",
    ),
    Doubt.HYPOTHETICAL: (
        "sign/signs/symptom/symptoms of",
        "how do i know if/when",
        "how would/do/can i/you know/tell if/when/it",
        "what does a/an/it",
        "how can/do i/you prevent",
        "how to prevent",
        "what counts as",
        "what temperature",
        "look/watch for with/after",
        "what should i look/watch",
        "is it normal/safe/possible/okay/ok to",
        "can the/a/an",
        "does the/a/an",
        "do you treat/offer/see/do/have/test/take",
        "does the doctor/clinic treat/see/do",
        "doctor treats/treat",
        "who treats/treat/sees",
        "who/which doctor",
        "information/pamphlet/brochure/leaflet/handout/flyer about/on/for",
        "class/classes/training/certificate/course/workshop/lecture/seminar",
        "first aid",
        "in general",
        "school paper/project/report",
        "asked if/whether i/he/she",
        "prevention",
        "screening/screened for",
        "in case",
        "vaccine/vaccines/vaccinated/vaccination/shot/shots for/against",
        "avoid",
        "prevent",
        "difference between",
        "learn about/how",
        "side effect/effects of/from",
        "do kids/people/babies/women/men/adults get/have/need",
        "in case i/we ever",
        "the number for",
        "can anxiety/stress/coffee/caffeine/allergies cause/give",
        "how common/likely/contagious",
        "how do you treat/test/check",
        "what is/are normal/a_normal/the_normal",
        "at risk for/of",
        "chance/chances/risk of",
        "checked/tested/evaluated for",
        "question/questions/talk/ask about preventing",
    ),
}
THINGS: Final = word_set(
    """computer laptop tablet printer stapler pen pencil phone screen keyboard mouse truck car van bus bike boat tire
    sign band collar inflatable balloon sink faucet toilet washer dryer fridge freezer dishwasher plant plants
    tree window tv radio camera battery engine lamp line website app portal form page pdf file link shoe shoes
    boots coat shirt jeans zipper umbrella watch clock elevator doorbell mailbox fence mower lawnmower microwave
    blender shower dog dogs cat cats puppy kitten horse hamster rabbit bird parrot fish turtle goat cow chicken
    raccoon squirrel deer wifi internet email"""
)
"""Nouns that, as the subject, say that no patient is spoken of. Devices that keep someone alive are not among them."""
CUE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "animal_does": (
        "ate", "eats", "swallowed", "threw", "throws", "vomited", "has", "had", "is", "was", "got", "gets", "drank",
        "died", "keeps", "will not", "can not", "bled", "collapsed", "limps",
    ),
    "past_age": (
        "little", "young", "younger", "kid", "child", "baby", "teen", "teenager", "student", "pregnant last",
        "pregnant with my first", "small", "in school", "in college", "in my", "growing up",
    )
}  # fmt: skip
