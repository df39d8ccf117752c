"""`manage.py createsuperuser`: a user of our own staff, made on the login that may make users."""

import os
from typing import Any, Final

from django.contrib.auth.management.commands.createsuperuser import Command as DjangoCommand
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from askorac.tenancy.router import ACCOUNTS
from projects.models import User

PASSWORD: Final = "DJANGO_SUPERUSER_PASSWORD"  # noqa: S105 - the variable that Django reads


class Command(DjangoCommand):
    """Django's command with the accounts database as its default, and no password but a good one
    where nobody can be asked."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database=ACCOUNTS)

    def handle(self, *args: Any, **options: Any) -> str | None:
        password = os.environ.get(PASSWORD)
        if password and not options["interactive"]:
            email = options.get("email") or os.environ.get("DJANGO_SUPERUSER_EMAIL", "")
            try:
                validate_password(password, User(email=email))
            except ValidationError as error:
                raise CommandError(f"{PASSWORD}: {' '.join(error.messages)}") from None
        told: str | None = super().handle(*args, **options)
        return told
