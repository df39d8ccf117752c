"""`manage.py rotate_signing_key`: sign with another key from now on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from askorac.sealing import SealFault
from askorac.signing.live import replace_key


class Command(BaseCommand):
    help = "Make another signing key. What the former has signed still holds."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key_id = replace_key()
        except SealFault as fault:
            raise CommandError(fault.sentence) from None
        self.stdout.write(f"{key_id} signs from now on, everywhere within ten minutes.")
