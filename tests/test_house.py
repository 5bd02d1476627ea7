"""The house is kept: what people expect of every file of this project."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
TOP_LEVEL = frozenset(
    {
        *(".ci", ".dockerignore", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "Dockerfile", "LICENSE", "Makefile"),
        *("README.md", "SECURITY.md", "config.yaml", "deploy", "dialogs", "docs", "models", "pyproject.toml"),
        *("requirements-dev.lock", "requirements.lock", "tests", "voice_agent"),
    }
)
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def project_files() -> list[Path]:
    """Every file that is committed, or would be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        check=False,
        text=True,
    )
    if listed.returncode:  # a copy without git: all but what is made here
        made = re.compile(r"(^|/)(\.|__pycache__|.*\.egg-info)|^dialogs/models|^models/(cache|work)")
        names = [str(path.relative_to(PROJECT)) for path in PROJECT.rglob("*") if path.is_file()]
        return [PROJECT / name for name in names if not made.search(name)]
    return [path for name in listed.stdout.split("\0") if name and (path := PROJECT / name).is_file()]


FILES = project_files()
MODULES = [path for path in FILES if path.suffix == ".py" and path.is_relative_to(PROJECT / "voice_agent")]


def shown(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_there_is_something_to_look_at() -> None:
    assert len(MODULES) > 50
    assert PROJECT / "README.md" in FILES


def test_the_top_folder_stays_tidy() -> None:
    assert {shown(path).split("/")[0] for path in FILES} <= TOP_LEVEL


def test_no_file_names_a_registry() -> None:
    """Where packages come from is the business of the machine that installs them."""
    hosts = [
        *(
            "pypi.org",
            "pythonhosted.org",
            "npmjs.org",
            "npmjs.com",
            "deb.debian.org",
            "docker.io",
            "ghcr.io",
            "quay.io",
        ),
        *("proxy.golang.org", "anaconda.org", "crates.io"),
    ]
    assert [
        f"{shown(path)}: {host}" for path in FILES for host in hosts if path != Path(__file__) and host in text_of(path)
    ] == []


def test_nothing_is_left_for_later() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|HACK)\b|pragma: no cover")
    assert [f"{shown(path)}: {found[0]}" for path in MODULES if (found := words.search(text_of(path)))] == []


def test_files_and_functions_stay_small() -> None:
    too_long = []
    for path in MODULES:
        text = text_of(path)
        if text.count("\n") > LONGEST_FILE:
            too_long.append(f"{shown(path)}: {text.count(chr(10))} lines")
        too_long += [
            f"{shown(path)}:{node.lineno} {node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (node.end_lineno or 0) - node.lineno > LONGEST_FUNCTION
        ]
    assert too_long == []


def test_every_module_says_what_it_is() -> None:
    silent = [shown(path) for path in MODULES if not (ast.get_docstring(ast.parse(text_of(path))) or "").strip()]
    assert silent == []


def test_only_the_outermost_modules_read_the_environment() -> None:
    allowed = {"voice_agent/config.py", "voice_agent/__main__.py", "voice_agent/demo/__main__.py"}
    # Handing the whole environment on to a child (`**os.environ`) reads no setting.
    reading = re.compile(r"(?<!\*\*)\bos\.(environ|getenv)\b")
    readers = {shown(path) for path in MODULES if reading.search(text_of(path))}
    assert readers <= allowed


def test_tests_use_real_stand_ins() -> None:
    patching = re.compile(r"unittest\.mock|\bmock\.patch|\bmocker\b|MagicMock")
    tests = [path for path in FILES if path.is_relative_to(PROJECT / "tests") and path.suffix == ".py"]
    assert [shown(path) for path in tests if path != Path(__file__) and patching.search(text_of(path))] == []


def test_imports_go_one_way() -> None:
    """import-linter, with the contracts of pyproject.toml."""
    linted = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=PROJECT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_dependencies_say_why_they_are_there_and_are_locked() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.split(r"[\[<>=~! ]", one)[0].lower() for one in wanted}
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (PROJECT / lock).read_text()
        pins = set(re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE))
        assert pins
        assert all(f"{pin}==" in text and "--hash=sha256:" in text for pin in pins)
    assert names <= pins


def test_both_locks_agree() -> None:
    pins = [
        dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (PROJECT / lock).read_text(), re.MULTILINE))
        for lock in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0].items() <= pins[1].items()


@pytest.mark.parametrize("page", [path for path in FILES if path.suffix == ".md"], ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text_of(page))
    missing = [
        link
        for link in links
        if not re.match(r"[a-z]+:", link)
        and not link.startswith("#")
        and not (page.parent / link.split("#")[0]).exists()
    ]
    assert missing == []
