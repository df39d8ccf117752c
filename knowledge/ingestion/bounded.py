"""Runs a program that may hang, crash or talk without end, and comes back in time."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_READ_BYTES = 256 * 1024
_WRITTEN_BYTES = 64 * 1024  # what a pipe holds


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
    parts: Iterable[bytes],
    folder: Path,
    environment: Mapping[str, str],
    wall_seconds: float,
    most_bytes: int,
) -> Ended:
    """Run ``command`` in ``folder`` with ``parts`` as its input, and return what it wrote.

    The parts reach it through a pipe, one at a time, so that none lies on a disk. It gets no other
    open file and no other environment. Raises OutOfTime and OutOfBounds, and what ``parts``
    raises; the program and all that it started have ended by then.
    """
    deadline = time.monotonic() + wall_seconds
    with _started(command, folder, environment) as process:
        output = _talk(process, parts, deadline, most_bytes)
        try:
            returncode = process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise OutOfTime from error
    return Ended(output=output, returncode=returncode)


@contextmanager
def _started(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(  # noqa: S603 - the command is our own, and goes through no shell
        command,
        bufsize=0,
        stdin=subprocess.PIPE,
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


class _Feed:
    """Writes parts into a pipe whenever it takes something."""

    def __init__(self, pipe: IO[bytes], parts: Iterable[bytes]) -> None:
        os.set_blocking(pipe.fileno(), False)
        self._pipe = pipe
        self._parts = iter(parts)
        self._rest = memoryview(b"")

    def go_on(self) -> bool:
        """Write what the pipe takes now; False if nothing is left, or nobody reads any more."""
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return False
            self._rest = memoryview(part)
        try:
            written = os.write(self._pipe.fileno(), self._rest[:_WRITTEN_BYTES])
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        self._rest = self._rest[written:]
        return True


def _talk(
    process: subprocess.Popen[bytes], parts: Iterable[bytes], deadline: float, most_bytes: int
) -> bytes:
    """Write whenever the program reads, and read whenever it writes, until it writes no more."""
    fed, told = process.stdin, process.stdout
    assert fed is not None
    assert told is not None
    feed, output = _Feed(fed, parts), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(told, selectors.EVENT_READ)
        selector.register(fed, selectors.EVENT_WRITE)
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise OutOfTime
            for key, _ in selector.select(remaining):
                if key.fileobj is fed:
                    if not feed.go_on():
                        selector.unregister(fed)
                        fed.close()
                    continue
                part = os.read(told.fileno(), _READ_BYTES)
                if not part:
                    return bytes(output)
                output += part
                if len(output) > most_bytes:
                    raise OutOfBounds
