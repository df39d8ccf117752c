"""Valkey from its wheel: a password, loopback only, and a file that every write is appended to."""

import os
import shutil
import signal
from pathlib import Path

from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from . import programs
from .engine import Engine, give, listen_on, make_folder
from .processes import Program

# The configuration goes in by standard input, so the password stands in no file and no argument.
CONFIGURATION = """\
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {password}
dir .
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


class Valkey:
    """The server of one folder: `<folder>/files` holds what it keeps."""

    name = "valkey"

    def __init__(self, folder: Path, *, password: str) -> None:
        self.folder = folder
        self.files = folder / "files"
        self.account = programs.engine_account()
        self.password = password
        self.port = 0
        self._engine = Engine(self.name, folder, signal.SIGTERM)

    def start(self, *, preferred_port: int | None = None) -> int:
        """Start the server, wait until it has read its file, and return its port.

        Raises EngineFailed or NotRunnable with a message for the person at the terminal.
        """
        make_folder(self.folder, account=self.account)
        self.files.mkdir(mode=0o700, exist_ok=True)
        give(self.files, account=self.account)
        self.port = listen_on(self._serve, preferred=preferred_port)
        return self.port

    def restart(self) -> None:
        """Start again on the same port, after the server died."""
        self._serve(self.port)

    def is_running(self) -> bool:
        """Whether the server process lives."""
        return self._engine.is_running()

    def stop(self) -> None:
        """Shut down with the file written out."""
        self._engine.stop()

    def forget_everything(self) -> None:
        """Remove what the stopped server kept."""
        shutil.rmtree(self.files, ignore_errors=True)

    def _serve(self, port: int) -> None:
        path = programs.find_program(programs.VALKEY, "valkey-server", account=self.account)
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        program = Program((str(path), "-"), self.files, environment, account=self.account)
        configuration = CONFIGURATION.format(port=port, password=self.password)
        with self._engine.locked() as lock:
            self._engine.launch(program, lock=lock, stdin=configuration.encode())
        self._engine.wait(lambda: self._answers(port))

    def _answers(self, port: int) -> bool:
        once = Retry(NoBackoff(), 0)
        with Redis(port=port, password=self.password, socket_timeout=1, retry=once) as client:
            try:
                return bool(client.ping())
            except (exceptions.ConnectionError, exceptions.TimeoutError):
                return False
