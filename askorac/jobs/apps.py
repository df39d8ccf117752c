from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "askorac.jobs"

    def ready(self) -> None:
        from askorac import celery  # noqa: F401 - shared tasks belong to this application
