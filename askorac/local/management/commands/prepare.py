"""`manage.py prepare`: what `make run` does to the database before anything is served."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from askorac.environment import read
from askorac.local.demo import load_demo


class Command(BaseCommand):
    help = "Migrate, and load the demo organization. In development only."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        password = read("DEMO_PASSWORD")
        if not password:
            raise CommandError("DEMO_PASSWORD is not set; `make run` makes one.")
        call_command("migrate", verbosity=0)
        load_demo(password=password)
