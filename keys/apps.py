"""The Django application of the keys floor."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "keys"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers the system checks
