"""`manage.py replace_root_key`: another root key for the folder of keys that KMS_URL names."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from askorac.sealing import SealFault
from keys.layers import installation_service
from keys.services import UnusableAddress
from keys.services.local import LocalService
from keys.services.local_root import replace_root


class Command(BaseCommand):
    help = "Make another root key for the folder of keys, while no process of AskOrac runs."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            service = installation_service()
            if not isinstance(service, LocalService):
                raise CommandError("KMS_URL names no folder: replace the key where it lies.")
            if service.has_given_root:
                raise CommandError(
                    f"The root key comes from KMS_KEY. Write it into {service.folder / 'root'}"
                    " (mode 0600), leave KMS_KEY out, and run this again."
                )
            count = replace_root(service.folder)
        except (SealFault, UnusableAddress) as fault:
            raise CommandError(fault.sentence) from None
        self.stdout.write(f"There is another root key. Wrapping keys that it seals: {count}.")
