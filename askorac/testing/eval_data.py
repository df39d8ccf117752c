"""Where the questions and documents for evaluation lie: beside the checkout, not in it."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "eval"


def require(name: str = "") -> Path:
    """The folder or file `name` of the evaluation data; fails plainly where it is absent."""
    path = FOLDER / name
    if not path.exists():
        raise AssertionError(f"The evaluation data is absent: put it at {path}.")
    return path
