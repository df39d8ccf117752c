"""`manage.py sweep_erased`: look whether what was erased is gone, and take away the rest."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from askorac.jobs.leases import Later
from askorac.tenancy.context import tenant
from askorac.tenancy.router import STAFF
from projects.models import Organization
from projects.retention.sweeping import remove_strays, sweep_organization, write_down


class Command(BaseCommand):
    help = (
        "Sweep now, what is swept each night: rows, files, answers in Redis and jobs of what is"
        " gone. Exits with 1 if something is left that it can't take away."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", type=UUID, nargs="*", help="these alone; else all")

    def handle(self, *args: Any, **options: Any) -> None:
        asked: list[UUID] = options["organization"]
        everyone = Organization.objects.using(STAFF).order_by("id").values_list("id", flat=True)
        try:
            left = sum(map(self._sweep, asked or list(everyone)))
            strays = {} if asked else remove_strays()
        except Later as error:
            raise CommandError(error.reason) from None
        for name, count in strays.items():
            self.stdout.write(f"Of organizations that are gone, {name}: {count} taken away.")
        if left:
            raise CommandError(
                f"{left} remains are left. The purge is behind, or a row hangs loose."
            )
        self.stdout.write("Nothing is left of what was erased.")

    def _sweep(self, organization_id: UUID) -> int:
        found = sweep_organization(organization_id, now=timezone.now())
        with tenant(organization_id):
            write_down(found, now=timezone.now())
        for name, each in found.looks.items():
            if each.left:
                told = f"{organization_id}, {name}: {each.left} found, {each.removed} taken away."
                self.stdout.write(told)
        return found.still_there
