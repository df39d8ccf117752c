from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "conversations"

    def ready(self) -> None:
        from projects.trail import places

        from . import reads, tasks

        tasks.register_jobs()
        tasks.register_holdings()
        places.register_place("conversation", reads.PLACE)
