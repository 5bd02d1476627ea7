"""The model directory that vosk.Model loads, put together aside and swapped in whole."""

import shutil
from collections.abc import Callable
from pathlib import Path

from vosk_builder import conf, corpus, graph, language_model

PARTS = ("am", "conf", "graph")


def write_graph(model: Path) -> None:
    """A new graph and configuration for a model; its acoustic network stays."""
    network = (model / "am" / "final.mdl").read_bytes()
    write(model, lambda path: path.write_bytes(network))


def write(model: Path, write_network: Callable[[Path], object]) -> None:
    """A whole model, made beside the old one and swapped in; what else lies in the old one (README.md) is kept."""
    words = corpus.words()
    aside, old = model.with_name(model.name + ".new"), model.with_name(model.name + ".old")
    for leftover in (aside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    if model.exists():
        shutil.copytree(model, aside, ignore=shutil.ignore_patterns(*PARTS))
    for part in PARTS:
        (aside / part).mkdir(parents=True)
    write_network(aside / "am" / "final.mdl")
    (aside / "conf" / "mfcc.conf").write_text(conf.MFCC_CONF)
    (aside / "conf" / "model.conf").write_text(conf.MODEL_CONF)
    graph.write(aside / "graph", words, language_model.estimate(corpus.language_text(), list(words)))
    if model.exists():
        model.rename(old)
    aside.rename(model)
    shutil.rmtree(old, ignore_errors=True)
