"""The database and its roles on the embedded PostgreSQL: what a superuser has to do, done."""

import hashlib
from collections.abc import Mapping

import psycopg
from psycopg import sql

from askorac.tenancy.bootstrap import bootstrap_sql

from .credentials import DATABASE
from .postgres import Postgres

_MARK = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"


def prepare_database(
    server: Postgres, *, passwords: Mapping[str, str], secret_key: str, fresh: bool = False
) -> None:
    """Make the database unless it exists, and run the bootstrap file unless that very file ran.

    `passwords` are by role name. The database carries the hash of the file as its comment, so
    both come and go together. `fresh` drops the database first.
    """
    file = bootstrap_sql(database=DATABASE, passwords=passwords, secret_key=secret_key)
    mark = f"bootstrap {hashlib.sha256(file.encode()).hexdigest()}"
    with psycopg.connect(server.superuser_url(), autocommit=True) as session:
        if fresh:
            session.execute(_about_database("DROP DATABASE IF EXISTS {} WITH (FORCE)"))
        found = session.execute(_MARK, [DATABASE]).fetchone()
        if found is None:
            session.execute(_about_database("CREATE DATABASE {}"))
        elif found[0] == mark:
            return
    with psycopg.connect(server.superuser_url(DATABASE), autocommit=True) as session:
        session.execute(file.encode())
        session.execute(_about_database("COMMENT ON DATABASE {} IS {}", mark))


def _about_database(statement: str, *values: str) -> sql.Composed:
    literals = [sql.Literal(value) for value in values]
    return sql.SQL(statement).format(sql.Identifier(DATABASE), *literals)
