"""The options of `voice-agent evaluate`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from voice_agent.command_options import config_option, dialogs_option

_file = click.Path(path_type=Path)
_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def evaluate() -> None:
    """Measure the line against sets of sentences and callers."""


@evaluate.command("safety")
@click.option("--sets", "folder", type=_folder, help="[tests/safety/sets]")
@click.option("--part", type=click.Choice(["development", "locked"]), help="one part only")
@click.option("--spoken", is_flag=True, help="the same sentences spoken, over a noisy telephone line")
@click.option("--calls", is_flag=True, help="whole calls by text: vignettes, hidden and missed emergencies; needs Rasa")
@click.option("--rules-only", is_flag=True, help="without the second opinion by meaning")
@click.option("--limit", type=click.IntRange(1), help="so many spoken sentences at most in each part, drawn evenly")
@click.option("--json", "json_path", type=_file, help="write the figures there")
@click.option("--html", "html_path", type=_file, help="write a page with plots there")
@click.option("--docs", type=_folder, help="write the figures into safety.md and hazards.md of this folder")
@click.option("--from", "earlier", type=click.Path(exists=True, path_type=Path), help="an earlier --json: run nothing")
@click.option("--gate", is_flag=True, help="exit status 1 when a recorded floor is broken or a new miss appears")
@click.option("--tighten", is_flag=True, help="record what has become better: floors, ceilings, known misses")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True, help="so many at once")
@config_option
@dialogs_option
def safety(
    folder: Path | None,
    part: str | None,
    spoken: bool,
    calls: bool,
    rules_only: bool,
    limit: int | None,
    json_path: Path | None,
    html_path: Path | None,
    docs: Path | None,
    earlier: Path | None,
    gate: bool,
    tighten: bool,
    processes: int,
    config_path: Path,
    dialogs: Path,
) -> None:
    """How many emergencies are flagged or asked about, and how many harmless words. docs/safety.md tells the method."""
    from voice_agent.demo.progress import Progress
    from voice_agent.evaluation import command
    from voice_agent.evaluation.cases import Part

    options = command.Options(
        sets=folder or command.SETS,
        parts=(Part(part),) if part else tuple(Part),
        spoken=spoken,
        calls=calls,
        rules_only=rules_only,
        limit=limit,
        gate=gate,
        tighten=tighten,
        json=json_path,
        html=html_path,
        docs=docs,
        earlier=earlier,
        processes=processes,
        config_path=config_path,
        dialogs=dialogs,
        environ={**os.environ},
    )
    if not command.safety(options, Progress(sys.stdout)):
        sys.exit(1)
