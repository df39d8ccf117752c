"""The way to a database: it stays on this machine, or is TLS to a server that is who it says.

libpq may be told of another host in more than one place, so all of them are read here.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from askorac.environment import read
from askorac.net.addresses import is_here
from askorac.settings import database

VERIFIED: Final = "verify-full"
REMEDY: Final = (
    "End its address with ?sslmode=verify-full&sslrootcert=/path/to/ca.pem, or use a database on"
    " this machine."
)


class WayInClear(ImproperlyConfigured):
    """A database is on another machine, and TLS to it is not verified. Nothing was sent there."""


def is_on_this_machine(login: Mapping[str, Any]) -> bool:
    """Whether Django's settings of a database lead nowhere else, whatever of them libpq goes by."""
    options = login["OPTIONS"]
    if "service" in options:  # a file that may name any host
        return False
    address = options.get("hostaddr") or os.environ.get("PGHOSTADDR")
    hosts = str(address or login["HOST"] or os.environ.get("PGHOST", "")).split(",")
    return all(not host or host.startswith("/") or is_here(host) for host in hosts)


def is_private(login: Mapping[str, Any]) -> bool:
    """Whether nobody on the network between can read along, or pose as the server."""
    return is_on_this_machine(login) or login["OPTIONS"].get("sslmode") == VERIFIED


def require_private(login: Mapping[str, Any], name: str) -> None:
    """Raises WayInClear, unless the way is private or this is one developer's machine."""
    if not settings.DEVELOPMENT and not is_private(login):
        raise WayInClear(f"{name} is on another machine, and TLS to it is not verified. {REMEDY}")


def private_address(name: str) -> str:
    """The address of a database that a setting names, empty if none. Raises WayInClear."""
    url = read(name)
    if url:
        require_private(database(url), name)
    return url
