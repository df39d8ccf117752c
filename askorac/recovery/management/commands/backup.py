"""`manage.py backup FOLDER`: the database and the files, without the keys."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from askorac.recovery import backups
from askorac.recovery.dumping import DumpFailed
from askorac.tenancy.ways import private_address

ADDRESS = "DATABASE_BACKUP_URL"


class Command(BaseCommand):
    help = "Back up the database and the files into a new folder inside FOLDER; not the keys."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        url = private_address(ADDRESS)
        if not url:
            raise CommandError(
                f"{ADDRESS} is not set: let it log in as orac_backup, and run bootstrap_sql."
            )
        try:
            made = backups.make(url=url, into=folder, now=timezone.now())
        except (DumpFailed, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(made))
