"""A self-hoster's own PostgreSQL and Redis: from the printed SQL to a database that isolates."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from askorac.environment import BASE_DIR
from askorac.local.postgres import Postgres
from askorac.local.valkey import Valkey

pytestmark = pytest.mark.long
PASSWORDS = {
    "DATABASE_URL": "orac_app",
    "DATABASE_OWNER_URL": "orac_owner",
    "DATABASE_ACCOUNTS_URL": "orac_accounts",
    "DATABASE_STAFF_URL": "orac_staff",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A second PostgreSQL, that knows nothing of us."""
    server = Postgres(tmp_path_factory.mktemp("own") / "postgres", is_durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def environment(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a self-hoster sets; one secret comes from a file."""
    secret = tmp_path_factory.mktemp("secrets") / "key"
    keys = tmp_path_factory.mktemp("keys")
    (keys / "root").write_bytes(base64.b64encode(os.urandom(32)))
    (keys / "root").chmod(0o600)
    secret.write_text("a-secret-of-their-own-which-is-long-enough\n")
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    host = server.superuser_url().rpartition("@")[2].partition("/")[0]
    urls = {name: f"postgresql://{role}:p%40ss'word@{host}/own" for name, role in PASSWORDS.items()}
    return {
        **kept,
        **urls,
        "SECRET_KEY_FILE": str(secret),
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "KMS_URL": f"local://{keys}",
        "ASKORAC_DATA_DIR": str(secret.parent),
    }


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_own_postgres_from_the_printed_sql(server: Postgres, environment: dict[str, str]) -> None:
    printed = manage(environment, "bootstrap_sql")
    assert printed.returncode == 0, printed.stderr
    with psycopg.connect(server.superuser_url(), autocommit=True) as superuser:
        superuser.execute("CREATE DATABASE own")
    own = server.superuser_url().rpartition("/")[0] + "/own"
    for _ in range(2):  # it is idempotent
        with psycopg.connect(own, autocommit=True) as superuser:
            superuser.execute(printed.stdout.encode())
    migrated = manage(environment, "migrate", "--verbosity=0")
    assert (migrated.returncode, migrated.stderr) == (0, "")
    checked = manage(environment, "check", "--database", "default")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_check_names_what_is_missing(server: Postgres, environment: dict[str, str]) -> None:
    """After somebody loosened the database, the check says what and refuses."""
    own = server.superuser_url().rpartition("/")[0] + "/own"
    damages = {
        "ALTER TABLE knowledge_chunk NO FORCE ROW LEVEL SECURITY": "not under forced",
        "CREATE POLICY backdoor ON knowledge_chunk USING (true)": "the policy backdoor",
        "ALTER POLICY member_select ON jobs_job USING (true)": "jobs_job lacks its policy",
        "GRANT SELECT ON django_session TO orac_app": "orac_app may SELECT on django_session",
        "ALTER TABLE knowledge_chunk DROP CONSTRAINT knowledge_chunk_document_id_fk": "composite",
        "CREATE UNIQUE INDEX oracle ON knowledge_source (file_id)": "does not begin with",
        "CREATE VIEW leak AS SELECT * FROM knowledge_chunk": "The view leak",
        "ALTER ROLE orac_app BYPASSRLS": "more rights",
        "CREATE FUNCTION orac.leak() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'": (
            "The definer function leak"
        ),
        "ALTER DATABASE own SET log_min_error_statement = 'error'": "log_min_error_statement",
        "CREATE TABLE stray (id int)": "neither a tenant's table",
    }
    with psycopg.connect(own, autocommit=True) as superuser:
        for damage in damages:
            superuser.execute(damage)
    try:
        checked = manage(environment, "check", "--database", "default")
    finally:
        with psycopg.connect(own, autocommit=True) as superuser:
            superuser.execute("ALTER ROLE orac_app NOBYPASSRLS")
    assert checked.returncode == 1
    missing = [sentence for sentence in damages.values() if sentence not in checked.stderr]
    assert missing == []


def test_own_redis(environment: dict[str, str], tmp_path: Path) -> None:
    valkey = Valkey(tmp_path / "valkey", password="of-their-own")
    port = valkey.start()
    try:
        own = {**environment, "REDIS_URL": f"redis://:of-their-own@127.0.0.1:{port}/0"}
        script = "from django.core.cache import cache; cache.set('a', 1); print(cache.get('a'))"
        said = manage(own, "shell", "--no-imports", "--command", script)
    finally:
        valkey.stop()
    assert (said.stdout.strip(), said.returncode) == ("1", 0)


def test_bootstrap_with_the_wrong_login(environment: dict[str, str]) -> None:
    wrong = {**environment, "DATABASE_URL": "postgresql://postgres:x@127.0.0.1:1/own"}
    said = manage(wrong, "bootstrap_sql")
    assert said.returncode == 1
    assert "DATABASE_URL must log in as orac_app." in said.stderr
