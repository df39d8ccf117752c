"""The SDKs' clients: one for an account in an event loop, closed when it is not used any more.

That is when the loop ends; when nobody has asked for it for half a minute and no answer is being
read; and when the customer has replaced or revoked the key meanwhile, with the answer that is.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

import httpx2

from keys.providers.accounts import Account
from keys.providers.base import KeyRejected
from keys.providers.faults import TAKEN_BACK
from keys.providers.transport import Transport

Client = TypeVar("Client")
Connect = Callable[[Account, httpx2.AsyncClient], Client]

# Together less than the minute in which a revoked key is to be gone from here.
IDLE_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 15.0
# Beyond it, who has waited longest without an answer being read is closed.
MOST_CLIENTS: Final = 500


@dataclass(slots=True)
class _Connection:
    client: Any
    http: httpx2.AsyncClient
    transport: Transport
    used_at: float


_Key = tuple[Connect[Any], Account]


@dataclass(slots=True)
class _LoopClients:
    connections: dict[_Key, _Connection] = field(default_factory=dict)
    closer: AsyncGenerator[None, None] | None = None
    looker: asyncio.Task[None] | None = None


_open: dict[asyncio.AbstractEventLoop, _LoopClients] = {}


async def client_of(account: Account, connect: Connect[Client]) -> Client:
    """The client of an account in the running loop, made by ``connect`` on first use.

    ``connect`` is a function of a module: it is what clients of one kind are known by. It is
    given the HTTP client to work with; KeyRejected for a key that fits no header,
    httpx2.InvalidURL for an address that is none.
    """
    loop = asyncio.get_running_loop()
    here = _open.get(loop) or await _start()
    kept = here.connections.pop((connect, account), None)
    if kept is None:
        # Both are checked before an SDK has them, which would say what is wrong in its own way.
        account.reveal()
        httpx2.URL(account.base_url)
        transport = Transport(account)
        http = httpx2.AsyncClient(transport=transport, follow_redirects=False, trust_env=False)
        kept = _Connection(connect(account, http), http, transport, loop.time())
    kept.used_at = loop.time()
    here.connections[connect, account] = kept  # so they stand in the order of their use
    if len(here.connections) > MOST_CLIENTS:
        await _close_some(here, len(here.connections) - MOST_CLIENTS)
    if here.looker is None:
        # Not in the context of who happened to ask first.
        looking = _look_after(here)
        here.looker = loop.create_task(looking, context=contextvars.Context())
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


async def close_unused(here: _LoopClients) -> None:
    """Close what nobody uses, and what its customer has taken back."""
    unused_since = asyncio.get_running_loop().time() - IDLE_SECONDS
    for key, kept in list(here.connections.items()):
        if kept.used_at > unused_since:
            continue
        if kept.transport.is_busy:
            if await _is_held(key[1]):
                continue
            kept.transport.cut(KeyRejected(TAKEN_BACK))
        here.connections.pop(key, None)
        await kept.http.aclose()


async def _close_some(here: _LoopClients, count: int) -> None:
    idle = [key for key, kept in here.connections.items() if not kept.transport.is_busy]
    for key in idle[:count]:
        await here.connections.pop(key).http.aclose()


async def _is_held(account: Account) -> bool:
    return account.still_held is None or await account.still_held()


async def _look_after(here: _LoopClients) -> None:
    """Look after the clients of a loop for as long as there are any."""
    try:
        while here.connections:
            await asyncio.sleep(LOOK_SECONDS)
            await close_unused(here)
    finally:
        here.looker = None


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
        if here.looker is not None:
            here.looker.cancel()
        for connection in here.connections.values():
            await connection.http.aclose()
