from django.apps import AppConfig


class LeavingConfig(AppConfig):
    name = "askorac.leaving"

    def ready(self) -> None:
        from . import tasks

        tasks.register_jobs()
