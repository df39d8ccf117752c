"""The real product in a scratch folder, the provider it asks, and the pass-through beside it."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from bench import provider

ROOT: Final = Path(__file__).resolve().parent.parent
RUN: Final = (sys.executable, "-m", "askorac.local.run")
START_SECONDS: Final = 180.0
STOP_SECONDS: Final = 60.0
READY: Final = "AskOrac is ready"
LEFT_OUT: Final = (
    "ASKORAC_",
    "DATABASE_",
    "REDIS_",
    "OPENAI_",
    "ANTHROPIC_",
    "GEMINI_",
    "SECRET_KEY",
    "EMBEDDING_MODEL",
    "CHAT_MODEL",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "DJANGO_",
    "DEVELOPMENT",
    "MAKE",
    "MFLAGS",
)


class NotStarted(Exception):
    """A process did not come up; the message ends with what it said."""


@dataclass(frozen=True, slots=True)
class Spawned:
    """A process of the bench, and the file with what it says."""

    process: subprocess.Popen[bytes]
    output: Path

    def wait_until(self, is_ready: str | None = None, *, port: int = 0) -> None:
        """Until its output holds a text, or something answers on a port. Raises NotStarted."""
        until = time.monotonic() + START_SECONDS
        while not (is_ready in self.said() if is_ready else _answers(port)):
            if self.process.poll() is not None or time.monotonic() > until:
                raise NotStarted(self.said()[-2_000:])
            time.sleep(0.02)

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def stop(self) -> None:
        """Ask it to end, and wait; a process that does not is killed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass(frozen=True, slots=True)
class Product:
    """The product as it runs: its folder, its port, and its process that serves the web."""

    folder: Path
    port: int
    web: psutil.Process
    provider_url: str

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def superuser_url(self) -> str:
        """The address of its database for a superuser, whom no policy holds."""
        password = (self.folder / "postgres" / "superuser").read_text().strip()
        settings = environment_of(self.folder)
        place = settings["DATABASE_URL"].rpartition("@")[2]
        return f"postgresql://postgres:{password}@{place}"


@contextmanager
def running_provider(folder: Path) -> Iterator[str]:
    """A provider in a process of its own; yields its address."""
    from askorac.testing.reserving import reserved_port

    port = reserved_port()
    spawned = spawn((sys.executable, "-m", "bench.provider", str(port)), folder / "provider.log")
    try:
        spawned.wait_until(port=port)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        spawned.stop()


@contextmanager
def running_product(folder: Path, provider_url: str) -> Iterator[Product]:
    """The whole product, as `make run` starts it, connected to a provider."""
    provider.behave(provider_url, provider.Pace())
    folder.mkdir(mode=0o700, exist_ok=True)
    spawned = spawn(RUN, folder / "run.log", **settings_for(folder, provider_url))
    try:
        spawned.wait_until(READY)
        yield product_of(spawned, folder, provider_url)
    finally:
        spawned.stop()


@contextmanager
def running_passthrough(folder: Path, provider_url: str) -> Iterator[tuple[int, psutil.Process]]:
    """The pass-through to the same provider; yields its port and its process."""
    from askorac.testing.reserving import reserved_port

    port = reserved_port()
    uvicorn = (sys.executable, "-m", "uvicorn", "bench.passthrough:app", "--log-level=warning")
    spawned = spawn(
        (*uvicorn, f"--port={port}", "--ws=websockets", "--backlog=2048"),
        folder / "passthrough.log",
        OPENAI_BASE_URL=provider_url,
    )
    try:
        spawned.wait_until(port=port)
        yield port, psutil.Process(spawned.process.pid)
    finally:
        spawned.stop()


def spawn(command: tuple[str, ...], output: Path, **settings: str) -> Spawned:
    """Start a program in the project's folder; `settings` are further environment variables."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**_clean(os.environ), **settings},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Spawned(process, output)


def settings_for(folder: Path, provider_url: str) -> dict[str, str]:
    """The environment of a product in a scratch folder with a provider of ours."""
    return {
        "ASKORAC_DATA_DIR": str(folder),
        "OPENAI_API_KEY": "sk-bench",
        "OPENAI_BASE_URL": provider_url,
        "PYTHONUNBUFFERED": "1",
    }


def product_of(spawned: Spawned, folder: Path, provider_url: str) -> Product:
    """The product that a process has started, once it is ready."""
    found = re.search(r"Dashboard +http://localhost:(\d+)", spawned.said())
    assert found
    children = psutil.Process(spawned.process.pid).children(recursive=True)
    [web] = [child for child in children if {"manage.py", "serve"} <= set(child.cmdline())]
    return Product(folder, int(found[1]), web, provider_url)


def environment_of(folder: Path) -> dict[str, str]:
    """What the engines wrote of themselves."""
    lines = (folder / "environment").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def processor_seconds(process: psutil.Process) -> float:
    """What a process has taken so far, its threads included."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what would lead to another database, or to a provider that costs money."""
    return {name: value for name, value in environment.items() if not name.startswith(LEFT_OUT)}


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
