from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"

    def ready(self) -> None:
        from askorac.sealing import elsewhere

        from . import resealing, tasks

        tasks.register_jobs()
        elsewhere.register(resealing.SEALED_FILES)
