"""Who is signed in, and what they find."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from invented_cases import PASSWORD, fill, sign_in
from site_on_fakes import Site

from voice_agent.records.users import Role


@pytest.fixture
def busy(site: Site) -> dict[str, str]:
    """A queue with something in each part; name of the case → token."""
    return fill(site)


@pytest.fixture
def nurse(site: Site) -> FlaskClient:
    """A nurse's browser, signed in."""
    site.users.add_user("kim", PASSWORD, Role.NURSE)
    assert sign_in(site.client).status_code == 303
    return site.client


@pytest.fixture
def operations(site: Site) -> FlaskClient:
    """The browser of somebody from operations, signed in."""
    site.users.add_user("lee", PASSWORD, Role.OPERATIONS)
    assert sign_in(site.client, "lee").status_code == 303
    return site.client
