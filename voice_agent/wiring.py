"""Config into real adapters.

The only place that chooses them. Nothing here connects to anything yet: each adapter does so when first used, so the
server comes up even when a neighbour is down, and sends callers to the nurse line until it is back.
"""

from __future__ import annotations

import math
import os
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask

from voice_agent.actions.desk import Desk
from voice_agent.actions.server import ActionServer
from voice_agent.audio import mulaw
from voice_agent.call.handoff import CallSummary
from voice_agent.call.hearings import EarKind
from voice_agent.call.second_listening import TwoEars
from voice_agent.call.session import CallSession
from voice_agent.call.settings import SessionSettings
from voice_agent.call.transfer import Transfer
from voice_agent.call_loop import Call, CallSettings, CallSocket, Recording, Threads
from voice_agent.call_observer import CallObserver
from voice_agent.config import Config, DialogContent, Settings
from voice_agent.errors import RecognizerError
from voice_agent.likely_replies import LikelyReplies
from voice_agent.nurse_desk import NurseDesk
from voice_agent.ports import Services
from voice_agent.records.call_facts import CallFacts
from voice_agent.records.encryption import Cipher
from voice_agent.records.recording import FileRecording, Header, NoRecording
from voice_agent.records.users import ConsoleUsers
from voice_agent.second_opinion import judge as judge_of_meaning
from voice_agent.second_opinion.beside_calls import OpinionsBesideCalls, Use
from voice_agent.services import trace_export
from voice_agent.services.call_store import RedisCallStore
from voice_agent.services.case_desk_store import RedisCaseDeskStore
from voice_agent.services.dialog import RasaDialog
from voice_agent.services.fhir_handoff import FhirHandoffs
from voice_agent.services.scheduling.local import LocalScheduling
from voice_agent.services.sign_in_failures import RedisSignInFailures
from voice_agent.side_work import Lane
from voice_agent.simulator.softphone_call import SoftphoneCarrier
from voice_agent.speech.recognizer import SecondEarKind, VoskRecognizers
from voice_agent.speech.second_ear import packaged_model
from voice_agent.speech.second_ear_pool import SecondEarPool
from voice_agent.speech.synthesizer import Pyttsx3Synthesizer
from voice_agent.speech.voice_activity import SileroVoiceActivity
from voice_agent.telephony.carrier import TwilioCarrier, TwilioSettings
from voice_agent.transfer_care import Sweeper, TransferCare
from voice_agent.triage import faq
from voice_agent.triage.red_flags import RedFlagScreen
from voice_agent.web.actions import actions_blueprint
from voice_agent.web.app import create_app
from voice_agent.web.call_meter import Measuring
from voice_agent.web.call_spans import CallSpans
from voice_agent.web.capacity import Capacity
from voice_agent.web.lateness import Lateness
from voice_agent.web.media import media_blueprint
from voice_agent.web.metrics import Metrics
from voice_agent.web.readiness import STALE_AFTER_S, Readiness
from voice_agent.web.settings import ConsoleSettings, WebSettings
from voice_agent.web.wait_ear import WaitSettings, wait_blueprint
from voice_agent.web.worker_board import WorkerRow


@dataclass(frozen=True)
class Line:
    """The whole line, put together."""

    app: Flask
    services: Services
    capacity: Capacity
    readiness: Readiness
    draining: threading.Event = field(default_factory=threading.Event)
    notice: str | None = None
    """What to show at start, a line each, e.g. that the built-in model is not for patients."""

    def drain(self) -> None:
        """Take no new calls; those that are live move to another server or come back to this one."""
        self.capacity.close()
        self.draining.set()


def always_understood(dialogs: DialogContent) -> tuple[str, ...]:
    """Phrases that the ear must know whatever was asked: red flags, and the wishes that hold in any state."""
    red_flags = dialogs.red_flags.red_flags
    escapes = dialogs.prompts.call.escapes
    return (
        *(phrase for flag in red_flags for phrase in flag.must_fire),
        *(phrase for flag in red_flags for question in flag.ask for phrase in question.must_ask),
        *escapes.person,
        *escapes.repeat,
        *escapes.slower,
        *escapes.start_over,
        *escapes.goodbye,
    )


