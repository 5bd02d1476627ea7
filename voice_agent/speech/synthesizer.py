"""pyttsx3 on eSpeak NG: our mouth."""

from __future__ import annotations

import base64
import json
import math
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field

from voice_agent.audio.frames import SAMPLE_RATE_HZ
from voice_agent.audio.loudness import normalised, trimmed
from voice_agent.audio.resampling import resample
from voice_agent.errors import SynthesizerError
from voice_agent.speech.prompt_cache import PromptCache, PromptKey
from voice_agent.strict_yaml import STRICT

SPEECH_DBFS: Final = -20.0
"""Level of speech at volume 1: about that of a person on the telephone."""
BEFORE_MS: Final = 10
"""Silence kept before a sentence: the caller is waiting for it."""
AFTER_MS: Final = 60
"""Silence kept after a sentence."""
START_DEADLINE_S: Final = 20.0
"""For the process to start and load eSpeak NG, 0.2 s on an idle machine."""
PROCESS: Final = (sys.executable, "-m", "voice_agent.speech.synthesizer_process")


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """How the agent sounds."""

    __pydantic_config__ = STRICT

    voice: str = "en-us"
    """A voice of eSpeak NG (`espeak-ng --voices`), with a variant if wanted: `en-us+f3`."""
    rate_wpm: Annotated[int, Field(ge=80, le=450)] = 165
    """Words per minute of an ordinary prompt."""
    volume: Annotated[float, Field(gt=0, le=4)] = 1.0
    """1 is the level of a person on the telephone, 0.5 is 6 dB softer."""
    cache_mb: Annotated[int, Field(ge=0)] = 8
    """Memory for sentences that are not fixed prompts; a megabyte holds a minute."""
    deadline_ms: Annotated[int, Field(ge=100)] = 2000
    """A sentence that takes longer has hung the engine: its process is killed and started anew."""

    @property
    def language(self) -> str:
        """What the agent speaks, as `en`: eSpeak NG's names begin with it."""
        return self.voice.split("+")[0].split("-")[0]


class Pyttsx3Synthesizer:
    """Text to telephone speech; safe from any thread, one utterance at a time inside.

    A sentence of 3 s takes some 15 ms, a cached one none.
    """

    def __init__(self, settings: VoiceSettings | None = None, process: Sequence[str] = PROCESS) -> None:
        """`process`: the command that speaks `synthesizer_process`'s protocol. It is started at the first need."""
        self._settings = settings or VoiceSettings()
        self._process = _SpeechProcess(process)
        self._speaking = threading.Lock()
        self._cache = PromptCache(self._settings.cache_mb * 1_000_000)

    def synthesize(self, text: str, rate_wpm: int) -> bytes:
        """PCM16 little-endian mono 8 kHz of `text`, from the cache when rendered before; b"" for blank text."""
        return self._rendered(text, rate_wpm, fixed=False)

    def prerender(self, texts: Iterable[str], rate_wpm: int | None = None) -> int:
        """Render fixed prompts and keep them for good; returns how many there are. Nothing personal here."""
        count = 0
        for count, text in enumerate(texts, start=1):  # noqa: B007 (the count is the answer)
            self._rendered(text, rate_wpm or self._settings.rate_wpm, fixed=True)
        return count

    def check(self) -> str | None:
        """Start the process if it is not running, and let it speak once."""
        try:
            with self._speaking:
                self._process.ensure_running()
            self._rendered("Ready.", self._settings.rate_wpm, fixed=True)
        except SynthesizerError as error:
            return str(error)
        return None

    def close(self) -> None:
        """End the process."""
        with self._speaking:
            self._process.stop()

    def _rendered(self, text: str, rate_wpm: int, *, fixed: bool) -> bytes:
        text = " ".join(text.replace("\0", " ").split())
        if not text:
            return b""
        key = PromptKey(self._settings.voice, rate_wpm, text)
        pcm = self._cache.get(key)
        if pcm is None:
            with self._speaking:
                # Another thread may have rendered the same sentence while we waited.
                pcm = self._cache.get(key)
                if pcm is None:
                    pcm = self._for_telephone(*self._spoken(key))
        self._cache.put(key, pcm, fixed=fixed)
        return pcm

    def _spoken(self, key: PromptKey) -> tuple[int, bytes]:
        """(Rate in Hz, PCM16) from the process, which gets a second chance in a new one."""
        request = {"text": key.text, "voice": key.voice, "rate_wpm": key.rate_wpm}
        try:
            answer = self._process.ask(request, self._settings.deadline_ms / 1000)
        except _ProcessFailedError:
            try:
                answer = self._process.ask(request, self._settings.deadline_ms / 1000)
            except _ProcessFailedError as error:
                raise SynthesizerError(
                    f"The speech process failed twice ({error}): see that eSpeak NG works with `espeak-ng hello`, "
                    "and that the machine is not overloaded."
                ) from error
        return answer["rate_hz"], base64.b64decode(answer["pcm"])

    def _for_telephone(self, rate_hz: int, pcm: bytes) -> bytes:
        level_dbfs = SPEECH_DBFS + 20 * math.log10(self._settings.volume)
        return normalised(trimmed(resample(pcm, rate_hz, SAMPLE_RATE_HZ), BEFORE_MS, AFTER_MS), level_dbfs)


