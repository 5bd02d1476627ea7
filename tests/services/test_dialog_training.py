"""Training only when the dialogs changed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from voice_agent.errors import DialogError
from voice_agent.services import dialog_training as training

TRAINS = """\
import pathlib, sys
arguments = sys.argv[1:]
assert arguments[:2] == ["train", "--quiet"], arguments
pathlib.Path("trained").open("a").write("x")
out = pathlib.Path(arguments[arguments.index("--out") + 1])
(out / "dialogs.tar.gz").write_text(pathlib.Path("data/nlu.yml").read_text())
"""
EDITS_MEANWHILE = TRAINS + 'pathlib.Path("data/nlu.yml").write_text("edited meanwhile")\n'
FAILS = """\
import sys
print("Traceback (most recent call last):")
print("rasa.shared.exceptions.InvalidRule: 'booking' contradicts 'goodbye'.")
sys.exit(1)
"""
SAYS_NOTHING = "pass\n"


@pytest.fixture
def dialogs(tmp_path: Path) -> Path:
    folder = tmp_path / "dialogs"
    for name in ("config.yml", "domain/domain.yml", "data/nlu.yml", "prompts.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def rasa_that(does: str, folder: Path) -> Path:
    """An environment whose `rasa` is this program; the path of its Python."""
    program = folder / "bin" / "rasa"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!{sys.executable}\n{does}")
    program.chmod(0o755)
    return program.parent / "python"


def times_trained(dialogs: Path) -> int:
    marks = dialogs / "trained"
    return len(marks.read_text()) if marks.exists() else 0


def test_it_trains_once_and_then_finds_it_done(dialogs: Path, tmp_path: Path) -> None:
    rasa = rasa_that(TRAINS, tmp_path)
    assert training.is_stale(dialogs)
    for _ in range(3):
        model = training.train_if_stale(dialogs, rasa)
        assert model == dialogs / "models" / "dialogs.tar.gz"
        assert model.read_text() == "data/nlu.yml"
    assert times_trained(dialogs) == 1
    assert not training.is_stale(dialogs)
    assert sorted(path.name for path in model.parent.iterdir()) == ["dialogs.sha256", "dialogs.tar.gz"]


@pytest.mark.parametrize("name", ["config.yml", "domain/domain.yml", "data/nlu.yml", "data/more/new.yml"])
def test_a_change_of_what_rasa_reads_makes_it_stale(name: str, dialogs: Path, tmp_path: Path) -> None:
    training.train_if_stale(dialogs, rasa_that(TRAINS, tmp_path))
    (dialogs / name).parent.mkdir(exist_ok=True)
    (dialogs / name).write_text("changed")
    assert training.is_stale(dialogs)
    training.train_if_stale(dialogs, rasa_that(TRAINS, tmp_path))
    assert times_trained(dialogs) == 2


def test_a_change_of_our_own_wording_does_not(dialogs: Path, tmp_path: Path) -> None:
    training.train_if_stale(dialogs, rasa_that(TRAINS, tmp_path))
    (dialogs / "prompts.yaml").write_text("changed")
    assert not training.is_stale(dialogs)


def test_the_digest_knows_names_as_well_as_contents(dialogs: Path) -> None:
    before = training.digest(dialogs)
    (dialogs / "data" / "nlu.yml").rename(dialogs / "data" / "words.yml")
    assert training.digest(dialogs) != before
    (dialogs / "data" / "words.yml").rename(dialogs / "data" / "nlu.yml")
    assert training.digest(dialogs) == before


def test_who_edits_while_it_trains_trains_again(dialogs: Path, tmp_path: Path) -> None:
    training.train(dialogs, rasa_that(EDITS_MEANWHILE, tmp_path))
    assert training.is_stale(dialogs)


def test_a_lost_model_is_made_again(dialogs: Path, tmp_path: Path) -> None:
    training.train_if_stale(dialogs, rasa_that(TRAINS, tmp_path)).unlink()
    assert training.is_stale(dialogs)


@pytest.mark.parametrize(
    ("does", "problem"), [(FAILS, "InvalidRule: 'booking' contradicts 'goodbye'"), (SAYS_NOTHING, "it said nothing")]
)
def test_a_failure_tells_rasas_own_words_and_keeps_the_older_model(
    does: str, problem: str, dialogs: Path, tmp_path: Path
) -> None:
    older = training.train(dialogs, rasa_that(TRAINS, tmp_path))
    (dialogs / "data" / "nlu.yml").write_text("a slip")
    with pytest.raises(DialogError, match=problem) as raised:
        training.train(dialogs, rasa_that(does, tmp_path))
    assert "Traceback" not in str(raised.value)
    assert older.read_text() == "data/nlu.yml"
    assert training.is_stale(dialogs)


def test_without_rasa_it_says_how_to_get_it(dialogs: Path, tmp_path: Path) -> None:
    with pytest.raises(DialogError, match=r"Rasa is not installed.*`make run` installs it"):
        training.train(dialogs, tmp_path / "bin" / "python")


def test_the_time_that_passes_is_told(dialogs: Path, tmp_path: Path) -> None:
    seconds: list[float] = []
    training.train(dialogs, rasa_that(f"import time; time.sleep(1.3)\n{TRAINS}", tmp_path), seconds.append)
    assert seconds
    assert seconds[0] >= 1
