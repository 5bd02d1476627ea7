"""Settings: read strictly, documented completely, secrets never printed."""

from __future__ import annotations

import dataclasses
import re
import shutil
import typing
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from voice_agent import config
from voice_agent.call.replies import DialogReply
from voice_agent.errors import ContentError, SettingsError

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "configuration.md"
GOOD = {
    "TWILIO_ACCOUNT_SID": "AC0123",
    "TWILIO_AUTH_TOKEN": "twilio-token",
    "PUBLIC_URL": "https://phone.example.org/",
    "ENCRYPTION_KEYS": "key-one, key-two",
    "REDIS_URL": "rediss://:redis-password@redis.example.org/0",
    "DATABASE_URL": "postgresql+psycopg://clinic:book-password@db/clinic",
    "CONSOLE_SECRET_KEY": "console-secret",
}
SMALLEST = """
clinic: {name: Test Clinic}
telephony: {from_number: "+15550100100", nurse_line: "+15550100911"}
nurse_desk: {ladder: ["+15550100201"]}
"""
CHOSEN_BY_THE_CLINIC = ("clinic.", "telephony.from_number", "telephony.nurse_line", "nurse_desk.ladder")


def leaves(shape: Any, prefix: str = "") -> Iterator[str]:
    """Every setting's path: `turns.endpoint_silence_ms.open`."""
    for name, kind in typing.get_type_hints(shape).items():
        if name.startswith("_"):
            continue
        if dataclasses.is_dataclass(kind):
            yield from leaves(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def documented() -> dict[str, str]:
    """Setting → default, from the tables of docs/configuration.md."""
    rows = re.findall(r"^\| `([a-z_.0-9]+)` \| (.+?) \| ", PAGE.read_text(), re.MULTILINE)
    return {name: default.strip("`") for name, default in rows}


def value_at(settings: Any, path: str) -> Any:
    for part in path.split("."):
        settings = settings[part] if isinstance(settings, dict) else getattr(settings, part)
    return settings


def plain(value: Any) -> Any:
    """As YAML would hold it."""
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    return str(value) if isinstance(value, Path) else value


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return path


ALL_SETTINGS = sorted(leaves(config.Settings))


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert sorted(documented()) == ALL_SETTINGS


@pytest.mark.parametrize("path", ALL_SETTINGS)
def test_the_documented_default_is_the_default(path: str, tmp_path: Path) -> None:
    default = documented()[path]
    if default == "(required)":
        text = yaml.safe_load(SMALLEST)
        del text[path.split(".")[0]][path.split(".")[1]]
        with pytest.raises(ContentError, match=rf"{path}: is required"):
            config.load_settings(written(tmp_path, yaml.safe_dump(text)))
    else:
        settings = config.load_settings(written(tmp_path, SMALLEST))
        assert plain(value_at(settings, path)) == yaml.safe_load(default)


@pytest.mark.parametrize("path", ALL_SETTINGS)
def test_the_file_that_we_ship_shows_every_setting_with_its_default(path: str, tmp_path: Path) -> None:
    shipped = value_at(yaml.safe_load((PROJECT / "config.yaml").read_text()), path)
    if not path.startswith(CHOSEN_BY_THE_CLINIC) and path not in {"calendar.opening_hours", "calendar.clinicians"}:
        assert shipped == plain(value_at(config.load_settings(written(tmp_path, SMALLEST)), path))


def test_every_variable_of_the_environment_is_documented() -> None:
    page = PAGE.read_text()
    names = {*config.REQUIRED, *config.DEFAULTS, "CONSOLE_SECRET_KEY", "FHIR_TOKEN", "OTEL_EXPORTER_OTLP_ENDPOINT"}
    assert names == set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))


