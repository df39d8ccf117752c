"""The event loop's own client of Redis: for limits, and for following answers across processes.

Redis may be emptied or killed at any time; nobody here takes it for the truth.
"""

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

from django.conf import settings
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

CONNECTIONS: Final = 16
# A connection that a restarted server has forgotten is found out by its first command.
_ATTEMPTS: Final = Retry(NoBackoff(), 1)

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Redis] = WeakKeyDictionary()


def broker() -> Redis:
    """The running loop's client. Its pool waits for a free connection rather than refusing one:
    with a pool that refuses, two hundred questions at once fail.

    A command waits ten seconds for a connection, and two for an answer. It raises
    redis.RedisError, at once if there is no server.
    """
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = _connect()
    return _clients[loop]


async def close_broker() -> None:
    """Close the running loop's connections. The next use opens new ones."""
    client = _clients.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.aclose()


def _connect() -> Redis:
    pool = BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        max_connections=CONNECTIONS,
        timeout=10.0,
        socket_timeout=2.0,
        socket_connect_timeout=1.0,
        retry=_ATTEMPTS,
        decode_responses=True,
        protocol=2,
    )
    return Redis.from_pool(pool)
