"""The SDKs' clients: one for an account in an event loop, closed when the loop ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import httpx2

from keys.providers.accounts import Account
from keys.providers.transport import Transport

Client = TypeVar("Client")
Connect = Callable[[Account, httpx2.AsyncClient], Client]


@dataclass(frozen=True, slots=True)
class _Connection:
    client: Any
    http: httpx2.AsyncClient


@dataclass(slots=True)
class _LoopClients:
    connections: dict[tuple[Connect[Any], Account], _Connection] = field(default_factory=dict)
    closer: AsyncGenerator[None, None] | None = None


_open: dict[asyncio.AbstractEventLoop, _LoopClients] = {}


async def client_of(account: Account, connect: Connect[Client]) -> Client:
    """The client of an account in the running loop, made by ``connect`` on first use.

    ``connect`` is a function of a module: it is what clients of one kind are known by. It is
    given the HTTP client to work with; KeyRejected for a key that fits no header,
    httpx2.InvalidURL for an address that is none.
    """
    here = _open.get(asyncio.get_running_loop()) or await _start()
    kept = here.connections.get((connect, account))
    if kept is None:
        # Both are checked before an SDK has them, which would say what is wrong in its own way.
        account.key.reveal()
        httpx2.URL(account.base_url)
        http = httpx2.AsyncClient(
            transport=Transport(account), follow_redirects=False, trust_env=False
        )
        kept = here.connections[connect, account] = _Connection(connect(account, http), http)
    return cast("Client", kept.client)


async def close(account: Account) -> None:
    """Close the clients that an account has in the running loop, and the streams on them."""
    here = _open.get(asyncio.get_running_loop())
    if here is None:
        return
    for key in [key for key in here.connections if key[1] == account]:
        await here.connections.pop(key).http.aclose()


async def close_all() -> None:
    """Close every client of the running loop."""
    here = _open.get(asyncio.get_running_loop())
    if here is not None and here.closer is not None:
        await here.closer.aclose()


async def _start() -> _LoopClients:
    here = _open[asyncio.get_running_loop()] = _LoopClients()
    here.closer = _close_with_the_loop(here)
    await anext(here.closer)
    return here


async def _close_with_the_loop(here: _LoopClients) -> AsyncGenerator[None, None]:
    """Close the clients when asked to, or else when the loop shuts its generators down.

    ``asyncio.run`` does the latter at its end, so that a task's short-lived loop leaves no
    connection behind and nobody needs to remember to close anything.
    """
    try:
        yield
    finally:
        del _open[asyncio.get_running_loop()]
        for connection in here.connections.values():
            await connection.http.aclose()
