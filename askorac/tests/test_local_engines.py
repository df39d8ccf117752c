"""The embedded engines, started for real in a folder of their own."""

import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from askorac.local import ports
from askorac.local.credentials import DATABASE_ROLES
from askorac.local.engine import EngineFailed
from askorac.local.engines import Engines
from askorac.testing.reserving import reserved_port


@pytest.fixture(scope="module", autouse=True)
def ports_of_their_own() -> Iterator[None]:
    """Engines that stop and start find their ports free: nobody was given them meanwhile."""
    free_port = ports.free_port

    def reserve(*, preferred: int | None = None) -> int:
        return free_port(preferred=reserved_port() if preferred is None else preferred)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ports, "free_port", reserve)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a folder with spaces") / ".data"


@pytest.fixture(scope="module")
def started(folder: Path) -> Iterator[tuple[Engines, dict[str, str]]]:
    """Engines that are only looked at, or left running as they were found."""
    engines = Engines(folder)
    yield engines, engines.start()
    engines.stop()


@pytest.fixture(scope="module")
def second_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose engines a test starts and stops itself."""
    return tmp_path_factory.mktemp("second") / ".data"


def test_environment_holds_every_address(started, folder):
    _, values = started
    assert {*DATABASE_ROLES, "REDIS_URL", "SECRET_KEY"} <= values.keys()
    lines = (folder / "environment").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{name}={value}" for name, value in values.items()]


def test_secrets_are_closed_to_others(started, folder):
    assert mode_of(folder) == 0o700
    assert mode_of(folder / "environment") == 0o600
    assert mode_of(folder / "postgres" / "superuser") == 0o600
    assert mode_of(folder / "postgres" / "cluster") == 0o700
    assert mode_of(folder / "valkey" / "files") == 0o700


def test_secrets_are_on_no_command_line(started):
    _, values = started
    secrets = [
        psycopg.conninfo.conninfo_to_dict(values[name])["password"] for name in DATABASE_ROLES
    ]
    seen = subprocess.run(["ps", "-ww", "-e", "-o", "args"], capture_output=True, text=True)
    assert [secret for secret in secrets if str(secret) in seen.stdout] == []
    assert redis_password(values) not in seen.stdout


@pytest.mark.parametrize("name", DATABASE_ROLES)
def test_role_with_its_password_logs_in_as_itself(started, name):
    _, values = started
    with psycopg.connect(values[name]) as session:
        role = session.execute("SELECT session_user, rolsuper FROM pg_roles WHERE rolname = user")
        assert role.fetchone() == (DATABASE_ROLES[name], False)


@pytest.mark.parametrize("user", [*DATABASE_ROLES.values(), "postgres", "orac_backup", "root"])
def test_wrong_password_is_refused(started, user):
    engines, _ = started
    port = engines.postgres.port
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host="127.0.0.1", port=port, user=user, password="wrong", dbname="askorac")


def test_no_password_is_refused(started):
    engines, _ = started
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(
            host="127.0.0.1", port=engines.postgres.port, user="orac_app", dbname="askorac"
        )
    once = Retry(NoBackoff(), 0)
    with (
        Redis(port=engines.valkey.port, retry=once) as client,
        pytest.raises(exceptions.AuthenticationError),
    ):
        client.ping()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("password_encryption", "scram-sha-256"),
        ("server_encoding", "UTF8"),
        ("log_min_error_statement", "panic"),
    ],
)
def test_postgres_setting_is_safe(started, setting, value):
    engines, _ = started
    with psycopg.connect(engines.superuser_url()) as session:
        assert session.execute(f"SHOW {setting}").fetchone() == (value,)


def test_every_line_of_the_access_file_wants_scram(started):
    engines, _ = started
    with psycopg.connect(engines.superuser_url()) as session:
        rows = session.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert rows == [("scram-sha-256",)]


def test_passwords_are_stored_as_scram(started):
    engines, _ = started
    with psycopg.connect(engines.superuser_url()) as session:
        rows = session.execute(
            "SELECT left(rolpassword, 14) FROM pg_authid WHERE rolpassword IS NOT NULL"
        ).fetchall()
    assert rows == [("SCRAM-SHA-256$",)] * 5


def test_pgvector_is_recent_enough(started):
    engines, _ = started
    with psycopg.connect(engines.superuser_url()) as session:
        row = session.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        version = row.fetchone()[0]
    assert tuple(map(int, version.split(".")[:2])) >= (0, 8)


def test_engines_listen_on_loopback_only(started):
    engines, _ = started
    for port in (engines.postgres.port, engines.valkey.port):
        with socket.create_connection(("127.0.0.1", port), timeout=60):
            pass
        for address in other_addresses():
            with pytest.raises(OSError):
                socket.create_connection((address, port), timeout=2)


def test_postgres_killed_in_mid_work_keeps_what_was_committed(started):
    engines, _ = started
    with psycopg.connect(engines.superuser_url(), autocommit=True) as session:
        session.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        session.execute("INSERT INTO kept SELECT generate_series(1, 5000)")
        before = session.execute("SELECT count(*) FROM kept").fetchone()
        kill(engines.postgres)
    engines.postgres.restart()
    with psycopg.connect(engines.superuser_url()) as session:
        assert session.execute("SELECT count(*) FROM kept").fetchone() == before


def test_valkey_killed_keeps_what_was_written(started):
    engines, values = started
    with Redis.from_url(values["REDIS_URL"]) as client:
        client.set("kept", "yes")
    time.sleep(1.2)  # the file is flushed every second
    kill(engines.valkey)
    engines.valkey.restart()
    with Redis.from_url(values["REDIS_URL"]) as client:
        assert client.get("kept") == b"yes"


def test_second_start_keeps_passwords_ports_and_data(second_folder):
    first = Engines(second_folder)
    before = first.start()
    with psycopg.connect(first.superuser_url(), autocommit=True) as session:
        session.execute("CREATE TABLE IF NOT EXISTS kept_by_restart (n int)")
    first.stop()
    second = Engines(second_folder)
    try:
        assert second.start() == before
        with psycopg.connect(second.superuser_url()) as session:
            found = session.execute("SELECT to_regclass('kept_by_restart') IS NOT NULL")
            assert found.fetchone() == (True,)
    finally:
        second.stop()


def test_bootstrap_runs_once_for_one_file(second_folder):
    engines = Engines(second_folder)
    seen = []
    for _ in range(2):
        engines.start()
        with psycopg.connect(engines.superuser_url()) as session:
            seen.append(session.execute("SELECT xmin::text FROM pg_authid ORDER BY oid").fetchall())
        engines.stop()
    assert seen[0] == seen[1]


def test_taken_port_is_left_to_whom_it_belongs(second_folder):
    engines = Engines(second_folder)
    values = engines.start()
    postgres_port, valkey_port = engines.postgres.port, engines.valkey.port
    engines.stop()
    with listener(postgres_port), listener(valkey_port):
        try:
            moved = engines.start()
            assert engines.postgres.port != postgres_port
            assert engines.valkey.port != valkey_port
            with psycopg.connect(moved["DATABASE_URL"]) as session:
                assert session.execute("SELECT 1").fetchone() == (1,)
        finally:
            engines.stop()
    assert moved["SECRET_KEY"] == values["SECRET_KEY"]


def test_stale_pid_file_with_a_number_in_use_is_removed(second_folder):
    engines = Engines(second_folder)
    engines.start()
    engines.stop()
    stale = engines.postgres.cluster / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{engines.postgres.cluster}\n1\n5432\n", encoding="utf-8")
    try:
        engines.start()
        assert engines.postgres.is_running()
    finally:
        engines.stop()


def test_second_start_in_the_same_folder_is_refused(started, folder, monkeypatch):
    monkeypatch.setattr("askorac.local.engine.LOCK_SECONDS", 0.2)
    with pytest.raises(EngineFailed, match="postgres already runs in"):
        Engines(folder).start()


def test_half_made_cluster_is_made_again(tmp_path):
    engines = Engines(tmp_path / ".data", with_valkey=False)
    half = tmp_path / ".data" / "postgres" / "cluster.unfinished"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n", encoding="utf-8")
    try:
        engines.start()
        assert engines.postgres.is_running()
    finally:
        engines.stop()


def test_cluster_of_another_major_version_is_refused(tmp_path):
    cluster = tmp_path / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("15\n", encoding="utf-8")
    with pytest.raises(EngineFailed, match="made by PostgreSQL 15, and this is PostgreSQL 18"):
        Engines(tmp_path, with_valkey=False).start()


def test_fresh_start_forgets_database_and_broker(tmp_path):
    first = Engines(tmp_path / ".data", with_postgres=False)
    values = first.start()
    with Redis.from_url(values["REDIS_URL"]) as client:
        client.set("old", "yes")
    first.stop()
    second = Engines(tmp_path / ".data", with_postgres=False, fresh=True)
    try:
        with Redis.from_url(second.start()["REDIS_URL"]) as client:
            assert client.get("old") is None
    finally:
        second.stop()


def test_line_of_ones_own_in_the_environment_file_is_kept(tmp_path):
    (tmp_path / "environment").write_text("OPENAI_API_KEY=sk-own\n", encoding="utf-8")
    Engines(tmp_path, with_postgres=False, with_valkey=False).start()
    lines = (tmp_path / "environment").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "OPENAI_API_KEY=sk-own"


def kill(server: object) -> None:
    """Kill the server process as hard as it goes."""
    process = server._engine.process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def redis_password(values: dict[str, str]) -> str:
    return values["REDIS_URL"].split(":")[2].split("@")[0]


def other_addresses() -> list[str]:
    """This machine's addresses that are not loopback."""
    found = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()
    return [address for address in found if ":" not in address]


def listener(port: int) -> socket.socket:
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    taken.listen()
    assert not ports.is_free(port)
    return taken
