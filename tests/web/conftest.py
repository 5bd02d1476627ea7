"""The server that tests of the web layer call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from site_on_fakes import Site, build_site, close_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = build_site(tmp_path)
    yield site
    close_site(site)
