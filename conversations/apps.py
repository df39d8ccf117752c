from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "conversations"

    def ready(self) -> None:
        from . import tasks

        tasks.register_jobs()
        tasks.register_holdings()
