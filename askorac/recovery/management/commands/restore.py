"""`manage.py restore FOLDER`: a backup, into an installation that is empty."""

from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from askorac.environment import read
from askorac.recovery import backups, filing
from askorac.recovery.backups import UnusableBackup
from askorac.recovery.dumping import DumpFailed
from askorac.settings import database
from askorac.tenancy.ways import private_address

ADDRESS = "DATABASE_SUPERUSER_URL"


class Command(BaseCommand):
    help = "Restore a backup into a database that is empty, and put its files into the store."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if not (url := private_address(ADDRESS)):
            raise CommandError(f"{ADDRESS} is not set: name a superuser's login in it.")
        try:
            backups.check(folder)
            backups.restore_database(
                folder,
                url=url,
                name=str(database(read("DATABASE_URL"))["NAME"]),
                secret_key=settings.SECRET_KEY,
            )
            count = filing.unpack(folder / backups.FILES)
        except (UnusableBackup, DumpFailed, OSError) as error:
            raise CommandError(str(error)) from None
        except psycopg.Error as error:
            raise CommandError(f"The database refuses ({type(error).__name__}).") from None
        self.stdout.write(f"Restored, with {count} files. Now run migrate, then doctor.")