class _ProcessFailedError(Exception):
    """The speech process died or did not answer in time; it has been ended, and the next request starts another."""


class _SpeechProcess:
    """Our end of `synthesizer_process`. Not safe from several threads."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._running: subprocess.Popen[bytes] | None = None

    def ensure_running(self) -> None:
        """Start it unless it runs. Raises SynthesizerError when eSpeak NG cannot be loaded."""
        if self._running is not None and self._running.poll() is None:
            return
        self.stop()
        try:
            # A session of its own: Ctrl-C in the terminal must not silence calls that are being drained.
            self._running = subprocess.Popen(  # noqa: S603 (our own module)
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._answer(self._running, START_DEADLINE_S)
        except OSError as error:
            raise SynthesizerError(f"The speech process could not be started: {error}") from error
        except _ProcessFailedError as error:
            raise SynthesizerError(f"The speech process did not come up: it {error}.") from error

    def ask(self, request: dict[str, Any], deadline_s: float) -> dict[str, Any]:
        """One request, one answer. Raises _ProcessFailedError, or SynthesizerError for what a retry cannot mend."""
        self.ensure_running()
        process = self._running
        if process is None or process.stdin is None:
            raise AssertionError("ensure_running either starts the process or raises")
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except OSError as error:
            self.stop()
            raise _ProcessFailedError("ended") from error
        return self._answer(process, deadline_s)

    def stop(self) -> None:
        """Kill it, if it runs."""
        process, self._running = self._running, None
        if process is None:
            return
        process.kill()
        # `communicate` closes the pipes and reaps the process.
        process.communicate()

    def _answer(self, process: subprocess.Popen[bytes], deadline_s: float) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = json.loads(_read_line(process, deadline_s))
        except (_ProcessFailedError, ValueError) as error:
            self.stop()
            raise error if isinstance(error, _ProcessFailedError) else _ProcessFailedError("spoke nonsense") from error
        match answer.get("error"):
            case None:
                return answer
            case "no_engine":
                self.stop()
                raise SynthesizerError(
                    f"eSpeak NG could not be loaded ({answer['detail']}): install it with `apt install espeak-ng`."
                )
            case "no_voice":
                raise SynthesizerError(
                    f"eSpeak NG has no voice {answer['detail']!r}: `espeak-ng --voices` lists what it has; "
                    "set voice.voice in config.yaml."
                )
            case _:
                self.stop()
                raise _ProcessFailedError(f"failed with {answer['detail']}")


def _read_line(process: subprocess.Popen[bytes], deadline_s: float) -> bytes:
    """The next line of its stdout. Raises _ProcessFailedError at its end or at the deadline."""
    if process.stdout is None:
        raise AssertionError("the process is started with a pipe")
    out = process.stdout.fileno()
    # poll, not select: a server with a thousand sockets has file descriptors that select refuses.
    poller = select.poll()
    poller.register(out, select.POLLIN)
    ends_at = time.monotonic() + deadline_s
    line = b""
    while not line.endswith(b"\n"):
        left_s = ends_at - time.monotonic()
        if left_s <= 0 or not poller.poll(left_s * 1000):
            raise _ProcessFailedError(f"gave no answer within {deadline_s:g} s")
        chunk = os.read(out, 1 << 20)
        if not chunk:
            raise _ProcessFailedError("ended")
        line += chunk
    return line
