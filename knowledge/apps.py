from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"

    def ready(self) -> None:
        from askorac.sealing import elsewhere
        from projects import holdings
        from projects.trail import places

        from . import resealing, source_rows, tasks, uploads

        tasks.register_jobs()
        holdings.register_holding(uploads.UPLOADS)
        holdings.register_inventory("knowledge", uploads.count_knowledge_of)
        holdings.register_strays("files", uploads.STRAY_FILES)
        holdings.register_sweep("files", uploads.sweep_files)
        holdings.register_sweep("jobs of sources", uploads.sweep_jobs)
        places.register_place("source", source_rows.PLACE)
        places.register_place("document", source_rows.PLACE_OF_DOCUMENT)
        elsewhere.register(resealing.SEALED_FILES)
