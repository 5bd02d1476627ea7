"""Every error that we raise, one a seam.

Each has a machine `code` (for logs and metrics) and a human sentence (its text): what failed, where, and
how to mend it. Chain the cause with `raise … from`.
"""

from __future__ import annotations


class VoiceAgentError(Exception):
    """Something that we foresaw went wrong; the text is fit to show to whoever has to mend it."""

    code = "voice_agent"


class ContentError(VoiceAgentError):
    """A file that people edit (config.yaml, dialogs/) says something that we cannot accept."""

    code = "content"

    def __init__(self, problem: str, *, file: str, line: int | None = None, key: str | None = None) -> None:
        self.problem = problem
        self.file = file
        self.line = line
        self.key = key
        place = file if line is None else f"{file}:{line}"
        super().__init__(f"{place}: {key}: {problem}" if key else f"{place}: {problem}")


class SettingsError(VoiceAgentError):
    """A setting from the environment is missing or malformed."""

    code = "settings"


class MediaStreamError(VoiceAgentError):
    """A message on the media socket that is not what Twilio documents."""

    code = "media_stream"


class RecognizerError(VoiceAgentError):
    """Speech recognition could not be started or failed."""

    code = "recognizer"


class SoundFileError(VoiceAgentError):
    """A recording that we were given cannot be read."""

    code = "sound_file"


class SynthesizerError(VoiceAgentError):
    """Speech could not be produced."""

    code = "synthesizer"


class DialogError(VoiceAgentError):
    """The dialog manager did not answer, or not in the form that we agreed."""

    code = "dialog"


class CallStoreError(VoiceAgentError):
    """Redis could not be reached, or holds something that we cannot read."""

    code = "call_store"


class EncryptionError(VoiceAgentError):
    """Something sealed could not be opened: the wrong key, or not what it claims to be."""

    code = "encryption"


class RecordsError(VoiceAgentError):
    """Our own database (console users) could not be reached or refused."""

    code = "records"


class SchedulingError(VoiceAgentError):
    """The appointment system could not be reached or refused."""

    code = "scheduling"


class SlotTakenError(SchedulingError):
    """Somebody else took the slot first; offer another."""

    code = "slot_taken"


class FhirError(VoiceAgentError):
    """The FHIR server does not take a hand-off."""

    code = "fhir"


class CarrierError(VoiceAgentError):
    """The telephone carrier's REST interface could not be reached or refused."""

    code = "carrier"


class SecondOpinionError(VoiceAgentError):
    """What words mean could not be judged by vectors."""

    code = "second_opinion"
