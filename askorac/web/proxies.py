"""Whom a request comes from, where trusted proxies stand before us.

Each proxy appends to X-Forwarded-For the address that it was asked from. Read from the right, the
first one that is not a trusted proxy's is the client's: what stands left of it anybody may have
written. A peer that is not trusted is the client itself, and its forwarding headers are dropped.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from ipaddress import ip_address
from typing import Any, Final, TypeAlias

from askorac.net.addresses import Address, Network, is_within

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADER: Final = b"x-forwarded-for"
FORWARDING: Final = frozenset(
    (HEADER, b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"forwarded")
)


class BehindProxies:
    """An ASGI application that is told the client's address instead of the nearest proxy's."""

    def __init__(self, application: Application, *, trusted: Sequence[Network]) -> None:
        self._application = application
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            scope = self._asked(scope)
        await self._application(scope, receive, send)

    def _asked(self, scope: Scope) -> Scope:
        """The scope with the client's address, and without headers that count for nothing."""
        peer = scope.get("client")
        hop = _parsed(peer[0]) if peer else None
        if peer is None or hop is None or not is_within(hop, self._trusted):
            believed = [line for line in scope["headers"] if line[0].lower() not in FORWARDING]
            return {**scope, "headers": believed}
        address = client_address(peer[0], _forwarded(scope["headers"]), self._trusted)
        return scope if address == peer[0] else {**scope, "client": [address, 0]}


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of the client: the last of the way that no trusted proxy has.

    `forwarded` is what X-Forwarded-For holds, the nearest last. Where it holds no address, the
    proxy that has passed it on is all that is known.
    """
    known = peer
    hop = _parsed(peer)
    for entry in reversed(forwarded):
        if hop is None or not is_within(hop, trusted):
            return known
        if (hop := _parsed(entry)) is None:
            return known
        known = str(hop)
    return known


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    values = [value.decode("latin1") for name, value in headers if name.lower() == HEADER]
    return [entry.strip() for value in values for entry in value.split(",")]


def _parsed(text: str) -> Address | None:
    """The address of an entry, which may carry a port: 192.0.2.1:80, [2001:db8::1]:80."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
