from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from . import tasks
        from .signing_in import events
        from .trail import places

        tasks.register_jobs()
        events.connect()
        places.register_places()
