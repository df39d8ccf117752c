"""The Django application of the keys floor."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "keys"

    def ready(self) -> None:
        from askorac.sealing import keyrings
        from askorac.signing import wrapping
        from projects.trail import places

        from . import (
            checks,  # noqa: F401 - registers the system checks
            provider_keys,
            tasks,
        )
        from .layers import installation_service
        from .vault import open_keys

        tasks.register_jobs()
        places.register_place("provider_key", provider_keys.PLACE)
        keyrings.load_with(open_keys)
        wrapping.wrap_with(installation_service)