def test_the_environment_becomes_secrets() -> None:
    secrets = config.load_secrets(GOOD)
    assert secrets.public_url == "https://phone.example.org"
    assert secrets.encryption_keys == ("key-one", "key-two")
    assert secrets.rasa_url == "http://127.0.0.1:5005"
    assert secrets.console_secret_key == "console-secret"
    assert config.load_secrets({**GOOD, "CONSOLE_SECRET_KEY": ""}).console_secret_key is None


def test_secrets_never_print() -> None:
    printed = repr(config.Config(config.load_settings(), config.load_secrets(GOOD)))
    for secret in ("twilio-token", "key-one", "key-two", "redis-password", "book-password", "console-secret"):
        assert secret not in printed
    assert "+15550100911" not in printed
    assert "+15550100201" not in printed


def test_all_that_is_missing_is_told_at_once_and_how_to_get_it() -> None:
    with pytest.raises(SettingsError) as caught:
        config.load_secrets({"TWILIO_ACCOUNT_SID": "AC0123", "PUBLIC_URL": "  "})
    told = str(caught.value)
    assert all(name in told for name in ("TWILIO_AUTH_TOKEN", "PUBLIC_URL", "ENCRYPTION_KEYS", "urlsafe_b64encode"))
    assert "TWILIO_ACCOUNT_SID" not in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "phone.example.org"),
        ("PUBLIC_URL", "https://phone.example.org/twilio"),
        ("PUBLIC_URL", "wss://phone.example.org"),
        ("RASA_URL", "localhost:5005"),
        ("TWILIO_API_URL", "http://"),
    ],
)
def test_an_address_that_is_none_is_told(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        config.load_secrets({**GOOD, name: value})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            SMALLEST + "recognizr: {model: x}\n",
            "config.yaml:5: recognizr: unknown key 'recognizr'; did you mean 'recognizer'?",
        ),
        (
            SMALLEST + "turns:\n  no_imput_ms: 3\n",
            "config.yaml:6: turns.no_imput_ms: unknown key 'no_imput_ms'; did you mean 'no_input_ms'?",
        ),
        (
            SMALLEST + "voice: {rate_wpm: 1000}\n",
            "config.yaml:5: voice.rate_wpm: Input should be less than or equal to 450",
        ),
        (
            SMALLEST.replace("+15550100201", "555-0100"),
            "config.yaml:4: nurse_desk.ladder.0: is not a number as Twilio takes it; write +15551234567",
        ),
        (
            SMALLEST.replace('["+15550100201"]', "[]"),
            "config.yaml:4: nurse_desk.ladder: has nobody to ring: add a nurse's number",
        ),
        (
            SMALLEST.replace('"+15550100911"', "911"),
            "config.yaml:3: telephony.nurse_line: Input should be a valid string",
        ),
        (
            SMALLEST + "server: {action_networks: [localhost]}\n",
            "config.yaml:5: server.action_networks.0: is not a network; write it as 10.0.0.0/24",
        ),
        (
            SMALLEST + "calendar: {time_zone: Mars/Olympus}\n",
            "config.yaml:5: calendar: time_zone 'Mars/Olympus' is no IANA zone, such as America/New_York",
        ),
    ],
)
def test_a_slip_names_file_line_key_and_the_nearest_right_one(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ContentError) as caught:
        config.load_settings(written(tmp_path, text))
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(problem)


def test_what_no_clinician_has_signed_is_counted() -> None:
    content = config.load_dialogs()
    red_flags = content.red_flags.red_flags
    signed = dataclasses.replace(
        content,
        red_flags=dataclasses.replace(
            content.red_flags, red_flags=tuple(dataclasses.replace(flag, approved_by="Dr. Kim") for flag in red_flags)
        ),
        protocols=(),
        faq=(),
    )
    assert config.unapproved(signed) == ""
    one_left = dataclasses.replace(
        signed,
        red_flags=dataclasses.replace(signed.red_flags, red_flags=(red_flags[0], *signed.red_flags.red_flags[1:])),
    )
    assert config.unapproved(one_left) == "1 red flag"
    assert config.unapproved(content).startswith(f"{len(red_flags)} red flags")


