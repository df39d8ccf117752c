"""The Celery application: `celery -A askorac worker` and `… beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "askorac.settings")

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
    beat_schedule={
        "jobs.sweep": {"task": "jobs.sweep", "schedule": 5.0, "options": {"expires": 5}},
        "turns.sweep": {
            "task": "conversations.close_lapsed_turns",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
    },
)
app.autodiscover_tasks()
