from django.apps import AppConfig


class LeavingConfig(AppConfig):
    name = "askorac.leaving"

    def ready(self) -> None:
        from projects.holdings import register_inventory, register_sweep

        from . import sweeping, tasks

        tasks.register_jobs()
        register_inventory("archives", sweeping.count_archives)
        register_sweep("archives", sweeping.sweep_archives)
