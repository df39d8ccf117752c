"""`manage.py restore_drill FOLDER`: prove that a backup can be restored, beside what runs."""

from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from askorac.recovery import drill
from askorac.recovery.backups import UnusableBackup
from askorac.recovery.dumping import DumpFailed
from askorac.recovery.proving import NotProven
from askorac.tenancy.ways import private_address

ADDRESS = "DATABASE_SUPERUSER_URL"


class Command(BaseCommand):
    help = "Restore a backup beside the installation, prove that it works, and remove it again."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if not (url := private_address(ADDRESS)):
            raise CommandError(f"{ADDRESS} is not set: name a superuser's login in it.")
        try:
            done = drill.drill(
                folder,
                superuser_url=url,
                secret_key=settings.SECRET_KEY,
                now=timezone.now(),
            )
        except (UnusableBackup, DumpFailed, NotProven) as error:
            raise CommandError(str(error)) from None
        except psycopg.Error as error:
            raise CommandError(f"The database refuses ({type(error).__name__}).") from None
        self.stdout.write(
            f"Restored and answering after {done.seconds} s: of {done.organization_count}"
            f" organizations the keys of {done.opened_count} open, {done.closed_count} are closed"
            f" by their key service; {done.file_count} files were opened, and {done.event_count}"
            " audit events were reckoned anew."
        )