def second_ears(settings: Settings, processes: int = 1) -> tuple[SecondEarPool | None, str | None]:
    """The second ear, and what to tell at start when it is wanted and missing; `processes` share what it may take."""
    if settings.recognizer.second_ear is SecondEarKind.NONE:
        return None, None
    try:
        packaged_model()
    except RecognizerError as error:
        return None, f"There is no second ear: Vosk hears alone. {error}"
    return SecondEarPool(settings.second_ear_pool, sharers=processes), None


def second_opinions(settings: Settings, dialogs: DialogContent) -> tuple[OpinionsBesideCalls | None, str | None]:
    """The second opinion by meaning, and what to tell at start when it is wanted and missing."""
    if settings.meaning.second_opinion is Use.NONE:
        return None, None
    judge, missing = judge_of_meaning.installed(dialogs.red_flags.ids())
    return OpinionsBesideCalls(judge) if judge else None, missing


def services(config: Config, dialogs: DialogContent) -> tuple[Services, VoskRecognizers, Pyttsx3Synthesizer]:
    """The real adapters but for the second ear and the second opinion."""
    settings, secrets = config.settings, config.secrets
    recognizers = VoskRecognizers(settings.recognizer, always_understood(dialogs))
    synthesizer = Pyttsx3Synthesizer(settings.voice)
    adapters = Services(
        recognizers=recognizers,
        voice_activity=lambda: SileroVoiceActivity(settings.voice_activity),
        synthesizer=synthesizer,
        dialog=RasaDialog(secrets.rasa_url, settings.dialog),
        store=RedisCallStore(secrets.redis_url, Cipher(secrets.encryption_keys), settings.store),
        scheduling=LocalScheduling(secrets.database_url, settings.calendar, clinic_clock(config)),
        carrier=TwilioCarrier(
            TwilioSettings(
                account_sid=secrets.account_sid,
                auth_token=secrets.auth_token,
                from_number=settings.telephony.from_number,
                public_url=secrets.public_url,
                base_url=secrets.twilio_api_url,
                ring_seconds=settings.nurse_desk.ring_seconds,
                timeout_s=settings.telephony.timeout_s,
                machine_detection=settings.nurse_desk.machine_detection,
            )
        ),
    )
    return adapters, recognizers, synthesizer


class clinic_clock:  # noqa: N801 (used like the function that it stands for)
    """The clinic's local time, aware."""

    def __init__(self, config: Config) -> None:
        self._zone = ZoneInfo(config.settings.calendar.time_zone)

    def __call__(self) -> datetime:
        return datetime.now(self._zone)


def session_settings(
    settings: Settings, two: TwoEars | None = None, opinions: OpinionsBesideCalls | None = None
) -> SessionSettings:
    """How the agent speaks and waits; `two`: a second ear hears as well; `opinions`: the rules are not alone."""
    conversation, judged = settings.conversation, opinions.thresholds if opinions else None
    return SessionSettings(
        settings.turns, settings.voice.rate_wpm, conversation.slow_rate_wpm, conversation.ask_rating, two, judged
    )


def two_ears(settings: Settings, recognizers: VoskRecognizers) -> TwoEars:
    """How far each ear is believed."""
    kind = EarKind.BUILT_IN if recognizers.is_builtin else EarKind.PUBLISHED
    return TwoEars(settings.second_ear, kind, settings.recognizer.agreement)


