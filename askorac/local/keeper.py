"""Keep services running: start again what died, and wait longer when it dies young."""

import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import Protocol

from . import processes
from .console import Console
from .engine import EngineFailed
from .processes import Program

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
SETTLED_SECONDS = 15.0


class Service(Protocol):
    """Something that should run until we stop."""

    @property
    def name(self) -> str: ...
    def restart(self) -> None: ...
    def is_running(self) -> bool: ...


@dataclass(slots=True)
class AppProcess:
    """One process of the application, its output shown under its name.

    grace_seconds: how long it may take to end what it is doing when it is asked to stop.
    """

    name: str
    program: Program
    console: Console
    grace_seconds: float = 5.0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def restart(self) -> None:
        """Start the process, after removing what a dead one left of its group."""
        if self.process is not None:
            processes.kill_group(self.process)
        self.process = processes.spawn(self.program, output=subprocess.PIPE)
        assert self.process.stdout is not None
        self.console.relay(self.name, self.process.stdout)

    def is_running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def exit_status(self) -> int | None:
        """What it ended with; None while it lives."""
        return None if self.process is None else self.process.poll()

    def ask_to_stop(self) -> None:
        """Let it end what it is doing."""
        if self.process is not None and self.is_running():
            self.process.send_signal(signal.SIGTERM)

    def stop(self, *, until: float) -> None:
        """Wait for its end until the monotonic time `until`, then kill its group."""
        if self.process is None:
            return
        within = max(0.0, until - time.monotonic())
        if not processes.ended(self.process, within=within):
            self.console.say(f"{self.name} did not stop in time and was killed")

    def kill(self) -> None:
        """End its whole group at once."""
        if self.process is not None:
            processes.kill_group(self.process)


@dataclass(slots=True)
class Watch:
    """What the keeper knows about one service."""

    service: Service
    started_at: float
    wait_seconds: float = FIRST_WAIT_SECONDS
    start_at: float | None = None


@dataclass(slots=True)
class Keeper:
    """Looks at its services whenever `look` is called; all times are monotonic seconds."""

    console: Console
    watches: list[Watch] = field(default_factory=list)

    def add(self, service: Service) -> None:
        """Keep a service that runs already."""
        self.watches.append(Watch(service, time.monotonic()))

    def look(self, *, now: float) -> None:
        """Plan the restart of what has died, and carry out what is due."""
        for watch in self.watches:
            if watch.start_at is not None:
                if now >= watch.start_at:
                    self._start_again(watch, now=now)
            elif not watch.service.is_running():
                self._plan(watch, now=now)

    def _plan(self, watch: Watch, *, now: float) -> None:
        if now - watch.started_at > SETTLED_SECONDS:
            watch.wait_seconds = FIRST_WAIT_SECONDS
        watch.start_at = now + watch.wait_seconds
        self.console.say(
            f"{watch.service.name} stopped; starting it again in {watch.wait_seconds:g} s"
        )
        watch.wait_seconds = min(2 * watch.wait_seconds, LONGEST_WAIT_SECONDS)

    def _start_again(self, watch: Watch, *, now: float) -> None:
        watch.start_at, watch.started_at = None, now
        try:
            watch.service.restart()
        except EngineFailed as failure:
            self.console.say(str(failure))
        else:
            self.console.say(f"{watch.service.name} is back")


def stop_all(app_processes: list[AppProcess]) -> None:
    """Ask all of them at once, and give each its grace."""
    asked_at = time.monotonic()
    for process in app_processes:
        process.ask_to_stop()
    for process in app_processes:
        process.stop(until=asked_at + process.grace_seconds)
