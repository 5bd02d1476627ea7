"""Settings: config.yaml, dialogs/, the environment.

The only module that reads them. Each section of config.yaml is a frozen dataclass that stands beside the code which
uses it; this module puts them together. Secrets come from the environment alone, and never print.
docs/configuration.md tells what each setting does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, ClassVar, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field

from voice_agent import strict_yaml
from voice_agent.call.handoff import Disposition
from voice_agent.call.lines import Lines as CallLines
from voice_agent.call.replies import Listen, ReplyAction
from voice_agent.call.second_listening import SecondEarSettings
from voice_agent.call.turn_settings import TurnSettings
from voice_agent.call.wait_wishes import WaitWords
from voice_agent.call_loop import LoopSettings
from voice_agent.conversing import ConversingSettings
from voice_agent.errors import ContentError, SettingsError
from voice_agent.hearing import HearingSettings
from voice_agent.nurse_desk import NurseDeskSettings
from voice_agent.records.recording import RecordingSettings
from voice_agent.second_opinion.beside_calls import MeaningSettings
from voice_agent.services.call_store import StoreSettings
from voice_agent.services.dialog import DialogSettings
from voice_agent.services.fhir_handoff import FhirSettings
from voice_agent.services.scheduling.clinic_calendar import ClinicCalendar
from voice_agent.speaking import SpeakingSettings
from voice_agent.speech.recognizer import RecognizerSettings
from voice_agent.speech.second_ear_pool import SecondEarPoolSettings
from voice_agent.speech.synthesizer import VoiceSettings
from voice_agent.speech.voice_activity import VoiceActivitySettings
from voice_agent.telephony.lines import Lines as TelephonyLines
from voice_agent.triage import faq, protocols, red_flag_problems
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.red_flag_content import RedFlagContent
from voice_agent.web.settings import ConsoleTimes, ServerSettings

STRICT: ConfigDict = strict_yaml.STRICT
PROJECT: Final = Path(__file__).resolve().parents[1]
DEFAULT_CONFIG: Final = PROJECT / "config.yaml"
DEFAULT_DIALOGS: Final = PROJECT / "dialogs"

T = TypeVar("T")
E164: Final = re.compile(r"\+[1-9]\d{6,14}")
PhoneNumber = Annotated[str, Field(pattern=rf"^{E164.pattern}$")]
"""E.164, as Twilio takes it: +15551234567."""


@dataclass(frozen=True, slots=True)
class ClinicSettings:
    """Who answers the phone."""

    __pydantic_config__ = STRICT

    name: str
    """As it is spoken in the greeting."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What approved answers may name in braces: `{address}`, `{hours}` …, worded to be spoken."""

    def spoken_facts(self) -> dict[str, str]:
        """Placeholder → words."""
        return {**self.facts, "clinic_name": self.name}


@dataclass(frozen=True, slots=True)
class TelephonySettings:
    """Our numbers at Twilio."""

    __pydantic_config__ = STRICT

    from_number: PhoneNumber
    """Our number; a nurse's phone shows it when we ring."""
    nurse_line: PhoneNumber = field(repr=False)
    """The number that is dialled directly when nothing else works."""
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 5.0
    """How long we wait for Twilio's REST interface."""


@dataclass(frozen=True, slots=True)
class ConversationSettings:
    """How the agent adapts to the caller."""

    __pydantic_config__ = STRICT

    slow_rate_wpm: Annotated[int, Field(ge=80, le=450)] = 125
    """Words per minute once the caller has asked for slower speech."""
    ask_rating: bool = False
    """Ask callers to rate an administrative call, 1 to 5, before goodbye; never after a symptom or a transfer."""


