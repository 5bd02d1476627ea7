"""The builder's commands. See ../README.md.

Imports stand where they are used: torch takes seconds, `graph` needs neither it nor a synthesiser, and vosk and
pynini must not meet in one process: each brings its own OpenFST, and the two corrupt each other's memory.
"""

import argparse
import filecmp
import shutil
import sys
import tempfile
from pathlib import Path

from vosk_builder import corpus, lexicon
from vosk_builder.paths import BUILDER, SHIPPED_MODEL

WORK = BUILDER.parent / "work"


def main() -> int:
    """Runs one command; its exit status."""
    parser = argparse.ArgumentParser(prog="vosk_builder", description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK, help="where recordings and the network are kept")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="the model directory")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("graph", help="rebuild words and language model; seconds; the acoustic network stays")
    commands.add_parser("check", help="does `graph` give the bytes of the model's graph again?")
    commands.add_parser("words", help="how many words there are; names those that cannot be pronounced")
    commands.add_parser("record", help="synthetic callers say the training and test sentences")
    commands.add_parser("train", help="train the acoustic network on the recordings")
    commands.add_parser("export", help="write a whole new model from the trained network")
    commands.add_parser("evaluate", help="measure the model, and write its model-card.yaml")
    arguments = parser.parse_args()
    try:
        return _run(arguments.command, arguments.model, arguments.work)
    except lexicon.UnpronounceableError as error:
        print(error, file=sys.stderr)
        return 1


def _run(command: str, model: Path, work: Path) -> int:
    match command:
        case "graph":
            _graph(model)
        case "check":
            return _check(model)
        case "words":
            print(f"{len(corpus.words())} words, all with a pronunciation")
        case "record":
            _record(work)
        case "train":
            _train(work)
        case "export":
            _export(model, work)
        case "evaluate":
            _evaluate(model, work)
        case _:
            raise AssertionError(f"argparse let {command} through")
    return 0


def _record(work: Path) -> None:
    from vosk_builder import recordings

    (work / "recordings").mkdir(parents=True, exist_ok=True)
    recordings.training(work / "recordings", corpus.language_text())
    recordings.tests(work / "recordings", corpus.language_text())


def _train(work: Path) -> None:
    from vosk_builder import recordings, training

    spoken = recordings.load(recordings.training(work / "recordings", corpus.language_text()))
    training.train(spoken, corpus.words()).save(work / "acoustics.pickle")


def _graph(model: Path) -> None:
    from vosk_builder import model_dir

    model_dir.write_graph(model)


def _export(model: Path, work: Path) -> None:
    from vosk_builder import kaldi, model_dir
    from vosk_builder.training import Acoustics

    acoustics = Acoustics.load(work / "acoustics.pickle")
    model_dir.write(model, lambda path: kaldi.write(path, acoustics))


def _evaluate(model: Path, work: Path) -> None:
    from vosk_builder import evaluation

    evaluation.evaluate(model, work)


def _check(model: Path) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        again = Path(scratch) / model.name
        shutil.copytree(model, again)
        _graph(again)
        files = sorted(path.relative_to(model) for path in model.rglob("*") if path.is_file())
        differ = [file for file in files if not filecmp.cmp(model / file, again / file, shallow=False)]
    print(f"{len(files)} files; different: {', '.join(map(str, differ)) or 'none'}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
