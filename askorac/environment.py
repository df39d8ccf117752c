"""Where settings come from: a variable, the file that NAME_FILE names, or the engines' own."""

import os
from functools import cache
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("ASKORAC_DATA_DIR") or BASE_DIR / ".data")


def read(name: str, default: str = "") -> str:
    """The value of a setting: `NAME`, else the contents of the file at `NAME_FILE`, else what
    the embedded engines wrote to `.data/environment`, else `default`.

    Raises OSError when NAME_FILE names a file that can't be read: a secret that was meant to be
    there must not turn into an empty one.
    """
    if name in os.environ:
        return os.environ[name]
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return _embedded().get(name, default)


@cache
def _embedded() -> dict[str, str]:
    path = DATA_DIR / "environment"
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)
