"""Short sessions with the stores, outside every pool: they must not wait for one that is full."""

from collections.abc import Mapping
from typing import Any, Final

import psycopg
from redis.backoff import NoBackoff
from redis.retry import Retry

from askorac.tenancy.ways import require_private

WAIT_SECONDS: Final = 2
# For Redis: no second try, which would take as long again.
PATIENCE: Final[dict[str, Any]] = {
    "socket_connect_timeout": WAIT_SECONDS,
    "socket_timeout": WAIT_SECONDS,
    "retry": Retry(NoBackoff(), 0),
}
_OURS: Final = {"pool", "server_side_binding"}  # options that are Django's, not the server's


def session(database: Mapping[str, Any]) -> psycopg.Connection:
    """A connection of its own, by Django's settings of an alias, in autocommit.

    It gives up after two seconds, and so does each of its statements. Raises psycopg.Error, and
    WayInClear.
    """
    require_private(database, "The database")
    options = {name: value for name, value in database["OPTIONS"].items() if name not in _OURS}
    return psycopg.connect(
        **options,
        host=database["HOST"],
        port=database["PORT"],
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        application_name="health",
        autocommit=True,
        connect_timeout=WAIT_SECONDS,
        tcp_user_timeout=WAIT_SECONDS * 1000,
        options=f"-c statement_timeout={WAIT_SECONDS * 1000}",
    )
