"""The worker's sign of life, written by the tasks themselves: it says that work is really done.

The sweeper writes it every five seconds, and each job that runs does every eight, so that a
worker with both hands full is no dead one. It lies in Redis, and nothing is lost with it.
"""

import logging
import time
from functools import cache
from typing import Final, cast

from django.conf import settings
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from askorac.web.logs import LogEvent, log

KEY: Final = "orac:worker:seen_at"
SCHEDULE_KEY: Final = "orac:beat:seen_at"
KEPT_SECONDS: Final = 24 * 3600
WAIT_SECONDS: Final = 2.0


def beat(key: str = KEY) -> None:
    """Say that a worker works, now. Without Redis nobody hears it, and the work goes on."""
    try:
        _redis().set(key, time.time(), ex=KEPT_SECONDS)
    except RedisError as error:
        log(LogEvent.HEARTBEAT_UNREACHABLE, level=logging.WARNING, broken=error)


def tick() -> None:
    """Say that what is due is asked for: by the sweeper alone, which nothing but beat calls."""
    beat(SCHEDULE_KEY)


def silent_for(key: str = KEY) -> float | None:
    """Seconds since a worker, or the schedule, was heard; None if not for a day. Raises
    RedisError."""
    seen_at = cast(bytes | None, _redis().get(key))
    return None if seen_at is None else max(0.0, time.time() - float(seen_at))


@cache
def _redis() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=WAIT_SECONDS,
        socket_timeout=WAIT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
