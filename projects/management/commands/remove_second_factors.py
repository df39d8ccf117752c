"""`manage.py remove_second_factors ADDRESS`: for a user who lost app, passkeys and codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from projects.signing_in.lost_factors import NoSuchUser, remove_factors


class Command(BaseCommand):
    """Whoever runs it has to know who asks: the password alone lets the user in afterwards."""

    help = "Removes all second factors of a user and ends their sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="The e-mail address that the user logs in with.")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        try:
            count = remove_factors(address=address, now=timezone.now())
        except NoSuchUser as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{count} factors were removed. The password alone lets them in now.")
