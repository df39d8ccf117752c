"""`manage.py destroy_keys`: the end of an organization's keys, and of all that they sealed."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from askorac.sealing import SealFault
from askorac.tenancy.context import tenant
from keys.destruction import destroy_keys
from projects.models import Organization


class Command(BaseCommand):
    help = (
        "Destroy the keys of an organization. Everything that it has sealed is lost for good,"
        " in every backup, too."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", type=UUID)
        parser.add_argument("--name", required=True, help="its name, so that it is the right one")

    def handle(self, *args: Any, **options: Any) -> None:
        organization_id: UUID = options["organization"]
        with tenant(organization_id):
            named = Organization.objects.filter(name=options["name"]).exists()
        if not named:
            raise CommandError("There is no organization with this id and name.")
        try:
            is_final = destroy_keys(organization_id=organization_id, now=timezone.now())
        except SealFault as fault:
            raise CommandError(f"{fault.sentence} Run this again.") from None
        self.stdout.write("The keys are destroyed: nothing of this organization opens again.")
        if not is_final:
            self.stdout.write(
                "The key service has no key of this organization alone: a backup that was made"
                " before can be opened with it. Delete those backups, too."
            )
