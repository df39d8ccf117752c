"""Runs a program that may hang, crash or talk without end, and comes back in time."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_READ_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """What a program wrote, and how it ended: an exit code, or the negative of a signal."""

    output: bytes
    returncode: int


class OutOfTime(Exception):
    """The program was stopped because its time was up."""


class OutOfBounds(Exception):
    """The program was stopped because it wrote more than it may."""


def run_bounded(
    command: Sequence[str],
    *,
    source: IO[bytes],
    folder: Path,
    environment: Mapping[str, str],
    wall_seconds: float,
    most_bytes: int,
) -> Ended:
    """Run ``command`` in ``folder`` with ``source`` as its input, and return what it wrote.

    It gets no other open file and no other environment. Raises OutOfTime and OutOfBounds; the
    program and all that it started have ended by then.
    """
    deadline = time.monotonic() + wall_seconds
    with _started(command, source, folder, environment) as process:
        assert process.stdout is not None
        output = _read(process.stdout.fileno(), deadline, most_bytes)
        try:
            returncode = process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise OutOfTime from error
    return Ended(output=output, returncode=returncode)


@contextmanager
def _started(
    command: Sequence[str], source: IO[bytes], folder: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(  # noqa: S603 - the command is our own, and goes through no shell
        command,
        stdin=source,
        stdout=subprocess.PIPE,
        cwd=folder,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _read(descriptor: int, deadline: float, most_bytes: int) -> bytes:
    output = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise OutOfTime
            if not selector.select(remaining):
                continue
            part = os.read(descriptor, _READ_BYTES)
            if not part:
                return bytes(output)
            output += part
            if len(output) > most_bytes:
                raise OutOfBounds
