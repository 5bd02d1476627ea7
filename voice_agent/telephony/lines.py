"""What callers and nurses hear from TwiML.

These are the sentences that Twilio itself speaks, outside the media stream: the way to the nurse line, the wait for
a nurse, the whisper, the end. Wording lives in dialogs/prompts.yaml under `telephony:`; what is not written there
is said as below. The defaults are the last resort, so that no failure of ours is ever answered with silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

Sentences = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Every line is a list of short, plain sentences, spoken one by one."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    nurse_line: Sentences = (
        "Thank you for calling.",
        "I am connecting you to our nurse line now.",
        "If this is an emergency, hang up and dial 911.",
    )
    """Before the nurse line is dialled directly: we are full, not ready, or something of ours failed."""
    after_nurse_line: Sentences = (
        "The call to our nurse line has ended.",
        "If nobody answered and it is an emergency, hang up and dial 911.",
        "Otherwise, please call us again in a few minutes.",
    )
    """After that dial, whether or not somebody answered: Twilio plays it without asking us."""
    joining: Sentences = ("I am calling a nurse for you now.", "Please stay on the line.")
    """Before the wait begins."""
    hold_ringing: Sentences = (
        "I am still calling a nurse for you.",
        "Please stay on the line. You have not been cut off.",
    )
    hold_next: Sentences = ("I am trying another nurse now.", "Please stay on the line. You have not been cut off.")
    hold_briefing: Sentences = ("A nurse has answered.", "I am telling them what you told me, so please wait a moment.")
    hold_after_talk: Sentences = (
        "The line to the nurse has ended.",
        "If you have finished, you can hang up now.",
        "If you were cut off, please stay on the line.",
        "I will call a nurse for you again.",
    )
    """A nurse who had talked with the caller for a while has left the call."""
    hold_dropped: Sentences = (
        "The line to the nurse was lost.",
        "I am calling a nurse for you again.",
        "Please stay on the line. You have not been cut off.",
    )
    """A nurse was lost soon after she came."""
    hold_keys: Sentences = (
        "To be called back instead, say: call me back.",
        "Or press the star key.",
    )
    """Added to each round: the wait of a conference takes no other key."""
    hold_emergency: Sentences = ("If you feel worse while you wait, hang up and dial 911.",)
    """Added to each of the above when the case may be an emergency."""
    read_back: Sentences = (
        "I am telling the nurse that you said: {words}.",
        "If that is not right, say so, or press the star key.",
    )
    """In the first round, when there is something to read back."""
    wait_question: Sentences = (
        "Shall a nurse call you back, so that you can hang up now?",
        "Please answer, or press 2 for that.",
        "To go on waiting, press 1.",
    )
    """To a caller who asks in the wait to be called back. Words that answer it are not in it: loudspeakers echo."""
    wait_menu: Sentences = (
        "To go on waiting for a nurse, press 1.",
        "To be called back instead, press 2.",
        "If what I told the nurse is not right, press 3.",
    )
    """After the star key; with no key at all the wait goes on."""
    noted_wrong: Sentences = ("Thank you. I will tell the nurse that this is not right.",)
    callback_chosen: Sentences = ("I have asked a nurse to call you.",)
    """The caller would rather be called back; what follows is as when nobody accepted."""
    callback_chosen_emergency: Sentences = (
        "I have asked a nurse to call you.",
        "What you told me may be an emergency.",
        "If you feel worse, please hang up and dial 911.",
    )
    unanswered_emergency: Sentences = (
        "I could not reach a nurse.",
        "What you told me may be an emergency.",
        "Please hang up now and dial 911.",
        "If you can, do not stay alone, and do not drive yourself.",
    )
    """Nobody on the ladder accepted a red flag that sends people to 911."""
    unanswered_urgent: Sentences = (
        "I am sorry, I could not reach a nurse just now.",
        "If this may be an emergency, please hang up now and dial 911.",
    )
    """Nobody accepted a caller who needs a nurse now, or whom we could not understand."""
    unanswered: Sentences = (
        "I am sorry, I could not reach a nurse just now.",
        "If you get worse, hang up and dial 911.",
    )
    callback_promised: Sentences = ("A nurse will call you back at this number by {time}.",)
    """After any of the three above: the task is already open, and due then."""
    callback_needs_number: Sentences = ("I cannot see your number.", "Please call us again in a few minutes.")
    """In its place when the caller's number is withheld: nothing is promised that cannot be kept."""
    after_nurse: Sentences = ("The nurse has left the call.", "If you need us again, please call back.", "Goodbye.")
    goodbye: Sentences = ("Thank you for calling.", "Goodbye.")
    whisper_opening: Sentences = ("This is the clinic's phone line, with a caller for a nurse.",)
    whisper_choices: Sentences = ("Press 1 to take the call.", "Press 2 to pass it on.", "Press 3 to hear this again.")
    whisper_no_summary: Sentences = ("I cannot read the summary right now.", "A caller is waiting for a nurse.")
    """In place of the summary when it cannot be read: the caller must not wait for that."""
    whisper_wrong: Sentences = ("The caller says that what I understood is not right.",)
    """Before the summary, when the caller pressed 3."""
    recalled_urgent: Sentences = (
        "Somebody called us from this number a few minutes ago.",
        "I am calling a nurse for you now.",
    )
    """To a caller who was cut off and calls again; anybody in the house may hear it."""
    recall_year_urgent: Sentences = (
        "Please key in the year of birth of the person who needs help.",
        "Or simply stay on the line.",
    )
    recalled: Sentences = ("Somebody called us from this number, and was cut off.",)
    recall_year: Sentences = (
        "To go on with that, key in the year of birth of that person.",
        "For anything else, simply stay on the line.",
    )
    recall_agrees: Sentences = (
        "You called a few minutes ago and said: {words}.",
        "I am connecting you to the nurse now.",
    )
    whisper_again: Sentences = ("A call from this number was cut off a few minutes ago.", "Who calls was not checked.")
    """Before the summary, when the caller goes on with an earlier case."""
    whisper_again_checked: Sentences = (
        "This caller was cut off a few minutes ago.",
        "The year of birth agrees.",
    )
    machine_answered: Sentences = (
        "This is the clinic's phone line.",
        "If you are a nurse, press 1 now to take the call.",
    )
    """When a machine seems to have answered: nothing about the caller is said to it."""
    nurse_waiting: Sentences = ("The caller is still hearing the safety advice.", "Please wait a moment.")
    """To a nurse who is in the conference before the caller is."""
    caller_left: Sentences = ("The caller has left the call.", "Goodbye.")
    """After they have talked."""
    caller_chose_callback: Sentences = (
        "The caller has asked to be called back.",
        "The call-back is waiting on the console.",
        "Goodbye.",
    )
    nurse_joining: Sentences = ("Thank you. Here is the caller.",)
    nurse_passed: Sentences = ("Thank you. I will try somebody else.", "Goodbye.")
    nurse_not_needed: Sentences = ("Somebody else has taken this call.", "Thank you. Goodbye.")
    caller_gone: Sentences = ("The caller has hung up.", "A call-back is waiting on the console.", "Goodbye.")
    nurse_trouble: Sentences = ("I am sorry, something went wrong on our side.", "Goodbye.")

    @property
    def of_the_wait(self) -> Sentences:
        """All that a caller may hear between the stream and a nurse: the line may hear its own echo."""
        rounds = (self.hold_ringing, self.hold_next, self.hold_briefing, self.hold_after_talk, self.hold_dropped)
        asides = (self.hold_keys, self.hold_emergency, self.read_back, self.joining, self.noted_wrong)
        return tuple(line for part in (*rounds, *asides, self.wait_menu, self.wait_question) for line in part)
