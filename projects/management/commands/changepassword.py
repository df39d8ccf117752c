"""`manage.py changepassword`: on the login that may change users."""

from django.contrib.auth.management.commands.changepassword import Command as DjangoCommand
from django.core.management.base import CommandParser

from askorac.tenancy.router import ACCOUNTS


class Command(DjangoCommand):
    """Django's command with the accounts database as its default."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=ACCOUNTS)
