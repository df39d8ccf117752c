"""The SDK's clients: one for an account in an event loop, closed when the loop ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from functools import lru_cache
from ssl import SSLContext
from typing import Final

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient

from keys.providers.accounts import Account
from keys.providers.openai.patience import Patience

# A stream holds its connection to the end, so this is how many answers run at once.
LIMITS: Final = httpx2.Limits(
    max_connections=4096, max_keepalive_connections=256, keepalive_expiry=60.0
)


@dataclass(slots=True)
class _LoopClients:
    clients: dict[Account, AsyncOpenAI] = field(default_factory=dict)
    closer: AsyncGenerator[None, None] | None = None


_open: dict[asyncio.AbstractEventLoop, _LoopClients] = {}


async def client_of(account: Account, patience: Patience) -> AsyncOpenAI:
    """The client of an account in the running loop, made on first use; KeyRejected."""
    here = _open.get(asyncio.get_running_loop()) or await _start()
    client = here.clients.get(account)
    if client is None:
        client = here.clients[account] = _connect(account, patience)
    return client


async def close(account: Account) -> None:
    """Close the client that an account has in the running loop, and the streams on it."""
    here = _open.get(asyncio.get_running_loop())
    client = here.clients.pop(account, None) if here else None
    if client is not None:
        await client.close()


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
        for client in here.clients.values():
            await client.close()


def _connect(account: Account, patience: Patience) -> AsyncOpenAI:
    http = DefaultAioHttpClient(verify=_tls(), limits=LIMITS, trust_env=True)
    client = AsyncOpenAI(
        api_key=account.key.reveal(),
        base_url=account.base_url,
        max_retries=0,
        timeout=httpx2.Timeout(patience.embedding, connect=patience.connect, pool=patience.connect),
        http_client=http,
    )
    # The SDK takes these from the environment; they would go out with every customer's key.
    client.organization = client.project = client.admin_api_key = None
    return client


@lru_cache(maxsize=1)
def _tls() -> SSLContext:
    # Reading the certificates takes 20 ms, too long to do for every client.
    return httpx2.create_ssl_context()
