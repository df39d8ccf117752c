from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "askorac.health"

    def ready(self) -> None:
        from . import starting  # noqa: F401 - registers the system checks