def test_nothing_is_wrong_with_what_we_ship() -> None:
    assert config.check_all(config.DEFAULT_CONFIG, config.DEFAULT_DIALOGS, date.today()) == []


def test_every_problem_of_every_file_is_told(tmp_path: Path) -> None:
    shutil.copy(config.DEFAULT_CONFIG, tmp_path)
    dialogs = tmp_path / "dialogs"
    shutil.copytree(config.DEFAULT_DIALOGS, dialogs, ignore=shutil.ignore_patterns("models", ".rasa"))
    settings = tmp_path / "config.yaml"
    settings.write_text(settings.read_text().replace("no_input_ms", "no_imput_ms").replace("volume:", "volum:"))
    protocol = sorted((dialogs / "protocols").glob("*.yaml"))[0]
    protocol.write_text(protocol.read_text().replace("\nsource:", "\nsorce:", 1))
    prompts = dialogs / "prompts.yaml"
    prompts.write_text(prompts.read_text().replace("  greeting:", "  greting:", 1))
    conversation = dialogs / "domain" / "conversation.yml"
    conversation.write_text(conversation.read_text().replace("custom: {do: hang_up}", "custom: {doo: hang_up}"))
    problems = config.check_all(settings, dialogs, date.today())
    told = "\n".join(problem.removeprefix(f"{tmp_path}/") for problem in problems)
    assert "unknown key 'no_imput_ms'; did you mean 'no_input_ms'?" in told
    assert "unknown key 'volum'; did you mean 'volume'?" in told
    assert f"dialogs/protocols/{protocol.name}" in told
    assert "did you mean 'source'?" in told
    assert "unknown key 'greting'; did you mean 'greeting'?" in told
    assert "responses.utter_goodbye.0.custom.doo: unknown key 'doo'; did you mean 'do'?" in told
    assert len(problems) == 5


def test_what_a_response_may_carry_is_what_a_reply_may_hold() -> None:
    """`sentences` are the texts themselves."""
    reply = {field.name for field in dataclasses.fields(DialogReply)} - {"sentences"}
    assert {field.name for field in dataclasses.fields(config.RasaCustom)} == reply


def test_what_makes_no_sense_is_told_with_its_line(tmp_path: Path) -> None:
    dialogs = tmp_path / "dialogs"
    shutil.copytree(config.DEFAULT_DIALOGS, dialogs, ignore=shutil.ignore_patterns("models", ".rasa"))
    flags = dialogs / "red_flags.yaml"
    lines = flags.read_text().splitlines()
    number = next(number for number, line in enumerate(lines) if line.lstrip().startswith("safety_sentence: "))
    lines[number] = lines[number].split(":")[0] + ": no_such_script"
    flags.write_text("\n".join(lines))
    answer = dialogs / "faq" / "hours.yaml"
    answer.write_text(answer.read_text().replace("{hours}", "{ours}"))
    protocol = dialogs / "protocols" / "ear.yaml"
    protocol.write_text(protocol.read_text().replace("when: {hearing: yes}", "when: {heering: yes}"))
    at = next(at for at, line in enumerate(protocol.read_text().splitlines(), start=1) if "heering" in line)
    problems = config.check_all(config.DEFAULT_CONFIG, dialogs, date.today())
    assert len(problems) == 3
    assert f"red_flags.yaml:{number + 1}: red_flags.0.safety_sentence: " in problems[0]
    assert f"protocols/ear.yaml:{at}: rules.1.when: rule 'hearing_or_injury' asks for 'heering'" in problems[1]
    assert "{ours} is no fact of the clinic" in problems[2]


def test_a_missing_file_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    problems = config.check_all(tmp_path / "config.yaml", tmp_path / "dialogs", date.today())
    assert f"{tmp_path}/config.yaml: cannot be read (No such file or directory)" in problems
    assert any("red_flags.yaml: cannot be read" in problem for problem in problems)
