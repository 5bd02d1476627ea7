"""Where the builder's data and results are."""

from pathlib import Path

BUILDER = Path(__file__).resolve().parent.parent
WORDS = BUILDER / "words"
SENTENCES = BUILDER / "sentences"
EVALUATION = BUILDER / "evaluation"
PRONUNCIATIONS = WORDS / "pronunciations.txt"
SHIPPED_MODEL = BUILDER.parent / "clinic-en-8k"


def data_lines(path: Path) -> list[str]:
    """The lines of a data file, without blank lines and `#` comments."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
