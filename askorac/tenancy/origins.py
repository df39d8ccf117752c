"""Where what is done comes from: an address, and the session it is done in.

It is set once for each request or socket, and read where an event is written down.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

_DIGEST_CHARACTERS: Final = 16
_IPV6_PREFIX: Final = 64


@dataclass(frozen=True, slots=True)
class Origin:
    """`address` is the client's, behind trusted proxies. `session` tells sessions apart, and
    opens none: see `session_digest`. Both are empty for what nobody asked for just now."""

    address: str = ""
    session: str = ""


NOWHERE: Final = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def current_origin() -> Origin:
    """Where the request that is being answered comes from."""
    return _origin.get()


def enter(origin: Origin) -> None:
    """From now on, in this task or thread."""
    _origin.set(origin)


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """While the block runs."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def network_of(address: str) -> str:
    """The address, of the newer kind the network: a household has as many as it likes."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _IPV6_PREFIX), strict=False).network_address)
    return str(parsed)


def session_digest(session_key: str | None) -> str:
    """The beginning of the SHA-256 of a session's key; nothing for none."""
    if not session_key:
        return ""
    return hashlib.sha256(session_key.encode()).hexdigest()[:_DIGEST_CHARACTERS]
