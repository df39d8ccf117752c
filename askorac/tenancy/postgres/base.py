"""The backend that DATABASES names: where Django looks for its connections."""

import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from askorac.tenancy.pools import ATTEMPT_SECONDS, WAIT_SECONDS, is_alive
from askorac.tenancy.ways import require_private


class DatabaseWrapper(base.DatabaseWrapper):
    """As Django's; of a pool it takes only connections that have a server."""

    def get_connection_params(self) -> dict[str, Any]:
        """What psycopg is given. Raises WayInClear where others could read along."""
        require_private(self.settings_dict, f"The database “{self.alias}”")
        params: dict[str, Any] = super().get_connection_params()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection, within ten seconds if there is a pool; raises PoolTimeout."""
        if not self.pool:
            return super().get_new_connection(conn_params)
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                connection = super().get_new_connection(conn_params)
            except PoolTimeout:
                if time.monotonic() + ATTEMPT_SECONDS > deadline:
                    raise
                continue
            if is_alive(connection):
                return connection
            connection.close()
            self.pool.putconn(connection)
