"""The real product as processes on the session's engines: web, worker, beat, demo site."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from askorac.environment import BASE_DIR, DATA_DIR

from .reserving import reserved_port

READY_SECONDS = 120.0
STOP_SECONDS = 90.0


@dataclass
class Process:
    """One process of the product, with its output in a file for whoever has to look.

    program: what runs the arguments; empty if they begin with a program themselves.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    output: Path
    folder: Path = BASE_DIR
    program: str = sys.executable
    popen: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it, or start it again."""
        with self.output.open("ab") as file:
            self.popen = subprocess.Popen(
                [*filter(None, [self.program]), *self.arguments],
                cwd=self.folder,
                env=dict(self.environment),
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """`kill -9` of the process and what it has started."""
        assert self.popen is not None
        os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def stop(self) -> int:
        """Ask it to end, and return its exit status."""
        return stop_all([self])[0]


def stop_all(processes: Iterable[Process]) -> list[int]:
    """Ask them all to end, once each, before waiting for any; their exit statuses."""
    started = [process.popen for process in processes if process.popen is not None]
    for popen in started:
        popen.send_signal(signal.SIGTERM)  # nothing happens to one that has ended
    return [popen.wait(STOP_SECONDS) for popen in started]


@dataclass
class Product:
    """Addresses and processes; `url` and `demo_url` are two origins."""

    url: str
    demo_url: str
    processes: dict[str, Process]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def wait_for(self, name: str, *, port: int, path: str) -> None:
        """Until a process answers over HTTP; fails with its output if it doesn't."""
        until = time.monotonic() + READY_SECONDS
        while not _answers(port, path):
            process = self.processes[name]
            ended = process.popen is None or process.popen.poll() is not None
            if ended or time.monotonic() > until:
                raise AssertionError(f"{name} did not start:\n{process.output.read_text()}")
            time.sleep(0.05)


@contextmanager
def running_product(folder: Path, **settings: str) -> Iterator[Product]:
    """The product on free ports; `settings` are further environment variables."""
    web, demo = reserved_port(), reserved_port()
    url, demo_url = f"http://localhost:{web}", f"http://localhost:{demo}"
    environment = {
        **{name: value for name, value in os.environ.items() if name != "ASKORAC_AS_OWNER"},
        "PUBLIC_URL": url,
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DEVELOPMENT": "1",
        "ASKORAC_DATA_DIR": str(DATA_DIR),
        **settings,
    }
    celery = ("-m", "celery", "-A", "askorac")
    commands = {
        "web": ("manage.py", "serve", "--port", str(web)),
        "worker": (*celery, "worker", "--concurrency=2", "--loglevel=INFO"),
        "beat": (*celery, "beat", f"--schedule={folder / 'beat'}", "--pidfile="),
        "demo": ("-m", "askorac.local.demo_site", "--port", str(demo), "--web", url),
    }
    processes = {
        name: Process(name, arguments, environment, folder / f"{name}.log")
        for name, arguments in commands.items()
    }
    product = Product(url, demo_url, processes)
    try:
        for process in processes.values():
            process.start()
        product.wait_for("web", port=web, path="/healthz")
        product.wait_for("demo", port=demo, path="/")
        yield product
    finally:
        stop_all(processes.values())


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