def line(config: Config, dialogs: DialogContent, row: WorkerRow, metrics_folder: Path) -> Line:
    """The whole line, in one process of the server. Raises SettingsError for a key or an address that cannot be used.

    `row`: this process's among its siblings. `metrics_folder`: see `Metrics`.
    """
    settings = config.settings
    adapters, recognizers, synthesizer = services(config, dialogs)
    ears, missing = second_ears(settings, settings.server.processes)
    opinions, alone = second_opinions(settings, dialogs)
    adapters = replace(adapters, second_ears=ears, second_opinions=opinions)
    capacity = Capacity(settings.server.max_calls, Lateness(settings.server.late_after_ms, tell=row.tell_lateness), row)
    metrics = Metrics(capacity, metrics_folder)
    readiness = _readiness(adapters, row)
    now = clinic_clock(config)
    call_facts = _call_facts(config)
    desk = _nurse_desk(config, adapters, metrics, call_facts, now)
    screen = RedFlagScreen(dialogs.red_flags)
    lines = dialogs.prompts.call.for_clinic(settings.clinic.name)
    how = session_settings(settings, two_ears(settings, recognizers) if ears else None, opinions)
    threads = _threads(settings)
    draining, likely = threading.Event(), LikelyReplies()
    calls = CallSettings(settings.loop, settings.hearing, settings.speaking, settings.conversing)

    def new_session(earlier: CallSummary | None) -> CallSession:
        return CallSession(how, lines, screen, earlier)

    def new_recording(call_id: str, earlier: CallSummary | None) -> AbstractContextManager[Recording]:
        header = Header(how, lines, earlier, dialogs.red_flags.version)
        return _recording(settings.recording.folder, call_id, header)

    def new_call(socket: CallSocket, session: CallSession, recording: Recording, observer: CallObserver) -> Call:
        return Call(socket, session, adapters, desk, threads, calls, recording, likely, draining.is_set, observer)

    measuring = _measuring(config, capacity, metrics)
    media = media_blueprint(
        adapters, capacity, metrics, new_session, new_recording, new_call, measuring, call_facts, now
    )
    waits = wait_blueprint(
        adapters, desk, screen, _wait_settings(settings, dialogs), metrics, threads.recognition, now, draining.is_set
    )
    app = create_app(
        _web_settings(config, dialogs),
        adapters,
        desk,
        ConsoleUsers(config.secrets.database_url),
        call_facts,
        *_console_stores(config),
        capacity=capacity,
        readiness=readiness,
        metrics=metrics,
        blueprints=(media, waits, _actions(settings, dialogs, adapters, now)),
        softphone=_softphone(config, synthesizer) if settings.console.softphone else None,
        now=now,
    )
    _render_fixed_prompts(synthesizer, dialogs, how, lines.fixed())
    if ears:
        ears.start()
    _sweeper(desk, adapters, settings, now).start()
    notices = [notice for notice in (recognizers.notice(), missing, alone) if notice]
    return Line(app, adapters, capacity, readiness, draining, "\n".join(notices) or None)


def _sweeper(desk: NurseDesk, adapters: Services, settings: Settings, now: Callable[[], datetime]) -> Sweeper:
    care = TransferCare(desk, adapters.store, adapters.carrier, now)
    return Sweeper(care, adapters.store, settings.nurse_desk.sweep_seconds)


def _console_stores(config: Config) -> tuple[RedisCaseDeskStore, RedisSignInFailures]:
    cipher, store, url = Cipher(config.secrets.encryption_keys), config.settings.store, config.secrets.redis_url
    return RedisCaseDeskStore(url, cipher, store), RedisSignInFailures(url, cipher, store.timeout_s)


def _wait_settings(settings: Settings, dialogs: DialogContent) -> WaitSettings:
    prompts = dialogs.prompts
    return WaitSettings(prompts.telephony.of_the_wait, prompts.wait_words, settings.hearing, settings.server.max_calls)


def _readiness(adapters: Services, row: WorkerRow) -> Readiness:
    """A call may come to any process, so all must have found everything working."""
    siblings = row.board.ready
    return Readiness(
        adapters.checks, extras=adapters.extras, tell=row.tell_ready, siblings=lambda: siblings(STALE_AFTER_S)
    )


def _threads(settings: Settings) -> Threads:
    """Recognition: one for each core in all processes together; two at least, lest a long utterance stop the others."""
    each = math.ceil((os.cpu_count() or 1) / settings.server.processes)
    return Threads(
        recognition=ThreadPoolExecutor(max(2, each), "recognition"),
        services=ThreadPoolExecutor(2 * settings.server.max_calls, "services"),
    )


def _actions(settings: Settings, dialogs: DialogContent, adapters: Services, now: Callable[[], datetime]) -> Blueprint:
    facts = settings.clinic.spoken_facts()
    answers = {answer.id: faq.filled(answer, facts) for answer in dialogs.faq}
    rasa = Desk(adapters.scheduling, dialogs.protocols, answers, now)
    return actions_blueprint(ActionServer(rasa), settings.server.action_networks)


