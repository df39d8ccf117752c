"""How many requests a minute: counted in Redis for all processes together, in one step."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.conf import settings
from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

WINDOW_MILLISECONDS: Final = 60_000
CONNECTIONS: Final = 8

# Count one request against each key. Returns of each the number in the running minute, and the
# milliseconds until that ends; a key begins its minute with its first request.
COUNT: Final = """
    local counted = {}
    for i, key in ipairs(KEYS) do
        local number = redis.call('INCR', key)
        if number == 1 then redis.call('PEXPIRE', key, ARGV[1]) end
        counted[2 * i - 1] = number
        counted[2 * i] = redis.call('PTTL', key)
    end
    return counted
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """What is left of an allowance: `remaining` of `limit` for the next `reset` seconds."""

    limit: int
    remaining: int
    reset: int
    is_exceeded: bool

    def as_headers(self) -> dict[str, str]:
        """For every answer, so that a program can slow down before it is told to."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


def count_request(allowances: dict[str, int], *, milliseconds: int = WINDOW_MILLISECONDS) -> Rate:
    """Count one request against each name; returns the allowance of which the least is left.

    An allowance is for so many `milliseconds`, of one name for always the same. Raises
    redis.RedisError when nobody can count: the request is then not to be answered.
    """
    counted = _script()(keys=[f"orac:rate:{name}" for name in allowances], args=[milliseconds])
    rates = [
        Rate(
            limit=limit,
            remaining=max(limit - number, 0),
            reset=max(-(-wait // 1000), 1),
            is_exceeded=number > limit,
        )
        for limit, number, wait in zip(
            allowances.values(), counted[::2], counted[1::2], strict=True
        )
    ]
    return min(rates, key=lambda rate: (not rate.is_exceeded, rate.remaining))


@cache
def _script() -> Any:
    pool = BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        max_connections=CONNECTIONS,
        timeout=5.0,
        socket_timeout=2.0,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), 1),
        protocol=2,
    )
    return Redis.from_pool(pool).register_script(COUNT)
