"""The scripts that install are sound, and a missing part is told in one clear line."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SCRIPTS = ["deploy/install.sh", "deploy/lock.sh", "deploy/steps.sh", ".ci/run"]


def bash(program: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `program` where `steps.sh` has been sourced, in a folder of its own."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"source {PROJECT}/deploy/steps.sh; {program}"],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_scripts_are_bash(script: str) -> None:
    assert subprocess.run(["bash", "-n", PROJECT / script], check=False).returncode == 0


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name != "deploy/steps.sh"])
def test_the_scripts_can_be_run(script: str) -> None:
    assert os.access(PROJECT / script, os.X_OK)


@pytest.mark.parametrize(("once", "flag"), [("1", True), ("", False), ("0", False)])
def test_once_is_passed_on(once: str, flag: bool) -> None:
    shown = subprocess.run(
        ["make", "-n", "run", f"ONCE={once}"], cwd=PROJECT, capture_output=True, check=True, text=True
    ).stdout
    assert ("--once" in shown) is flag


def test_a_quick_step_is_silent_and_its_output_is_in_the_log(tmp_path: Path) -> None:
    done = bash("step 'Greeting' echo hello", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "## Greeting\nhello\n" in (tmp_path / ".run" / "install.log").read_text()


def test_a_longer_step_says_so_and_how_long_it_took(tmp_path: Path) -> None:
    done = bash("step 'Sleeping' sleep 3", tmp_path)
    assert done.stdout.splitlines()[0] == "  Sleeping … 2 s"
    assert done.stdout.splitlines()[-1].startswith("  Sleeping: done in ")


def test_a_step_that_fails_shows_the_end_of_the_log(tmp_path: Path) -> None:
    done = bash("step 'Installing' sh -c 'echo no such package; exit 7'", tmp_path)
    assert done.returncode == 7
    assert done.stderr.startswith("Installing failed after ")
    assert "no such package" in done.stderr


def test_a_failure_that_is_forgiven_is_silent(tmp_path: Path) -> None:
    done = bash("forgiven=yes step 'Trying' false || echo 'going on'", tmp_path)
    assert (done.stdout, done.stderr) == ("going on\n", "")


def test_without_apt_the_missing_packages_are_told_in_one_line(tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    done = bash(f"PATH={bare}; apt_install redis-server sox", tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "Missing: redis-server sox. There is no apt-get here; please install them your way, then start again.\n"
    )


def test_without_root_the_command_is_told_in_one_line(tmp_path: Path) -> None:
    done = bash("id() { echo 1000; }; sudo() { return 1; }; apt_install sox </dev/null", tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("apt-get install -y --no-install-recommends sox\n")


def test_a_python_is_found_where_pyenv_keeps_it(tmp_path: Path) -> None:
    kept = tmp_path / "versions" / "3.10.99" / "bin"
    kept.mkdir(parents=True)
    for name, answer in (("python", "3.10"),):
        (kept / name).write_text(f"#!/bin/sh\necho {answer}\n")
        (kept / name).chmod(0o755)
    found = bash("find_python 3.10", tmp_path, PATH="/usr/bin:/bin", PYENV_ROOT=str(tmp_path))
    assert found.stdout == f"{kept}/python\n"
    assert bash("find_python 3.10", tmp_path, PATH="/usr/bin:/bin", PYENV_ROOT="/nowhere").returncode == 1


def test_a_python_on_the_path_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    shim = tmp_path / "bin" / "python3.10"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    found = bash("find_python 3.10", tmp_path, PATH=f"{shim.parent}:/usr/bin:/bin", PYENV_ROOT="/nowhere")
    assert (found.returncode, found.stdout) == (1, "")