def _nurse_desk(
    config: Config, adapters: Services, metrics: Metrics, call_facts: CallFacts, now: Callable[[], datetime]
) -> NurseDesk:
    """With a FHIR server, hand-offs are recorded there as well."""
    settings = config.settings
    observers: list[Callable[[Transfer], None]] = [metrics.transfer_moved, call_facts.observer(now)]
    if settings.fhir.base_url:
        token = config.secrets.fhir_token
        handoffs = FhirHandoffs(settings.fhir, adapters.store, lambda: now().isoformat(timespec="seconds"), token)
        handoffs.start()
        observers.append(handoffs.moved)

    def observe(transfer: Transfer) -> None:
        for told in observers:
            told(transfer)

    return NurseDesk(adapters.store, adapters.carrier, settings.nurse_desk, now, observe)


def _measuring(config: Config, capacity: Capacity, metrics: Metrics) -> Measuring:
    """What live calls report to, beside Prometheus: admission, and a collector of traces if there is one."""
    spans = CallSpans(trace_export.tracer(config.secrets.otlp_endpoint))
    silence, release = config.settings.turns.no_input_ms, config.settings.voice_activity.release_ms
    return Measuring(metrics.conversations, capacity.lateness, spans, silence, release)


def _call_facts(config: Config) -> CallFacts:
    """Written in order by a thread of their own: no caller waits for the database."""
    key = Cipher(config.secrets.encryption_keys).derived_key("call facts")
    spoken = config.settings.voice.language
    return CallFacts(config.secrets.database_url, key, Lane(ThreadPoolExecutor(1, "call-facts")).add, language=spoken)


class _OwnVoice:
    """The agent's voice, for what the telephone company would say on a browser's call."""

    def __init__(self, synthesizer: Pyttsx3Synthesizer, rate_wpm: int) -> None:
        self._synthesizer = synthesizer
        self._rate_wpm = rate_wpm

    def speak(self, line: str) -> bytes:
        return mulaw.encode(self._synthesizer.synthesize(line, self._rate_wpm))


def _softphone(config: Config, synthesizer: Pyttsx3Synthesizer) -> SoftphoneCarrier:
    settings, secrets = config.settings, config.secrets
    return SoftphoneCarrier(
        account_sid=secrets.account_sid,
        auth_token=secrets.auth_token,
        public_url=secrets.public_url,
        number=settings.telephony.from_number,
        nurse_line=settings.telephony.nurse_line,
        voice=_OwnVoice(synthesizer, settings.voice.rate_wpm),
    )


def _web_settings(config: Config, dialogs: DialogContent) -> WebSettings:
    settings, secrets = config.settings, config.secrets
    return WebSettings(
        public_url=secrets.public_url,
        auth_token=secrets.auth_token,
        nurse_line=settings.telephony.nurse_line,
        max_calls=settings.server.max_calls,
        console=ConsoleSettings(
            secret=secrets.console_secret_key or Cipher(secrets.encryption_keys).derived_key("console"),
            clinic_name=settings.clinic.name,
            zone=settings.calendar.time_zone,
            idle_minutes=settings.console.idle_minutes,
            session_hours=settings.console.session_hours,
            smallest_number=settings.console.smallest_number,
            live_pages=settings.console.live_pages,
        ),
        lines=dialogs.prompts.telephony,
    )


def _render_fixed_prompts(
    synthesizer: Pyttsx3Synthesizer, dialogs: DialogContent, how: SessionSettings, lines: tuple[str, ...]
) -> None:
    """In a thread of its own: the server answers calls at once, and the first of them finds most of it rendered."""
    scripts = [sentence for script in dialogs.red_flags.scripts.values() for sentence in script]

    def render() -> None:
        for text in (*lines, *scripts):
            if synthesizer.check() is None:
                synthesizer.prerender([text], how.rate_wpm)

    threading.Thread(target=render, name="fixed-prompts", daemon=True).start()


@contextmanager
def _recording(folder: Path | None, call_id: str, header: Header) -> Iterator[Recording]:
    if folder is None:
        yield NoRecording()
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9]", "_", call_id)
    path = folder / f"{name}.jsonl"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}.jsonl"
    with path.open("x", encoding="utf-8") as file:
        path.chmod(0o600)
        yield FileRecording(file, header)
