from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "askorac.tenancy"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers the system checks
