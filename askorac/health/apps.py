import gc

from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "askorac.health"

    def ready(self) -> None:
        from . import starting  # noqa: F401 - registers the system checks

        # All that is loaded by now stays, and is passed over: see the settings.
        gc.freeze()
        gc.enable()
