"""How long `make run` takes to be ready, in a folder in which it has run before."""

import statistics
import time
from pathlib import Path
from typing import Final

from bench.figures import START, Detail, Figure, Measured
from bench.product import READY, spawn

ROUNDS: Final = 3


def measure(folder: Path, rounds: int = ROUNDS) -> Measured:
    """The median of some starts after the first, from the command to the line that says ready."""
    data = folder / "starts"
    data.mkdir(mode=0o700)
    first = _start(data)
    again = [_start(data) for _ in range(rounds)]
    return Measured(
        (Figure(START, statistics.median(again)),),
        (
            Detail("first start to ready", first, "s"),
            Detail("slowest later start", max(again), "s"),
        ),
    )


def _start(data: Path) -> float:
    began = time.monotonic()
    spawned = spawn(
        ("make", "run"), data / "make.log", ASKORAC_DATA_DIR=str(data), PYTHONUNBUFFERED="1"
    )
    try:
        spawned.wait_until(READY)
        return time.monotonic() - began
    finally:
        spawned.stop()
