"""The leash, the keeper and the small parts around them, with real processes."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from askorac.local import given, keeper, ports, processes, run
from askorac.local.console import Console
from askorac.local.keeper import AppProcess, Keeper, stop_all
from askorac.local.processes import Program
from askorac.local.running import AlreadyRunning, only_one
from askorac.testing.reserving import reserved_port

SLEEP = "import time; time.sleep(60)"
IGNORE = "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); "
STUBBORN = IGNORE + SLEEP
DATABASE_NAMES = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_ACCOUNTS_URL",
    "DATABASE_STAFF_URL",
)


def python(code: str, **terms: object) -> Program:
    return Program((sys.executable, "-c", code), Path.cwd(), dict(os.environ), **terms)


def app(code: str, console: Console, **terms: object) -> AppProcess:
    return AppProcess("app", python(code), console, **terms)


@pytest.fixture
def console() -> Console:
    return Console(io.StringIO())


@pytest.fixture(autouse=True)
def no_engine_is_given(monkeypatch):
    for name in (*DATABASE_NAMES, "REDIS_URL", "KMS_URL"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


def test_program_ends_when_its_parent_is_killed():
    parent_code = f"""
import os, sys
from pathlib import Path
from askorac.local.processes import Program, spawn
program = Program((sys.executable, "-c", {SLEEP!r}), Path.cwd(), dict(os.environ))
print(spawn(program, output=1).pid, flush=True)
import time; time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    assert becomes_true(lambda: not is_alive(child))


def test_program_leads_a_group_of_its_own():
    process = processes.spawn(python(SLEEP), output=subprocess.DEVNULL)
    assert os.getpgid(process.pid) == process.pid
    processes.kill_group(process)


def test_stubborn_program_is_killed_after_its_time():
    process = processes.spawn(python(STUBBORN), output=subprocess.PIPE)
    with process.stdout:
        assert process.stdout.readline() == b"up\n"
    processes.stop(process, by=signal.SIGTERM, within=0.2)
    assert process.returncode == -signal.SIGKILL


def test_all_are_asked_at_once_and_each_has_its_grace(console):
    quick = app(SLEEP, console)
    stubborn = app(STUBBORN, console, grace_seconds=0.5)
    for process in (quick, stubborn):
        process.restart()
    assert becomes_true(lambda: "up" in console.stream.getvalue())
    stop_all([stubborn, quick])
    assert (quick.exit_status(), stubborn.exit_status()) == (-signal.SIGTERM, -signal.SIGKILL)


def test_lines_of_a_process_carry_its_name(console):
    process = app("print('one'); print('two', end='')", console)
    process.restart()
    assert becomes_true(lambda: console.stream.getvalue().count("\n") == 2)
    process.kill()
    assert console.stream.getvalue() == "      app | one\n      app | two\n"


def test_output_is_plain_away_from_a_terminal(console):
    console.line("web", "hello")
    assert "\033" not in console.stream.getvalue()


def test_dead_process_is_started_again_after_a_wait(console):
    process = app(SLEEP, console)
    process.restart()
    watch = Keeper(console)
    watch.add(process)
    first = process.process.pid
    processes.kill_group(process.process)
    now = time.monotonic()
    watch.look(now=now)
    assert not process.is_running()
    watch.look(now=now + keeper.FIRST_WAIT_SECONDS)
    assert process.is_running()
    assert process.process.pid != first
    process.kill()


def test_wait_doubles_for_what_dies_young_and_has_a_limit(console):
    process = app("pass", console)
    watch = Keeper(console)
    watch.add(process)
    now = time.monotonic()
    waits = []
    for _ in range(8):
        assert becomes_true(lambda: not process.is_running())
        watch.look(now=now)
        waits.append(watch.watches[0].start_at - now)
        now = watch.watches[0].start_at
        watch.look(now=now)
    process.kill()
    assert waits == pytest.approx([0.5, 1, 2, 4, 8, 16, 30, 30])


def test_wait_is_short_again_for_what_lived_long(console):
    process = app("pass", console)
    watch = Keeper(console)
    watch.add(process)
    watch.watches[0].wait_seconds = 30.0
    now = watch.watches[0].started_at + keeper.SETTLED_SECONDS + 1
    watch.look(now=now)
    assert watch.watches[0].start_at == pytest.approx(now + keeper.FIRST_WAIT_SECONDS)


def test_second_run_in_a_folder_is_told_where_the_first_is(tmp_path):
    with only_one(tmp_path) as place:
        place.announce("http://localhost:8000")
        expected = f"already runs from this folder: http://localhost:8000 .process {os.getpid()}"
        with pytest.raises(AlreadyRunning, match=expected), only_one(tmp_path):
            pass
    with only_one(tmp_path):
        pass


def test_no_address_given_means_embedded():
    assert given.engines_given() == given.Given(postgres=False, redis=False)


def test_all_addresses_given_by_value_or_file_mean_the_users_own(monkeypatch):
    for name in DATABASE_NAMES:
        monkeypatch.setenv(f"{name}_FILE", "/run/secrets/database")
    monkeypatch.setenv("REDIS_URL", "redis://localhost")
    monkeypatch.setenv("KMS_URL_FILE", "/run/secrets/kms")
    assert given.engines_given() == given.Given(postgres=True, redis=True, keys=True)


def test_one_database_address_without_the_others_is_refused(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/askorac")
    expected = "DATABASE_URL set, but not DATABASE_OWNER_URL, DATABASE_ACCOUNTS_URL, DATABASE_STAFF"
    with pytest.raises(given.HalfGiven, match=expected):
        given.engines_given()


def test_preferred_port_is_taken_only_if_it_is_free():
    free = reserved_port()
    assert ports.free_port(preferred=free) == free
    taken = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(free)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert becomes_true(lambda: not ports.is_free(free))
    assert ports.free_port(preferred=free) != free
    taken.kill()
    taken.wait()


def test_port_is_claimed_by_one_start_at_a_time(monkeypatch):
    free = ports.free_port()
    first = ports.claimed_port(preferred=free)
    assert (first, ports.is_free(free)) == (free, True)
    assert ports.claimed_port(preferred=free) != free
    claimed = "from askorac.local import ports; print(ports.claimed_port(preferred={}))"
    other = subprocess.run(
        [sys.executable, "-c", claimed.format(free)], capture_output=True, text=True, check=True
    )
    assert int(other.stdout) != free
    monkeypatch.setenv("WEB_PORT", str(free))
    with pytest.raises(run.NotStarted, match=f"Port {free} is taken"):
        run._port("WEB_PORT", 8000)
    monkeypatch.setenv("WEB_PORT", "many")
    with pytest.raises(run.NotStarted, match="is no port"):
        run._port("WEB_PORT", 8000)
    monkeypatch.setenv("WEB_PORT", str(named := ports.free_port()))
    assert run._port("WEB_PORT", 8000) == named


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that nobody has waited for does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def becomes_true(condition, seconds: float = 60.0) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True
