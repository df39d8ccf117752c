"""`manage.py bootstrap_sql`: print what the owner of the database server runs once, or run it."""

from typing import Any, Final

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from psycopg import sql

from askorac.environment import read
from askorac.settings import database
from askorac.tenancy.bootstrap import bootstrap_sql
from askorac.tenancy.isolation import ACCOUNTS, APP, BACKUP, OWNER, STAFF
from askorac.tenancy.ways import private_address

ADDRESSES: Final = {
    APP: "DATABASE_URL",
    OWNER: "DATABASE_OWNER_URL",
    ACCOUNTS: "DATABASE_ACCOUNTS_URL",
    STAFF: "DATABASE_STAFF_URL",
}
OPTIONAL: Final = {BACKUP: "DATABASE_BACKUP_URL"}
SUPERUSER: Final = "DATABASE_SUPERUSER_URL"


class Command(BaseCommand):
    help = (
        "Print the SQL that a superuser runs once in AskOrac's database: roles, extension, "
        "settings, signing key. Idempotent. The output contains secrets."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--apply",
            action="store_true",
            help=f"make the database if it is missing, and run it there, by {SUPERUSER}",
        )

    def handle(self, *args: Any, apply: bool, **options: Any) -> None:
        given = {role: name for role, name in OPTIONAL.items() if read(name)}
        addresses = ADDRESSES | given
        logins = {role: database(read(name)) for role, name in addresses.items()}
        for role, login in logins.items():
            if login["USER"] != role:
                raise CommandError(f"{addresses[role]} must log in as {role}.")
        name = str(logins[APP]["NAME"])
        file = bootstrap_sql(
            database=name,
            passwords={role: str(login["PASSWORD"]) for role, login in logins.items()},
            secret_key=settings.SECRET_KEY,
        )
        if not apply:
            self.stdout.write(file)
            return
        try:
            run_as_superuser(private_address(SUPERUSER), name=name, file=file)
        except psycopg.OperationalError as error:
            # Its message may hold a password.
            raise CommandError(f"{SUPERUSER} can't log in ({type(error).__name__}).") from None


def run_as_superuser(url: str, *, name: str, file: str) -> None:
    """Make the database `name` unless it is there, and run `file` in it. Raises psycopg.Error."""
    with psycopg.connect(url, autocommit=True) as session:
        known = session.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is None:
            session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    with psycopg.connect(url, dbname=name, autocommit=True) as session:
        session.execute(file.encode())
