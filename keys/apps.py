"""The Django application of the keys floor."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "keys"

    def ready(self) -> None:
        from askorac.sealing import keyrings
        from askorac.signing import wrapping

        from . import (
            checks,  # noqa: F401 - registers the system checks
            tasks,
        )
        from .layers import installation_service
        from .vault import open_keys

        tasks.register_jobs()
        keyrings.load_with(open_keys)
        wrapping.wrap_with(installation_service)
