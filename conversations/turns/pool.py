"""The event loop's own connections for turns: few, short, and signed like Django's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from askorac.tenancy.context import SET_CONTEXT, login_role, signed
from askorac.tenancy.pools import ATTEMPT_SECONDS, LivePool
from askorac.tenancy.signing import SETTING, Context

_OURS: Final = {"pool", "server_side_binding"}  # options that are Django's, not the server's

_pools: list[LivePool] = []


class PoolClosed(RuntimeError):
    """A turn was touched before `open_pool` or after `close_pool`: a mistake in the start-up."""


async def open_pool() -> None:
    """Open the pool of this process in the running event loop. Connects as it is needed."""
    pool = LivePool(
        kwargs=_connection_arguments(),
        connection_class=AsyncConnection[DictRow],
        min_size=1,
        max_size=settings.TURN_POOL_SIZE,
        name="turns",
        open=False,
        timeout=ATTEMPT_SECONDS,
        reconnect_timeout=ATTEMPT_SECONDS,
    )
    await pool.open()
    _pools.append(pool)


async def close_pool() -> None:
    """Close the pool; what still runs on it has five seconds to end."""
    await _pools.pop().close()


@asynccontextmanager
async def transaction(context: Context) -> AsyncIterator[AsyncConnection[DictRow]]:
    """One transaction in a signed context; raises psycopg.OperationalError if there is no server.

    The signature is bound on the server's side, so that no other session reads it in the
    statement's text.
    """
    if not _pools:
        raise PoolClosed("The pool of turns is not open.")
    async with _pools[-1].connection() as connection, connection.transaction():
        value = signed(context, role=login_role())
        await connection.execute(SET_CONTEXT, [SETTING, value])
        yield connection


def _connection_arguments() -> dict[str, Any]:
    database = connections[DEFAULT_DB_ALIAS].settings_dict
    options = {name: value for name, value in database["OPTIONS"].items() if name not in _OURS}
    return {
        **options,
        "host": database["HOST"],
        "port": database["PORT"],
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "autocommit": True,
        "application_name": "turns",
        "prepare_threshold": None,  # a pooler that shares connections keeps no prepared statement
        "row_factory": dict_row,
    }
