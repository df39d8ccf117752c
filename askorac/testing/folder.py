"""The data folder of one test process, claimed before anything reads where the data lies."""

import fcntl
import itertools
import os
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent.parent
_locks: list[IO[str]] = []


def claim() -> Path:
    """`.data/test`, or the next one where another process is running in it, until we end.

    It becomes ASKORAC_DATA_DIR, so call this before `askorac.environment` is imported.
    """
    for number in itertools.count(1):
        folder = ROOT / ".data" / (f"test-{number}" if number > 1 else "test")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _locks.append(lock)
        os.environ["ASKORAC_DATA_DIR"] = str(folder)
        return folder
    raise AssertionError("unreachable")


def release() -> None:
    """Leave the folder to the next process."""
    while _locks:
        _locks.pop().close()
