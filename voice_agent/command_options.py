"""Options that many commands take."""

from __future__ import annotations

from pathlib import Path

import click

from voice_agent import config

config_option = click.option(
    "--config", "config_path", type=click.Path(path_type=Path), default=config.DEFAULT_CONFIG, help="config.yaml"
)
dialogs_option = click.option(
    "--dialogs", type=click.Path(path_type=Path), default=config.DEFAULT_DIALOGS, help="the dialogs/ folder"
)
