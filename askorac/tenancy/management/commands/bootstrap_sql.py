"""`manage.py bootstrap_sql`: print what the owner of the database server runs once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from askorac.environment import read
from askorac.settings import database
from askorac.tenancy.bootstrap import bootstrap_sql
from askorac.tenancy.isolation import ACCOUNTS, APP, OWNER, STAFF

ADDRESSES = {
    APP: "DATABASE_URL",
    OWNER: "DATABASE_OWNER_URL",
    ACCOUNTS: "DATABASE_ACCOUNTS_URL",
    STAFF: "DATABASE_STAFF_URL",
}


class Command(BaseCommand):
    help = (
        "Print the SQL that a superuser runs once in AskOrac's database: roles, extension, "
        "settings, signing key. Idempotent. The output contains secrets."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        logins = {role: database(read(name)) for role, name in ADDRESSES.items()}
        for role, login in logins.items():
            if login["USER"] != role:
                raise CommandError(f"{ADDRESSES[role]} must log in as {role}.")
        self.stdout.write(
            bootstrap_sql(
                database=str(logins[APP]["NAME"]),
                passwords={role: str(login["PASSWORD"]) for role, login in logins.items()},
                secret_key=settings.SECRET_KEY,
            )
        )
