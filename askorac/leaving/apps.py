from django.apps import AppConfig


class LeavingConfig(AppConfig):
    name = "askorac.leaving"

    def ready(self) -> None:
        from projects.holdings import register_copies, register_inventory, register_sweep

        from . import exports, sweeping, tasks

        tasks.register_jobs()
        register_inventory("archives", sweeping.count_archives)
        register_copies(exports.end_archives)
        register_sweep("archives", sweeping.sweep_archives)
