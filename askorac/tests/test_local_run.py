"""A whole run, from the first engine to the last process: started, disturbed, ended."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest

from askorac.environment import BASE_DIR
from askorac.testing.waiting import wait_until

STAND_IN = Path(__file__).with_name("run_stand_in.py")
EMBEDDED = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ACCOUNTS_URL", "DATABASE_STAFF_URL")


@dataclass
class Started:
    """A run of the stand-in, its output gathered as it comes."""

    folder: Path
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        ours = {"REDIS_URL", "SECRET_KEY", "OPENAI_API_KEY", "MAKELEVEL", *EMBEDDED}
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment["ASKORAC_DATA_DIR"] = str(self.folder)
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"import runpy; runpy.run_path({str(STAND_IN)!r}, run_name='__main__')",
            ],
            cwd=BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        with self.process.stdout as pipe:
            for line in pipe:
                self.lines.append(line.rstrip("\n"))

    def says(self, pattern: str, seconds: float = 180.0) -> re.Match[str]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in list(self.lines):
                if found := re.search(pattern, line):
                    return found
            time.sleep(0.02)
        raise AssertionError(f"no line like {pattern!r} in:\n" + "\n".join(self.lines))

    def ends(self) -> int:
        self.process.wait(timeout=120)
        self.reader.join(timeout=120)
        return self.process.returncode

    def working(self) -> list[int]:
        """The processes that still have this run's folder or came from it."""
        return [
            int(path.name)
            for path in Path("/proc").iterdir()
            if path.name.isdecimal() and belongs_to(path, self.folder)
        ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every test runs in the folder that the one before left behind."""
    return tmp_path_factory.mktemp("a b") / ".data"


@pytest.fixture
def run(folder: Path) -> Iterator[Started]:
    started = Started(folder)
    started.says("AskOrac is ready")
    yield started
    if started.process.poll() is None:
        started.process.kill()
    started.ends()


def test_ready_run_says_where_everything_is(run):
    dashboard = run.says(r"Dashboard +(http://localhost:\d+)")[1]
    demo = run.says(r"Demo page +(http://localhost:\d+)")[1]
    assert [urlopen(address).status for address in (dashboard, demo)] == [200, 200]
    run.says(r"Log in as +demo@example\.com with [0-9a-f]{12}")
    run.says(r"Answers +quoted from the documents; set OPENAI_API_KEY")
    run.says(f"Data +{re.escape(str(run.folder))}")
    run.says(r"^ +web \| serving")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_everything_in_seconds(run, number):
    begun = time.monotonic()
    run.process.send_signal(number)
    assert run.ends() == 0
    assert time.monotonic() - begun < 60
    run.says("Stopped. Your data is kept.")
    wait_until(lambda: not run.working(), run.working)


def test_killed_run_leaves_nothing_behind(run):
    assert len(run.working()) > 5
    run.process.kill()
    run.ends()
    wait_until(lambda: not run.working(), run.working)


def test_killed_run_starts_again(run):
    run.process.kill()
    run.ends()
    again = Started(run.folder)
    again.says("AskOrac is ready")
    again.process.terminate()
    assert again.ends() == 0


@pytest.mark.parametrize("name", ["postgres", "valkey", "web", "worker"])
def test_killed_process_is_back(run, name):
    marks = {"postgres": "postgres -D|/postgres ", "valkey": "valkey-server"}
    mark = marks.get(name, "serving" if name == "web" else "working")
    victim = next(pid for pid in run.working() if re.search(mark, command_line(pid)))
    os.kill(victim, signal.SIGKILL)
    run.says(f"{name} stopped; starting it again in 0.5 s")
    run.says(f"{name} is back")
    assert victim not in run.working()


def test_second_run_in_the_folder_is_told_where_the_first_is(run):
    second = Started(run.folder)
    assert second.ends() == 1
    dashboard = run.says(r"Dashboard +(http://localhost:\d+)")[1]
    assert second.lines == [
        f"AskOrac already runs from this folder: {dashboard} (process {run.process.pid})"
    ]


def command_line(pid: int) -> str:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""  # it has ended: some of an engine's processes live for a moment
    return raw.replace(b"\0", b" ").decode()


def belongs_to(process: Path, folder: Path) -> bool:
    """Whether a live process works in the folder or was told of it."""
    try:
        works_in = (process / "cwd").resolve()
        environment = (process / "environ").read_bytes()
    except OSError:
        return False
    return works_in.is_relative_to(folder) or str(folder).encode() in environment
