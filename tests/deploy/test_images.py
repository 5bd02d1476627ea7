"""The images and the compose file hold together; there is no engine here to build them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from voice_agent import config

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "deploy" / "compose.yaml").read_text())
DOCKERFILES = ["Dockerfile", "deploy/rasa.Dockerfile"]
INSTRUCTIONS = {
    *("FROM", "RUN", "COPY", "ENV", "WORKDIR", "USER", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "CMD"),
}


def instructions(name: str) -> list[tuple[str, str]]:
    """(instruction, arguments) with continued lines joined and comments dropped."""
    lines = [line for line in (PROJECT / name).read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines() if line.strip()]


@pytest.mark.parametrize("name", DOCKERFILES)
def test_every_instruction_is_one(name: str) -> None:
    assert {instruction for instruction, _ in instructions(name)} <= INSTRUCTIONS


@pytest.mark.parametrize("name", DOCKERFILES)
def test_the_last_stage_is_not_root_and_has_a_health_check(name: str) -> None:
    all_of_them = instructions(name)
    last_stage = all_of_them[max(i for i, (word, _) in enumerate(all_of_them) if word == "FROM") :]
    words = [word for word, _ in last_stage]
    user = next(rest for word, rest in last_stage if word == "USER")
    assert user not in {"root", "0"}
    assert "HEALTHCHECK" in words
    # Nothing is done as root after the user was changed, and nothing secret is baked in.
    assert "RUN" not in words[words.index("USER") :]
    assert not any(re.search(r"TOKEN|SECRET|KEYS", rest) for word, rest in all_of_them if word == "ENV")


@pytest.mark.parametrize("name", DOCKERFILES)
def test_what_is_copied_is_there_and_goes_to_the_builder(name: str) -> None:
    let_in = [line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for word, rest in instructions(name):
        if word != "COPY" or "--from=" in rest:
            continue
        *sources, _ = shlex.split(rest)
        for source in sources:
            assert any(source == entry or source.startswith(f"{entry}/") for entry in let_in), source
            assert (PROJECT / source).exists() or source == "models/clinic-en-8k", source


@pytest.mark.parametrize("name", DOCKERFILES)
def test_packages_are_installed_from_locks_with_hashes(name: str) -> None:
    for word, rest in instructions(name):
        for command in re.findall(r"(?:uv )?pip (?:install|sync)[^&]*", rest if word == "RUN" else ""):
            assert "--require-hashes" in command or "--no-deps --editable" in command, command


def test_only_the_agent_is_reached_from_outside() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"agent", "rasa", "redis"}
    assert [name for name, service in services.items() if "ports" in service] == ["agent"]
    assert services["agent"]["ports"] == ["127.0.0.1:8080:8080"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert all(service["networks"] == ["inside"] for name, service in services.items() if name != "agent")


def test_compose_names_only_what_it_defines() -> None:
    for service in COMPOSE["services"].values():
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (PROJECT / "deploy" / source).exists()
        if build := service.get("build"):
            assert (PROJECT / "deploy" / build["context"]).resolve() == PROJECT
            assert (PROJECT / build.get("dockerfile", "Dockerfile")).exists()


def test_rasa_knows_where_our_actions_are() -> None:
    given = COMPOSE["services"]["rasa"]["environment"]
    endpoints = (PROJECT / "dialogs" / "endpoints.yml").read_text()
    assert [name for name in given if f"${{{name}}}" in endpoints] == ["ACTION_ENDPOINT_URL"]
    assert given["ACTION_ENDPOINT_URL"].endswith("/rasa/actions")


def test_the_network_that_rasa_calls_from_is_the_one_that_we_name() -> None:
    subnet = COMPOSE["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    for page in ("config.yaml", "docs/configuration.md", "docs/deploy.md"):
        assert f'["{subnet}"]' in (PROJECT / page).read_text()


def test_the_example_of_secrets_is_complete_and_holds_none() -> None:
    lines = (PROJECT / "deploy" / "voice-agent.env.example").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert set(config.REQUIRED) <= set(values)
    assert {name for name, value in values.items() if value} == {"PUBLIC_URL"}
    given = COMPOSE["services"]["agent"]["environment"]
    assert set(given) <= set(config.DEFAULTS)
    config.load_secrets({**values, **given, **dict.fromkeys(config.REQUIRED, "https://phone.example.org")})
