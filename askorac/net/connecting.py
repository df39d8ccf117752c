"""Connections to checked addresses only: what was checked is what is connected to."""

import socket
from collections.abc import Collection, Sequence
from ipaddress import IPv4Address, ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from .addresses import Network, is_public, is_within
from .resolving import LookUp, look_up
from .urls import WEB_PORTS, check_address


class GuardedResolver(AbstractResolver):
    """Resolves a name once a connection, and refuses it if one of its addresses is not public."""

    def __init__(
        self,
        *,
        look_up: LookUp,
        allow: Sequence[Network],
        ports: Collection[int] = WEB_PORTS,
    ) -> None:
        self._look_up = look_up
        self._allow = allow
        self._ports = ports

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises Forbidden or Unreachable."""
        addresses = await self._look_up(host)
        for address in addresses:
            check_address(address, port=port, allow=self._allow, ports=self._ports)
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


def guarded_connector(
    *,
    allow: Sequence[Network] = (),
    look_up: LookUp = look_up,
    kept_seconds: float = 0.0,
    ports: Collection[int] = WEB_PORTS,
) -> aiohttp.TCPConnector:
    """A connector for aiohttp that reaches public addresses on `ports` only.

    Networks in `allow` are reached as well, on any port. Each connection asks for the name anew,
    and serves one request, unless it is kept for the next one, as long as said. Use it with
    `trust_env=False`, and without redirects of aiohttp's own: an address that is an IP literal
    must go through `urls.target_of` for a reason to be told.
    """

    def open_socket(found: tuple[Any, ...]) -> socket.socket:
        """The last gate: it sees the very address that is about to be connected to."""
        family, kind, protocol, _, where = found
        address = ip_address(where[0])
        if not (is_within(address, allow) or (is_public(address) and where[1] in ports)):
            raise PermissionError("This address is not public.")
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        resolver=GuardedResolver(look_up=look_up, allow=allow, ports=ports),
        use_dns_cache=False,
        force_close=not kept_seconds,
        keepalive_timeout=kept_seconds or None,
        socket_factory=open_socket,
    )
