"""One run to a data folder: the second one learns where the first one is."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO


class AlreadyRunning(Exception):
    """Another run has the folder; the message says where it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """The locked file in which a run says where it is."""

    file: TextIO

    def announce(self, address: str) -> None:
        """Write down where the dashboard is."""
        self.file.seek(0)
        self.file.truncate()
        self.file.write(f"{address} (process {os.getpid()})")
        self.file.flush()


@contextmanager
def only_one(folder: Path) -> Iterator[Place]:
    """Hold the data folder, which is made if it is missing; raises AlreadyRunning.

    The kernel lets go when we end, however we end.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "running").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            where = file.read() or "it is just starting"
            raise AlreadyRunning(f"AskOrac already runs from this folder: {where}") from None
        yield Place(file)
