"""Vosk models that others publish.

`fetch` brings one from alphacephei.com, the home of Vosk: resumed where a broken download stopped, checked
against the MD5 sum that the publisher gives in its list, unpacked beside its place and then moved into it, so
that a half-fetched model is never taken for a whole one.
"""

from __future__ import annotations

import hashlib
import stat
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import requests
from rapidfuzz import process

from voice_agent.errors import RecognizerError

MODEL_LIST_URL: Final = "https://alphacephei.com/vosk/models/model-list.json"
TIMEOUT_S: Final = 20
CHUNK_BYTES: Final = 1 << 18

Progress = Callable[[int, int], None]
"""Called with (bytes here, bytes in all)."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A published model that suits a telephone line."""

    name: str
    language: str
    size: str
    suits: str


SUGGESTIONS: Final = (
    Suggestion("vosk-model-small-en-us-0.15", "US English", "40 MB", "a trial with people; any machine"),
    Suggestion(
        "vosk-model-en-us-0.22-lgraph", "US English", "128 MB", "patients: better words, still run-time grammars"
    ),
    Suggestion(
        "vosk-model-en-us-0.22",
        "US English",
        "1.8 GB",
        "patients: the best words; several gigabytes of memory, no run-time grammars",
    ),
    Suggestion("vosk-model-small-en-in-0.4", "Indian English", "36 MB", "callers with an Indian accent"),
    Suggestion("vosk-model-small-es-0.42", "Spanish", "39 MB", "a line in Spanish"),
)
"""What `voice-agent models list` shows; `fetch` takes any name on the publisher's list."""


@dataclass(frozen=True, slots=True)
class _Published:
    """One entry of the publisher's list."""

    name: str
    url: str
    md5: str
    size: int


def holds_model(directory: Path) -> bool:
    """A Vosk model lies here: either of the layouts that Vosk reads."""
    return any((directory / network).is_file() for network in ("am/final.mdl", "final.mdl"))


BUILT_IN: Final = Suggestion(
    "clinic-en-8k", "US English", "built in", "tests and demonstrations: it knows synthetic voices only, not patients"
)


def listing(models_dir: Path, in_use: str = "") -> list[str]:
    """A line for each model: ours, those in `models_dir`, then those worth fetching. `in_use`: as in the settings."""
    models_dir = models_dir.expanduser()
    here = sorted(entry.name for entry in models_dir.iterdir() if holds_model(entry)) if models_dir.is_dir() else []
    known = {model.name: model for model in (BUILT_IN, *SUGGESTIONS)}
    width = max(map(len, [*here, *known]))
    there = dict.fromkeys([BUILT_IN.name, *here])
    lines = [
        f"{'in use' if name == in_use else 'installed':9}  {name:{width}}  {_about(known.get(name))}".rstrip()
        for name in there
    ]
    lines += [f"to fetch   {name:{width}}  {_about(known[name])}" for name in known if name not in there]
    return [
        *lines,
        "For tests the built-in one, for a trial vosk-model-small-en-us-0.15, for patients one of the large ones:",
        "voice-agent models fetch NAME; any other name on the publisher's list can be fetched as well.",
    ]


def _about(model: Suggestion | None) -> str:
    return f"{model.language}, {model.size}: {model.suits}" if model else ""


def fetch(name: str, into: Path, progress: Progress, *, list_url: str = MODEL_LIST_URL) -> Path:
    """Make the published model `name` a directory under `into`; returns it, at once when it is there already.

    Raises RecognizerError with what to do: no internet, no such model, a wrong checksum, no room.
    """
    into = into.expanduser()
    model = into / name
    if PurePosixPath(name).name == name and model.is_dir():
        return model
    published = _find(name, list_url)
    archive = into / f".{published.name}.zip.part"
    try:
        into.mkdir(parents=True, exist_ok=True)
        _download(published, archive, progress)
        _verify(published, archive)
        _unpack(archive, published.name, into)
        archive.unlink()
    except requests.RequestException as error:
        raise RecognizerError(
            f"The download of {name} from {published.url} broke off: "
            f"check the connection and run `voice-agent models fetch {name}` again; it goes on where it stopped."
        ) from error
    except OSError as error:
        raise RecognizerError(
            f"The model {name} cannot be kept in {into}: {error.strerror or error}; make room there, "
            "or set recognizer.models_dir in config.yaml."
        ) from error
    return model


