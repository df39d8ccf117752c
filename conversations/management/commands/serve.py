"""`manage.py serve`: the web process. It ends running answers before it stops."""

import resource
from typing import Any, Final

from channels.routing import get_default_application
from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from projects.trail import uses

MOST_FILES: Final = 65_536


class Command(BaseCommand):
    help = "Serve pages and sockets until stopped; answers that are being given end first."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="the port to listen on")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        # The settings first: with an unsafe one, the database is not even asked.
        self.check(include_deployment_checks=not settings.DEVELOPMENT)
        self.check(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
        from askorac.web.server import CannotListen, CannotStart, Server  # installs a reactor

        allow_many_sockets()
        try:
            Server(get_default_application(), host=host, port=port).serve()
        except CannotListen:
            raise CommandError(
                f"Port {port} of {host} can't be listened on. Is it taken?"
            ) from None
        except CannotStart as error:
            raise CommandError(f"The server did not start: {error}") from None
        finally:
            uses.flush()  # by the pools that are open, not by new ones at the exit
            close_pools()


def allow_many_sockets() -> None:
    """Let this process open as many files as the system grants it; each socket is one."""
    least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(least, min(most, MOST_FILES)), most))


def close_pools() -> None:
    """Close Django's pools, whose threads would otherwise be waited for."""
    for connection in connections.all():
        if isinstance(connection, DatabaseWrapper):
            connection.close_pool()
