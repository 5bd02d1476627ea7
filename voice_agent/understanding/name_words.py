"""Words that are no names, words around names."""

from __future__ import annotations

from typing import Final

_NO_NAME = """
a about afternoon again age agent am an and answer any anything appointment april are around ask at august baby
back bad be because been being better bit book born but bye call called caller calling can can't cancel change
checkup clinic come could date daughter day days december did do doctor does doesn't doing don't dr earlier
eight eighteenth eighth eleventh emergency enough evening ever everything february feel feeling fever few
fifteenth fifth fine first five for four fourteenth fourth friday from get getting give go going good got had
has have haven't having he head headache hello help her here hi him his hour how human hundred hurt hurting
hurts husband i i'd i'll i'm i've if ill in is isn't it it's its january july june just keep know last later let
like little looking lot made make march may maybe me mean mine minute mom monday month morning mother mr mrs ms
my name need never next nine nineteen nineteenth ninth no nobody none nope not nothing november now number nurse
october of off oh ok okay old on one operator or our out over pain patient person phone please problem put
question really refill repeat representative reschedule right said same saturday say schedule second see
september seven seventeenth seventh she should sick six sixteenth sixth so some somebody someone something
somewhere son soon sorry speak speaking spell spelled spelling stop sunday sure take talk tell ten tenth than
thank thanks that that's the their them then there these they thing think third thirteenth thirtieth thirty this
those thousand three thursday time to today tomorrow tonight too trying tuesday twelfth twentieth twenty two uh
under up us visit wait want wanted was we wednesday week well were what what's whatever when where which while
who why wife will with won't would wrong yeah year years yep yes yesterday you your yourself zero
"""
_POLITE = """
actually afternoon ah and doctor dr er erm evening good hello hey hi hmm ma'am madam mean miss mister morning mr
mrs ms no oh ok okay please sir so sorry sure thanks there uh um wait well yeah yep yes
"""
NO_NAME: Final = frozenset(_NO_NAME.split())
"""An utterance with one of these is about something else than a name."""

POLITE: Final = frozenset(_POLITE.split())
"""What may stand before or after a name."""

ENDINGS: Final = frozenset(
    {"calling", "speaking", "here", "spelled", "that's", "and", "born", "date", "i", "my", "with",
     "from", "i'd", "i'm", "i've"}
)  # fmt: skip
"""Where a name that was introduced ends."""

ALSO_NAMES: Final = frozenset(
    {"will", "april", "may", "june", "little", "day", "bill", "best", "august", "long", "young"}
)
"""Words that are names beside another name: Will Smith, Mary Jo Little."""
