"""`manage.py prove_restored ID…`: run by the drill against what it has restored."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from askorac.recovery import drill, proving
from askorac.sealing import SealFault


class Command(BaseCommand):
    help = "Prove that this database isolates, and that what these organizations keep opens."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organizations", type=UUID, nargs="*")

    def handle(self, *args: Any, organizations: list[UUID], **options: Any) -> None:
        try:
            proof = proving.prove(organizations)
        except (proving.NotProven, SealFault, FileNotFoundError) as error:
            raise CommandError(f"{type(error).__name__}: {error}") from None
        self.stdout.write(drill.as_line(proof))
