"""An installation as an earlier version left it, to be migrated as its owner would."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import psycopg
from pgvector.psycopg import register_vector
from psycopg import sql

from askorac.environment import BASE_DIR
from askorac.local.credentials import DATABASE_ROLES
from askorac.local.engines import Engines
from askorac.tenancy.bootstrap import bootstrap_sql

_MANAGE_SECONDS: Final = 300


class ManageFailed(AssertionError):
    """A command of manage.py ended in an error."""


@dataclass(frozen=True, slots=True, repr=False)
class Elder:
    """A database beside that of the tests, on the same cluster, with roles and keys as theirs."""

    superuser_url: str
    environment: dict[str, str]

    @contextmanager
    def superuser(self) -> Iterator[psycopg.Connection[Any]]:
        """A session that no policy and no foreign key holds, to put rows where they lay."""
        with psycopg.connect(self.superuser_url, autocommit=True) as session:
            register_vector(session)
            session.execute("SET session_replication_role = replica")
            yield session

    def migrate(self, *target: str) -> None:
        """As `manage.py migrate` with what stands behind it; raises ManageFailed."""
        self.manage("migrate", *target, "--verbosity=0")

    def run(self, script: str) -> str:
        """What a script prints that runs with our settings on this database."""
        return self.manage("shell", "--no-imports", "-c", script)

    def manage(self, *arguments: str) -> str:
        """What a command of manage.py prints; raises ManageFailed."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *arguments],
            cwd=BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_MANAGE_SECONDS,
            check=False,
        )
        if done.returncode:
            raise ManageFailed(done.stderr)
        return done.stdout


@contextmanager
def elder(engines: Engines, name: str) -> Iterator[Elder]:
    """An empty database `name` with everything that a superuser prepares, dropped at the end."""
    url = engines.superuser_url().rpartition("/")[0] + f"/{name}"
    named = sql.Identifier(name)
    with psycopg.connect(engines.superuser_url(), autocommit=True) as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(named))
        session.execute(sql.SQL("CREATE DATABASE {}").format(named))
        try:
            with psycopg.connect(url, autocommit=True) as inside:
                inside.execute(_bootstrap(name).encode())
            yield Elder(url, _environment(name))
        finally:
            session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(named))


def _bootstrap(name: str) -> str:
    passwords = {
        role: unquote(urlsplit(os.environ[variable]).password or "")
        for variable, role in DATABASE_ROLES.items()
    }
    return bootstrap_sql(database=name, passwords=passwords, secret_key=os.environ["SECRET_KEY"])


def _environment(name: str) -> dict[str, str]:
    urls = {
        variable: os.environ[variable].rpartition("/")[0] + f"/{name}"
        for variable in DATABASE_ROLES
    }
    return {**os.environ, **urls}
