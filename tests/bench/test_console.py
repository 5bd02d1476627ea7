"""The bench's look at a console: the real one, on fakes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from invented_cases import PASSWORD
from site_on_fakes import Site, build_site, close_site
from werkzeug.serving import make_server

from voice_agent.bench.callers import BenchError
from voice_agent.bench.console import Console
from voice_agent.demo.loopback import free_port
from voice_agent.records.users import Role

AT_MS = 1234.0
PATIENCE_S = 20.0


@dataclass
class Served:
    """A site that can be asked over a socket."""

    site: Site
    url: str

    def console(self, password: str = PASSWORD) -> Console:
        return Console(self.url, "kim", password, lambda: AT_MS)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    site = build_site(tmp_path, "http://127.0.0.1")
    site.users.add_user("kim", PASSWORD, Role.NURSE)
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Served(site, f"http://127.0.0.1:{server.server_port}")
    site.capacity.close()  # what is held open lets go
    server.shutdown()
    server.server_close()
    thread.join()
    close_site(site)


def test_it_tells_when_a_case_came(served: Served) -> None:
    with served.console() as console:
        token = served.site.request().token
        until = time.monotonic() + PATIENCE_S
        while console.seen_ms(token) is None:
            assert time.monotonic() < until, "the case never came"
            time.sleep(0.05)
        assert console.seen_ms(token) == AT_MS
        assert console.seen_ms("another") is None


def test_without_the_password_there_is_no_console(served: Served) -> None:
    with pytest.raises(BenchError, match="Nobody could sign in to the console: it answered 401"), served.console("x"):
        raise AssertionError("signed in")


def test_without_a_server_there_is_none_either() -> None:
    nowhere = Console(f"http://127.0.0.1:{free_port()}", "kim", PASSWORD, lambda: AT_MS)
    with pytest.raises(BenchError, match="does not answer"), nowhere:
        raise AssertionError("signed in")