def _find(name: str, list_url: str) -> _Published:
    try:
        response = requests.get(list_url, timeout=TIMEOUT_S)
        response.raise_for_status()
        models = {model.name: model for model in map(_entry, response.json())}
    except requests.RequestException as error:
        raise RecognizerError(
            f"The list of published models at {list_url} cannot be reached: connect this machine to the internet, "
            f"or unpack {name}.zip from another machine and set recognizer.model in config.yaml to its directory."
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise RecognizerError(f"The list of published models at {list_url} has a form that we do not know.") from error
    if name not in models:
        nearest = process.extractOne(name, list(models), score_cutoff=50)
        hint = f"; did you mean {nearest[0]}?" if nearest else "."
        raise RecognizerError(f"Nobody publishes a Vosk model named {name!r}{hint}")
    return models[name]


def _entry(entry: dict[str, Any]) -> _Published:
    name = entry["name"]
    if PurePosixPath(name).name != name or name.startswith("."):
        raise ValueError(f"the model name {name!r} is no file name")
    return _Published(name=name, url=entry["url"], md5=entry["md5"], size=int(entry["size"]))


def _download(published: _Published, archive: Path, progress: Progress) -> None:
    """Complete `archive`, from where an earlier download stopped when the server allows it."""
    here = archive.stat().st_size if archive.exists() else 0
    if here > published.size:
        archive.unlink()
        here = 0
    if here == published.size:
        return
    wanted = {"Range": f"bytes={here}-"} if here else {}
    with requests.get(published.url, headers=wanted, stream=True, timeout=TIMEOUT_S) as response:
        response.raise_for_status()
        resumed = response.status_code == requests.codes.partial_content
        if not resumed:
            here = 0
        with archive.open("ab" if resumed else "wb") as file:
            progress(here, published.size)
            for chunk in response.iter_content(CHUNK_BYTES):
                file.write(chunk)
                here += len(chunk)
                progress(here, published.size)


def _verify(published: _Published, archive: Path) -> None:
    with archive.open("rb") as file:
        # The publisher gives no other sum. It guards against a damaged download; HTTPS guards against a forged one.
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != published.md5:
        archive.unlink()
        raise RecognizerError(
            f"The download of {published.name} is damaged (MD5 {found}, its publisher says {published.md5}) and was "
            f"deleted: run `voice-agent models fetch {published.name}` again."
        )


def _unpack(archive: Path, name: str, into: Path) -> None:
    """The archive's folder `name` → `into`/`name`, in one step at the end."""
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=into) as scratch:
        try:
            with zipfile.ZipFile(archive) as packed:
                for member in packed.infolist():
                    _refuse_outsider(member, name)
                packed.extractall(scratch)
        except zipfile.BadZipFile as error:
            archive.unlink()
            raise RecognizerError(f"What is published as {name} is no zip archive; it was deleted.") from error
        unpacked = Path(scratch) / name
        if not unpacked.is_dir():
            archive.unlink()
            raise RecognizerError(f"What is published as {name} holds no folder of that name; it was deleted.")
        unpacked.rename(into / name)


def _refuse_outsider(member: zipfile.ZipInfo, name: str) -> None:
    """A member that would land anywhere but in the model's folder, or that links out of it."""
    parts = PurePosixPath(member.filename).parts
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    if is_link or ".." in parts or "\\" in member.filename or parts[:1] != (name,):
        raise RecognizerError(
            f"The archive of {name} holds {member.filename!r}, which does not belong in a model; nothing was unpacked."
        )
