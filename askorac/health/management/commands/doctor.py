"""`manage.py doctor`: look at everything that has to work, and say how to mend what does not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from askorac.health import mailing, processes, stores
from askorac.health.erased import erased
from askorac.health.examination import examine

LOOKS = (
    ("Environment", stores.environment),
    ("Web process", processes.web),
    ("Database", stores.logins),
    ("Schema", stores.schema),
    ("Redis", stores.broker),
    ("Storage", stores.storage),
    ("Keys", stores.keys),
    ("Mail", mailing.mail),
    ("Models", processes.models),
    ("Worker", processes.worker),
    ("Doors", processes.doors),
    ("What was erased", erased),
)


class Command(BaseCommand):
    help = "Check this installation from end to end; exits with 1 if anything does not work."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        ill = 0
        for finding in examine(LOOKS):
            self.stdout.write(str(finding))
            self.stdout.flush()
            ill += not finding.is_well
        if ill:
            raise CommandError(f"{ill} thing{'s' if ill > 1 else ''} to mend; each says how.")
        self.stdout.write("Everything works.")
