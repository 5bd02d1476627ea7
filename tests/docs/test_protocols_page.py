"""docs/protocols.md: its example is sound, and its table lists what there is."""

from __future__ import annotations

import re
from pathlib import Path

from voice_agent import strict_yaml
from voice_agent.triage.care_levels import CareLevel
from voice_agent.triage.protocols import Protocol, problems, protocol_for

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "protocols.md").read_text()
PROTOCOLS = [strict_yaml.read(path, Protocol) for path in sorted((PROJECT / "dialogs" / "protocols").glob("*.yaml"))]


def test_the_example_could_be_added_as_it_stands() -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found
    nosebleed = strict_yaml.parse(found[1], Protocol, name="nosebleed.yaml")
    assert problems([*PROTOCOLS, nosebleed]) == []
    assert protocol_for("i have a nosebleed", [*PROTOCOLS, nosebleed]) == nosebleed


def test_the_table_lists_every_protocol_with_its_lowest_level() -> None:
    section = PAGE.partition("## What there is")[2].partition("## ")[0]
    told = {
        name: level for row in section.splitlines() for name, level in re.findall(r"`(\w+)`[^|]*\| ([^|]+?) \|", row)
    }
    assert set(told) == {protocol.id for protocol in PROTOCOLS}
    for protocol in PROTOCOLS:
        lowest = max((rule.care_level for rule in protocol.rules), key=lambda level: level.rank)
        word = {CareLevel.SELF_CARE: "self-care", CareLevel.CLINIC_SOON: "clinic"}.get(lowest, "nurse within the hour")
        assert told[protocol.id].startswith(word), protocol.id
