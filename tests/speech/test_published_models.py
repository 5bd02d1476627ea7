"""A published model arrives whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from voice_agent.errors import RecognizerError
from voice_agent.speech.published_models import SUGGESTIONS, fetch, listing

NAME = "vosk-model-small-en-us-0.15"


@dataclass
class Publisher:
    """A real HTTP server with a model list and archives."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    models: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """(Path, Range header) of each request."""
    ranges: bool = True
    breaks_after: int | None = None
    """Close the connection after so many bytes of an archive."""

    @property
    def list_url(self) -> str:
        return f"{self.url}/model-list.json"

    def publish(self, archive: bytes, name: str = NAME, md5: str | None = None) -> None:
        self.files[f"/{name}.zip"] = archive
        self.models.append(
            {
                "name": name,
                "url": f"{self.url}/{name}.zip",
                "md5": md5 or hashlib.md5(archive, usedforsecurity=False).hexdigest(),
                "size": len(archive),
                "obsolete": "false",
            }
        )

    def handler(self) -> type[BaseHTTPRequestHandler]:
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                publisher.requests.append((self.path, wanted))
                if self.path == "/model-list.json":
                    self.reply(200, json.dumps(publisher.models).encode())
                elif self.path not in publisher.files:
                    self.reply(404, b"")
                elif wanted and publisher.ranges:
                    self.reply(206, publisher.files[self.path][int(wanted[6:-1]) :])
                else:
                    self.reply(200, publisher.files[self.path])

            def reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                is_archive = self.path.endswith(".zip")
                self.wfile.write(body[: publisher.breaks_after] if is_archive else body)

            def log_message(self, format: str, *args: object) -> None:
                """Tests are quiet."""

        return Handler


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()
    server = ThreadingHTTPServer(("127.0.0.1", 0), publisher.handler())
    publisher.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield publisher
    server.shutdown()
    thread.join()
    server.server_close()


def packed(files: dict[str, bytes], link: str | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if link is not None:
            entry = zipfile.ZipInfo(link)
            entry.external_attr = 0o120777 << 16
            archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def model_archive() -> bytes:
    """A model of a megabyte, so that progress and resuming have something to do."""
    return packed({f"{NAME}/am/final.mdl": bytes(range(256)) * 4096, f"{NAME}/conf/mfcc.conf": b"--dither=0\n"})


def no_progress(done: int, total: int) -> None:
    """Nobody watches."""


def left_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_model_is_fetched_with_progress(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(model_archive())
    seen: list[tuple[int, int]] = []
    model = fetch(NAME, tmp_path / "models", lambda *here: seen.append(here), list_url=publisher.list_url)
    assert model == tmp_path / "models" / NAME
    assert (model / "conf" / "mfcc.conf").read_text() == "--dither=0\n"
    assert left_in(tmp_path / "models") == [NAME]
    size = len(model_archive())
    assert seen[0] == (0, size)
    assert seen[-1] == (size, size)
    assert len(seen) > 3
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_model_that_is_there_is_not_fetched_again(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    assert fetch(NAME, tmp_path, no_progress, list_url=publisher.list_url) == tmp_path / NAME
    assert publisher.requests == []


def test_a_broken_download_goes_on_where_it_stopped(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(model_archive())
    publisher.breaks_after = 700_000
    with pytest.raises(RecognizerError, match=r"broke off.*goes on where it stopped"):
        fetch(NAME, tmp_path, no_progress, list_url=publisher.list_url)
    here = (tmp_path / f".{NAME}.zip.part").stat().st_size
    assert 0 < here <= 700_000
    publisher.breaks_after = None
    model = fetch(NAME, tmp_path, no_progress, list_url=publisher.list_url)
    assert publisher.requests[-1] == (f"/{NAME}.zip", f"bytes={here}-")
    assert (model / "am" / "final.mdl").stat().st_size == 256 * 4096


def test_a_server_that_cannot_resume_sends_all_of_it(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(model_archive())
    publisher.ranges = False
    (tmp_path / f".{NAME}.zip.part").write_bytes(b"the beginning of another download")
    seen: list[tuple[int, int]] = []
    model = fetch(NAME, tmp_path, lambda *here: seen.append(here), list_url=publisher.list_url)
    assert (model / "am" / "final.mdl").is_file()
    assert (seen[0], seen[-1]) == ((0, len(model_archive())), (len(model_archive()), len(model_archive())))


@pytest.mark.parametrize("extra", [0, 10], ids=["complete", "too long"])
def test_a_download_that_is_complete_is_not_repeated(publisher: Publisher, tmp_path: Path, extra: int) -> None:
    publisher.publish(model_archive())
    (tmp_path / f".{NAME}.zip.part").write_bytes(model_archive() + bytes(extra))
    assert (fetch(NAME, tmp_path, no_progress, list_url=publisher.list_url) / "am" / "final.mdl").is_file()
    assert len(publisher.requests) == (2 if extra else 1)


def test_a_damaged_download_is_thrown_away(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(model_archive(), md5="0" * 32)
    with pytest.raises(RecognizerError, match="is damaged"):
        fetch(NAME, tmp_path, no_progress, list_url=publisher.list_url)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    "archive",
    [
        pytest.param(packed({f"{NAME}/a": b"", "../outside": b"x"}), id="parent"),
        pytest.param(packed({f"{NAME}/a": b"", f"{NAME}/../../outside": b"x"}), id="parent inside"),
        pytest.param(packed({f"{NAME}/a": b"", "/outside": b"x"}), id="absolute"),
        pytest.param(packed({f"{NAME}/a": b"", f"{NAME}\\..\\outside": b"x"}), id="backslash"),
        pytest.param(packed({f"{NAME}/a": b""}, link=f"{NAME}/passwords"), id="link"),
        pytest.param(packed({"another/a": b""}), id="another folder"),
    ],
)
def test_an_archive_that_reaches_out_is_refused(publisher: Publisher, tmp_path: Path, archive: bytes) -> None:
    publisher.publish(archive)
    into = tmp_path / "deep" / "models"
    with pytest.raises(RecognizerError, match="does not belong in a model"):
        fetch(NAME, into, no_progress, list_url=publisher.list_url)
    assert [path for path in tmp_path.rglob("*") if "outside" in path.name or path.name == "passwords"] == []
    assert not (into / NAME).exists()


def test_what_is_no_archive_is_thrown_away(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(b"<html>Please log in to this network</html>")
    with pytest.raises(RecognizerError, match="no zip archive"):
        fetch(NAME, tmp_path, no_progress, list_url=publisher.list_url)
    assert left_in(tmp_path) == []


def test_an_unknown_name_gets_the_nearest(publisher: Publisher, tmp_path: Path) -> None:
    publisher.publish(model_archive())
    with pytest.raises(RecognizerError, match=f"did you mean {NAME}"):
        fetch("vosk-model-smal-en-us-0.15", tmp_path, no_progress, list_url=publisher.list_url)


@pytest.mark.parametrize("name", ["../escape", "a/b", ".."])
def test_a_name_is_never_a_path(publisher: Publisher, tmp_path: Path, name: str) -> None:
    (tmp_path / "escape").mkdir()
    publisher.publish(model_archive())
    with pytest.raises(RecognizerError, match="Nobody publishes"):
        fetch(name, tmp_path / "models", no_progress, list_url=publisher.list_url)


def test_a_list_that_is_not_one_is_explained(publisher: Publisher, tmp_path: Path) -> None:
    publisher.models.append({"name": "../x", "url": "", "md5": "", "size": 1})
    with pytest.raises(RecognizerError, match="a form that we do not know"):
        fetch(NAME, tmp_path, no_progress, list_url=publisher.list_url)


def test_no_internet_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecognizerError, match="cannot be reached: connect this machine to the internet"):
        fetch(NAME, tmp_path, no_progress, list_url="http://127.0.0.1:1/model-list.json")


def test_no_room_is_explained(publisher: Publisher, tmp_path: Path) -> None:
    """A file stands where the directory of models should be."""
    publisher.publish(model_archive())
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(RecognizerError, match="cannot be kept in"):
        fetch(NAME, tmp_path / "models", no_progress, list_url=publisher.list_url)


def test_suggestions_are_names_that_can_be_fetched() -> None:
    assert len({model.name for model in SUGGESTIONS}) == len(SUGGESTIONS)
    assert all(model.name.startswith("vosk-model-") for model in SUGGESTIONS)


def test_the_listing_tells_what_is_here_and_what_could_be(tmp_path: Path) -> None:
    (tmp_path / NAME / "am").mkdir(parents=True)
    (tmp_path / NAME / "am" / "final.mdl").touch()
    (tmp_path / "our-own").mkdir()
    (tmp_path / "our-own" / "final.mdl").touch()
    (tmp_path / "not-a-model").mkdir()
    lines = listing(tmp_path, in_use="our-own")
    installed = [line.split()[1] for line in lines if line.startswith("installed")]
    assert installed == ["clinic-en-8k", NAME]
    assert [line.split()[2] for line in lines if line.startswith("in use")] == ["our-own"]
    to_fetch = [line.split()[2] for line in lines if line.startswith("to fetch")]
    assert to_fetch == [model.name for model in SUGGESTIONS if model.name != NAME]
    assert not any("not-a-model" in line for line in lines)


def test_the_listing_of_nothing_names_what_to_fetch(tmp_path: Path) -> None:
    assert listing(tmp_path / "none")[1].startswith(f"to fetch   {NAME}")