@dataclass(frozen=True, slots=True)
class Settings:
    """config.yaml."""

    __pydantic_config__ = STRICT

    clinic: ClinicSettings
    telephony: TelephonySettings
    nurse_desk: NurseDeskSettings
    calendar: ClinicCalendar = field(default_factory=ClinicCalendar)
    recognizer: RecognizerSettings = field(default_factory=RecognizerSettings)
    voice_activity: VoiceActivitySettings = field(default_factory=VoiceActivitySettings)
    voice: VoiceSettings = field(default_factory=VoiceSettings)
    conversation: ConversationSettings = field(default_factory=ConversationSettings)
    turns: TurnSettings = field(default_factory=TurnSettings)
    second_ear: SecondEarSettings = field(default_factory=SecondEarSettings)
    second_ear_pool: SecondEarPoolSettings = field(default_factory=SecondEarPoolSettings)
    meaning: MeaningSettings = field(default_factory=MeaningSettings)
    dialog: DialogSettings = field(default_factory=DialogSettings)
    hearing: HearingSettings = field(default_factory=HearingSettings)
    speaking: SpeakingSettings = field(default_factory=SpeakingSettings)
    conversing: ConversingSettings = field(default_factory=ConversingSettings)
    loop: LoopSettings = field(default_factory=LoopSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    console: ConsoleTimes = field(default_factory=ConsoleTimes)
    fhir: FhirSettings = field(default_factory=FhirSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the environment gives: secrets, and where the neighbours are."""

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    """Scheme and host under which Twilio reaches us, without a slash at the end."""
    encryption_keys: tuple[str, ...] = field(repr=False)
    """The first seals, all open."""
    redis_url: str = field(repr=False)
    database_url: str = field(repr=False)
    rasa_url: str
    twilio_api_url: str
    console_secret_key: str | None = field(default=None, repr=False)
    """None: derived from the first encryption key."""
    fhir_token: str | None = field(default=None, repr=False)
    """Bearer token for the FHIR server; None sends none."""
    otlp_endpoint: str | None = None
    """OpenTelemetry collector for traces, such as http://collector:4318; None sends none."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that the program is told from outside."""

    settings: Settings
    secrets: Secrets


@dataclass(frozen=True, slots=True)
class Prompts:
    """dialogs/prompts.yaml: our own wording around the dialog."""

    __pydantic_config__ = STRICT

    call: CallLines
    telephony: TelephonyLines = field(default_factory=TelephonyLines)
    wait_words: WaitWords = field(default_factory=WaitWords)


@dataclass(frozen=True, slots=True)
class DialogContent:
    """What clinicians and operations staff wrote in dialogs/, Rasa's own files aside."""

    prompts: Prompts
    red_flags: RedFlagContent
    protocols: tuple[protocols.Protocol, ...]
    faq: tuple[faq.FaqAnswer, ...]


@dataclass(frozen=True, slots=True)
class RasaCustom:
    """What a response of Rasa may carry under `custom:`; the same names as in `call/replies.py`."""

    __pydantic_config__ = STRICT

    listen: Listen | None = None
    do: ReplyAction | None = None
    keypad: Mapping[str, str] = field(default_factory=dict)
    question: str | None = None
    learned: Mapping[str, str] = field(default_factory=dict)
    care_level: CareLevel | None = None
    reason: str | None = None
    outcome: Disposition | None = None


@dataclass(frozen=True, slots=True)
class RasaResponse:
    """One wording of a response; what is Rasa's own, Rasa checks when it trains."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "ignore"}

    custom: RasaCustom | None = None


@dataclass(frozen=True, slots=True)
class RasaDomain:
    """One file of dialogs/domain/."""

    __pydantic_config__: ClassVar[ConfigDict] = {"extra": "ignore"}

    responses: Mapping[str, tuple[RasaResponse, ...]] = field(default_factory=dict)


MAKE_FERNET_KEY: Final = 'python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
REQUIRED: Final[Mapping[str, str]] = {
    "TWILIO_ACCOUNT_SID": "copy it from the Twilio console (it begins with AC)",
    "TWILIO_AUTH_TOKEN": "copy it from the Twilio console",
    "PUBLIC_URL": "the address under which Twilio reaches this server, such as https://phone.example.org",
    "ENCRYPTION_KEYS": f"make one with: {MAKE_FERNET_KEY}",
}
"""Environment variables without a default, and where to get each."""
DEFAULTS: Final[Mapping[str, str]] = {
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "RASA_URL": "http://127.0.0.1:5005",
    "DATABASE_URL": f"sqlite:///{PROJECT / 'appointments.db'}",
    "TWILIO_API_URL": "https://api.twilio.com",
}


def load(path: Path = DEFAULT_CONFIG, environ: Mapping[str, str] = os.environ) -> Config:
    """config.yaml and the environment. Raises ContentError or SettingsError."""
    return Config(load_settings(path), load_secrets(environ))


def load_settings(path: Path = DEFAULT_CONFIG) -> Settings:
    """config.yaml alone. Raises ContentError for its first problem."""
    settings = strict_yaml.read(path, Settings, name=_name(path))
    if problems := _further_problems(settings, path):
        raise problems[0]
    return settings


def load_secrets(environ: Mapping[str, str] = os.environ) -> Secrets:
    """The environment alone. Raises SettingsError that names every variable which is missing, and how to get it."""
    values = {name: environ.get(name, "").strip() or DEFAULTS.get(name, "") for name in (*REQUIRED, *DEFAULTS)}
    if missing := [name for name in REQUIRED if not values[name]]:
        raise SettingsError("The environment lacks " + "; ".join(f"{name} ({REQUIRED[name]})" for name in missing))
    for name in ("PUBLIC_URL", "RASA_URL", "TWILIO_API_URL"):
        values[name] = values[name].rstrip("/")
        address = urlsplit(values[name])
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise SettingsError(f"{name} is not an address; write it as https://phone.example.org")
    if urlsplit(values["PUBLIC_URL"]).path or urlsplit(values["PUBLIC_URL"]).query:
        raise SettingsError("PUBLIC_URL is scheme and host only, such as https://phone.example.org; drop the rest")
    return Secrets(
        account_sid=values["TWILIO_ACCOUNT_SID"],
        auth_token=values["TWILIO_AUTH_TOKEN"],
        public_url=values["PUBLIC_URL"],
        encryption_keys=tuple(key.strip() for key in values["ENCRYPTION_KEYS"].split(",") if key.strip()),
        redis_url=values["REDIS_URL"],
        database_url=values["DATABASE_URL"],
        rasa_url=values["RASA_URL"],
        twilio_api_url=values["TWILIO_API_URL"],
        console_secret_key=environ.get("CONSOLE_SECRET_KEY", "").strip() or None,
        fhir_token=environ.get("FHIR_TOKEN", "").strip() or None,
        otlp_endpoint=environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip() or None,
    )


def load_dialogs(folder: Path = DEFAULT_DIALOGS) -> DialogContent:
    """What stands in dialogs/ beside Rasa's files. Raises ContentError for the first slip of form."""
    return DialogContent(
        prompts=load_prompts(folder),
        red_flags=load_red_flags(folder),
        protocols=tuple(_read(path, protocols.Protocol) for path in _protocol_files(folder)),
        faq=tuple(_read(path, faq.FaqAnswer) for path in sorted((folder / "faq").glob("*.yaml"))),
    )


def unapproved(content: DialogContent) -> str:
    """What no clinician has signed yet, counted by kind; empty when all is signed."""
    counts = {
        "red flag": sum(not flag.approved_by for flag in content.red_flags.red_flags),
        "protocol": sum(not protocol.approved_by for protocol in content.protocols),
        "approved answer": sum(not answer.approved_by for answer in content.faq),
    }
    return ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in counts.items() if count)


def load_prompts(folder: Path = DEFAULT_DIALOGS) -> Prompts:
    """Our own wording. Raises ContentError."""
    return _read(folder / "prompts.yaml", Prompts)


def load_red_flags(folder: Path = DEFAULT_DIALOGS) -> RedFlagContent:
    """The red flags. Raises ContentError."""
    return _read(folder / "red_flags.yaml", RedFlagContent)


def check_all(config_path: Path, dialogs_dir: Path, today: date) -> list[str]:
    """Every problem of config.yaml and dialogs/, one line each: `file:line: key: what; did you mean …`."""
    slips: list[ContentError] = [
        *strict_yaml.problems(config_path, Settings, name=_name(config_path)),
        *_slips_of_form(dialogs_dir),
    ]
    if slips:
        return [str(slip) for slip in slips]
    # Only what has the right form can be asked whether it makes sense.
    settings = strict_yaml.read(config_path, Settings, name=_name(config_path))
    dialogs = load_dialogs(dialogs_dir)
    shown = _name(dialogs_dir)
    return [
        *(str(problem) for problem in _further_problems(settings, config_path)),
        *(
            str(_placed(dialogs_dir / "red_flags.yaml", problem.location, problem.text))
            for problem in red_flag_problems.problems(dialogs.red_flags)
        ),
        *(
            str(_placed(dialogs_dir / "protocols" / f"{problem.file}.yaml", problem.location, problem.text))
            for problem in protocols.problems(
                dialogs.protocols,
                [path.stem for path in _protocol_files(dialogs_dir)],
                [question.id for entry in dialogs.red_flags.red_flags for question in entry.ask],
            )
        ),
        *(f"{shown}/faq: {problem}" for problem in faq.problems(dialogs.faq, settings.clinic.spoken_facts(), today)),
    ]


def _protocol_files(folder: Path) -> list[Path]:
    return sorted((folder / "protocols").glob("*.yaml"))


def _slips_of_form(folder: Path) -> list[ContentError]:
    shapes: list[tuple[Path, type]] = [
        (folder / "prompts.yaml", Prompts),
        (folder / "red_flags.yaml", RedFlagContent),
        *((path, protocols.Protocol) for path in _protocol_files(folder)),
        *((path, faq.FaqAnswer) for path in sorted((folder / "faq").glob("*.yaml"))),
        *((path, RasaDomain) for path in sorted((folder / "domain").glob("*.yml"))),
    ]
    return [slip for path, shape in shapes for slip in strict_yaml.problems(path, shape, name=_name(path))]


def _further_problems(settings: Settings, path: Path) -> list[ContentError]:
    """What the types of config.yaml cannot say."""
    found = []
    if not settings.nurse_desk.ladder:
        found.append(_placed(path, ("nurse_desk", "ladder"), "has nobody to ring: add a nurse's number"))
    if settings.nurse_desk.on_call and not E164.fullmatch(settings.nurse_desk.on_call):
        problem = "is not a number as Twilio takes it; write +15551234567"
        found.append(_placed(path, ("nurse_desk", "on_call"), problem))
    for place, number in enumerate(settings.nurse_desk.ladder):
        if isinstance(number, str) and not E164.fullmatch(number):
            problem = "is not a number as Twilio takes it; write +15551234567"
            found.append(_placed(path, ("nurse_desk", "ladder", place), problem))
    if settings.fhir.base_url and urlsplit(settings.fhir.base_url).scheme not in {"http", "https"}:
        problem = "is not an address; write it as https://fhir.example.org/r4"
        found.append(_placed(path, ("fhir", "base_url"), problem))
    for place, network in enumerate(settings.server.action_networks):
        try:
            ip_network(network)
        except ValueError:
            problem = "is not a network; write it as 10.0.0.0/24"
            found.append(_placed(path, ("server", "action_networks", place), problem))
    return found


def _placed(path: Path, location: tuple[str | int, ...], problem: str) -> ContentError:
    key = ".".join(str(part) for part in location)
    return ContentError(problem, file=_name(path), line=strict_yaml.line_of(path, location), key=key)


def _read(path: Path, shape: type[T]) -> T:
    return strict_yaml.read(path, shape, name=_name(path))


def _name(path: Path) -> str:
    """The path as people know it: from the project's top, or as it is."""
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else str(path)
