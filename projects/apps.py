from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from . import login_events, tasks

        tasks.register_jobs()
        login_events.connect()
