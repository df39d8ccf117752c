"""`manage.py restore_files FOLDER`: the files of a backup alone, as the drill wants them."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from askorac.recovery import backups, filing


class Command(BaseCommand):
    help = "Put the files of a backup into the store."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        self.stdout.write(str(filing.unpack(folder / backups.FILES)))
