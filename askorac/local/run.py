"""`make run`: the engines, then the application's processes, until Ctrl-C."""

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from types import FrameType

from askorac.environment import DATA_DIR, read

from . import application, credentials, leash, ports
from .application import Addresses
from .console import Console
from .engine import EngineFailed
from .engines import Engines
from .given import Given, HalfGiven, engines_given, is_given
from .keeper import AppProcess, Keeper, stop_all
from .programs import NotRunnable
from .running import AlreadyRunning, only_one
from .welcome import welcome

WEB_PORT, DEMO_PORT = 8000, 8001
MOST_PORTS = 65_536
LOOK_SECONDS = 0.1


class NotStarted(Exception):
    """A step of the start failed; the message says which."""


def main() -> None:
    """Run until a signal; exits with 1 and one line if that is impossible."""
    if "MAKELEVEL" in os.environ:
        leash.end_with_parent(signal.SIGTERM, os.getppid())
    try:
        given = engines_given()
        with only_one(DATA_DIR) as place:
            addresses = Addresses(
                web_port=_port("WEB_PORT", WEB_PORT),
                demo_port=_port("DEMO_PORT", DEMO_PORT),
            )
            place.announce(addresses.web)
            Run(given, addresses).go()
    except (HalfGiven, AlreadyRunning, NotRunnable, EngineFailed, NotStarted) as problem:
        sys.exit(str(problem))


@dataclass(slots=True)
class Run:
    """One run, from the first engine to the last process that stops."""

    given: Given
    addresses: Addresses
    console: Console = field(default_factory=Console)
    processes: list[AppProcess] = field(default_factory=list, init=False)
    stopping: threading.Event = field(default_factory=threading.Event, init=False)

    def go(self) -> None:
        """Start everything, say where it is, keep it running, stop it in order."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        engines = self._engines()
        try:
            self._start_engines(engines)
            self._prepare()
            keeper = Keeper(self.console)
            for server in engines.servers():
                keeper.add(server)
            self._start(keeper, application.sites(self.addresses, self.console))
            self._wait_for_sites(keeper)
            self._start(keeper, application.background(self.addresses, self.console))
            self._welcome()
            self._keep(keeper)
        finally:
            self._stop(engines)

    def _engines(self) -> Engines:
        return Engines(
            DATA_DIR,
            with_postgres=not self.given.postgres,
            with_valkey=not self.given.redis,
            with_keys=not self.given.keys,
            secret_key=read("SECRET_KEY") if is_given("SECRET_KEY") else None,
        )

    def _start_engines(self, engines: Engines) -> None:
        database = "your own" if self.given.postgres else "embedded"
        broker = "your own" if self.given.redis else "embedded"
        keys = "your own service" if self.given.keys else "a folder here"
        self.console.say(f"Database: {database}. Broker: {broker}. Keys: {keys}.")
        values = engines.start()
        values["WEB_PORT"] = str(self.addresses.web_port)
        values["DEMO_PORT"] = str(self.addresses.demo_port)
        credentials.write(DATA_DIR, values)

    def _prepare(self) -> None:
        self.console.say("Migrating the database and loading the demo organization")
        process = application.preparation(self.addresses, self.console)
        self.processes.append(process)
        process.restart()
        while process.is_running() and not self.stopping.wait(LOOK_SECONDS):
            pass
        self.processes.remove(process)
        if self.stopping.is_set():
            process.kill()
        elif process.exit_status() != 0:
            raise NotStarted("Preparing the database failed; the reason stands above.")

    def _start(self, keeper: Keeper, processes: list[AppProcess]) -> None:
        if self.stopping.is_set():
            return
        self.console.say(f"Starting {', '.join(process.name for process in processes)}")
        for process in processes:
            self.processes.append(process)
            process.restart()
            keeper.add(process)

    def _wait_for_sites(self, keeper: Keeper) -> None:
        while not self.stopping.is_set() and not application.answers(self.addresses):
            keeper.look(now=time.monotonic())
            self.stopping.wait(LOOK_SECONDS)

    def _welcome(self) -> None:
        if not self.stopping.is_set():
            self.console.say(welcome(self.addresses, data_folder=DATA_DIR))

    def _keep(self, keeper: Keeper) -> None:
        while not self.stopping.wait(LOOK_SECONDS):
            keeper.look(now=time.monotonic())

    def _stop(self, engines: Engines) -> None:
        if self.processes:
            self.console.say("Stopping; what is under way may end. Ctrl-C again stops at once.")
        stop_all(self.processes)
        engines.stop()
        self.console.say("Stopped. Your data is kept.")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if not self.stopping.is_set():
            self.stopping.set()
            return
        for process in self.processes:
            process.kill()
        # The kernel tells the engines, which have their own clean way to end.
        os._exit(130)


def _port(name: str, usual: int) -> int:
    """The port that the environment names, else that of the last run, which citations and pasted
    tags name, or any that is free. Raises NotStarted if the one that is named can't be had."""
    named = os.environ.get(name)
    if named is None:
        return ports.claimed_port(preferred=int(credentials.read(DATA_DIR).get(name, usual)))
    if not named.isascii() or not named.isdecimal() or not 0 < int(named) < MOST_PORTS:
        raise NotStarted(f"{name} is no port: {named[:20]!r}.")
    if ports.claimed_port(preferred=int(named)) != int(named):
        raise NotStarted(f"Port {named} is taken. Name another in {name}, or leave that out.")
    return int(named)


if __name__ == "__main__":
    main()
