"""docs/operations.md names every metric, and no other; its alerts ask for what there is."""

from __future__ import annotations

import re

import yaml

from voice_agent import config
from voice_agent.web.capacity import Capacity
from voice_agent.web.metrics import Metrics

PAGE = (config.PROJECT / "docs" / "operations.md").read_text()
SECTION = PAGE.partition("## What is measured")[2].partition("\n## ")[0]


def metrics() -> set[str]:
    """Name and label of each, as the page writes them: `turns_total{kind}`."""
    names = set()
    for family in Metrics(Capacity(1)).registry.collect():
        name = family.name.removeprefix("voice_agent_")
        names.add(f"{name}_total" if family.type == "counter" else name)
    return names


def test_every_metric_is_explained_and_nothing_else() -> None:
    cells = re.findall(r"^\| (`.+?`) \|", SECTION, re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`([a-z0-9_]+)(?:\{[a-z]+\})?`", cell)}
    assert named == metrics()


def test_the_alerts_ask_for_metrics_that_there_are() -> None:
    (block,) = re.findall(r"```yaml\n(.+?)```", SECTION, re.DOTALL)
    rules = yaml.safe_load(block)["groups"][0]["rules"]
    assert len(rules) == 4
    for rule in rules:
        asked = {name.removesuffix("_bucket") for name in re.findall(r"voice_agent_([a-z0-9_]+)", rule["expr"])}
        assert asked
        assert asked <= metrics()
        assert rule["annotations"]["summary"]
