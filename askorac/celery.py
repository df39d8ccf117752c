"""The Celery application: `celery -A askorac worker` and `… beat`."""

import os
import sys
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, worker_init

from askorac.environment import DATA_DIR

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "askorac.settings")
os.environ["CELERY_SKIP_CHECKS"] = "true"  # Celery goes on whatever they find: see below

app = Celery("askorac")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 2},
    worker_max_memory_per_child=1_500_000,
    beat_schedule_filename=str(DATA_DIR / "beat-schedule"),
    beat_schedule={
        "jobs.sweep": {"task": "jobs.sweep", "schedule": 5.0, "options": {"expires": 5}},
        "sign_ins.file": {
            "task": "projects.file_refusals",
            "schedule": 20.0,
            "options": {"expires": 20},
        },
        "turns.sweep": {
            "task": "conversations.close_lapsed_turns",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "audit.key_uses": {
            "task": "projects.write_key_uses",
            "schedule": crontab(minute=1),
            "options": {"expires": 1800},
        },
        "audit.checkpoints": {
            "task": "projects.ask_for_checkpoints",
            "schedule": crontab(minute=0),
            "options": {"expires": 1800},
        },
        "accounts.unconfirmed": {
            "task": "projects.clear_unconfirmed",
            "schedule": crontab(hour=3, minute=41),
            "options": {"expires": 3600},
        },
        "sessions.forget": {
            "task": "projects.forget_sessions",
            "schedule": crontab(hour=3, minute=52),
            "options": {"expires": 3600},
        },
        "evidence.daily": {
            "task": "evidence.look_daily",
            "schedule": crontab(hour=3, minute=17),
            "options": {"expires": 3600},
        },
    },
)
app.autodiscover_tasks()


@worker_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
@beat_init.connect  # type: ignore[untyped-decorator]
def refuse_unsafe_start(**_: Any) -> None:
    """End before any work is taken, if a system check finds the settings unsafe or unusable."""
    from django.conf import settings
    from django.core.management import CommandError, call_command

    try:
        call_command("check", deploy=not settings.DEVELOPMENT)
    except CommandError as error:
        sys.exit(str(error))
