"""What a worker answers to the doctor."""

from celery import shared_task
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from redis import Redis

KEPT_SECONDS = 60


def answer_key(token: str) -> str:
    """Where the answer to a token lies."""
    return f"orac:doctor:{token}"


@shared_task(name="health.answer", ignore_result=True)  # type: ignore[untyped-decorator]  # Celery has no types
def answer(token: str) -> None:
    """Ask the database who we are, and leave that where the doctor looks.

    It is no sign of life: whoever looks must not be what makes /readyz say that all is well.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT current_user")
        role: str = cursor.fetchone()[0]
    with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as redis:
        redis.set(answer_key(token), role, ex=KEPT_SECONDS)
