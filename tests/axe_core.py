"""axe-core, which looks for barriers in a page as it stands in the browser.

It comes inside the package `axe-playwright-python` (MPL 2.0, with its licence); only the script is used here.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import files
from pathlib import Path

from selenium import webdriver

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(browser: webdriver.Chrome) -> list[str]:
    """What axe finds wrong with the page: the rule, and where."""
    browser.execute_script(_script())
    found = browser.execute_async_script(
        "const done = arguments[1]; axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']})"
        ".then(result => done(result.violations), error => done([{id: String(error), nodes: []}]))",
        RULES,
    )
    return [f"{one['id']}: {[node['html'][:90] for node in one['nodes']][:3]}" for one in found]


@cache
def _script() -> str:
    carried = files("axe-playwright-python")
    assert carried, "axe-playwright-python is not installed: `make test` installs it"
    [script] = [file for file in carried if file.name == "axe.min.js"]
    return Path(str(script.locate())).read_text(encoding="utf-8")
