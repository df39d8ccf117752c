"""One engine in its folder: the lock, the log, the process, and waiting until it serves."""

import fcntl
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from . import ports, processes
from .processes import Program

LOCK_SECONDS = 20.0
READY_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.02
LOG_LINES_SHOWN = 8


class EngineFailed(Exception):
    """An engine did not come up; the message says why, with the end of its log."""


def make_folder(folder: Path, *, account: str | None) -> None:
    """Make an engine's folder, which `account` may pass through on its way to its files.

    The data folder around it is closed to everyone else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700 if account is None else 0o711)


def give(path: Path, *, account: str | None) -> None:
    """Make `account` the owner of `path`; None leaves it ours."""
    if account is not None:
        entry = pwd.getpwnam(account)
        os.chown(path, entry.pw_uid, entry.pw_gid)


@dataclass(slots=True)
class Engine:
    """A server process that owns `folder`, in which `lock` and `log` are ours."""

    name: str
    folder: Path
    stop_signal: signal.Signals
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the folder; yields the descriptor that holds it.

        Waits for what still runs in it, and raises EngineFailed if that does not end.
        """
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)

    def launch(self, program: Program, *, lock: int, stdin: bytes = b"") -> None:
        """Start `program`, which inherits the lock.

        So the folder stays locked for as long as any process of the engine lives, those
        included that outlive a killed parent for a moment.
        """
        bound = replace(program, keep_open=(lock,), last_signal=self.stop_signal)
        with self._new_log() as log:
            self.process = processes.spawn(bound, output=log, stdin=subprocess.PIPE)
        assert self.process.stdin is not None
        try:
            with self.process.stdin as pipe:
                pipe.write(stdin)
        except BrokenPipeError:
            self._fail("stopped at once")

    def wait(self, is_ready: Callable[[], bool]) -> None:
        """Return when `is_ready`; raise EngineFailed if the program ends or takes too long."""
        until = time.monotonic() + READY_SECONDS
        while not is_ready():
            if not self.is_running():
                self._fail("stopped at once")
            if time.monotonic() > until:
                self.stop()
                self._fail(f"did not get ready in {READY_SECONDS:.0f} seconds")
            time.sleep(POLL_SECONDS)

    def is_running(self) -> bool:
        """Whether the process that we started still lives."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Shut down cleanly: what was acknowledged is on disk afterwards."""
        if self.process is not None:
            processes.stop(self.process, by=self.stop_signal, within=STOP_SECONDS)
        self.process = None

    def log_path(self) -> Path:
        """What the process has said since it started; one earlier log lies beside it."""
        return self.folder / "log"

    def _take(self, descriptor: int) -> None:
        until = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise EngineFailed(f"{self.name} already runs in {self.folder}.") from None
                time.sleep(POLL_SECONDS)
            else:
                return

    def _new_log(self) -> IO[bytes]:
        path = self.log_path()
        if path.exists():
            path.replace(path.with_name("log.before"))
        return path.open("wb")

    def _fail(self, what: str) -> None:
        lines = self.log_path().read_text(encoding="utf-8", errors="replace").splitlines()
        end = "\n".join(f"    {line}" for line in lines[-LOG_LINES_SHOWN:])
        raise EngineFailed(f"{self.name} {what}. Its log, {self.log_path()}, ends with:\n{end}")


def listen_on(serve: Callable[[int], None], *, preferred: int | None, attempts: int = 5) -> int:
    """Call `serve(port)` with a free port, `preferred` if it is free; return the port.

    Another program may take the port between our look and the engine's: then we look again.
    """
    for _ in range(attempts - 1):
        port = ports.free_port(preferred=preferred)
        try:
            serve(port)
        except EngineFailed:
            if ports.is_free(port):
                raise
        else:
            return port
    port = ports.free_port()
    serve(port)
    return port
