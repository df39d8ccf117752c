"""`manage.py createsuperuser`: a user of our own staff, made on the login that may make users."""

from django.contrib.auth.management.commands.createsuperuser import Command as DjangoCommand
from django.core.management.base import CommandParser

from askorac.tenancy.router import ACCOUNTS


class Command(DjangoCommand):
    """Django's command with the accounts database as its default."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=ACCOUNTS)
