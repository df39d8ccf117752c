"""Pools of connections that get over a server that went away: no caller meets a dead connection.

A server that stops, or a session that is ended, closes its end of the line, and an idle line that
has something to read is a dead one. Looking costs microseconds and no round trip, so each
connection is looked at when it is taken, and all dead ones are passed over at once. psycopg's own
`check` would pause for a second, two, four after each of them.
"""

import select
import time
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

# How long a caller waits for a connection.
WAIT_SECONDS: Final = 10.0
# A pool that could not connect gives up soon, and is asked again by whoever still waits: left to
# itself it would try after one second, two, four, and come too late for a lease of ten.
ATTEMPT_SECONDS: Final = 1
POOL_OPTIONS: Final = {"timeout": ATTEMPT_SECONDS, "reconnect_timeout": ATTEMPT_SECONDS}


def is_alive(connection: "psycopg.Connection[Any] | AsyncConnection[Any]") -> bool:
    """Whether an idle connection still has its server, as far as this end of the line knows."""
    if connection.closed:
        return False
    line = select.poll()
    line.register(connection.pgconn.socket, select.POLLIN)
    return not line.poll(0)


class LivePool(AsyncConnectionPool[AsyncConnection[Any]]):
    """An event loop's pool that gives only connections that have a server."""

    async def getconn(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - it is psycopg's to name
    ) -> AsyncConnection[Any]:
        """A connection, within `timeout` seconds (10 if not given); raises PoolTimeout."""
        deadline = time.monotonic() + (WAIT_SECONDS if timeout is None else timeout)
        while True:
            left = deadline - time.monotonic()
            try:
                connection = await super().getconn(min(left, ATTEMPT_SECONDS))
            except PoolTimeout:
                if left <= ATTEMPT_SECONDS:
                    raise
                continue
            if is_alive(connection):
                return connection
            await connection.close()
            await self.putconn(connection)
