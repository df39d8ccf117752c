"""How the vendors' SDKs reach the network: over aiohttp, whose bodies can be read as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import lru_cache
from ssl import SSLContext
from typing import Final
from weakref import WeakSet

import aiohttp
import httpx2
from yarl import URL

from askorac.net.connecting import guarded_connector
from askorac.net.faults import Forbidden, Unreachable
from askorac.net.urls import WEB_PORTS, target_of
from keys.providers.accounts import Account
from keys.providers.base import ProviderFault, ProviderUnavailable, RequestRefused
from keys.providers.faults import NOT_AN_ADDRESS, NOT_PUBLIC, NOT_SEALED

# A stream holds its connection to the end, so this is how many answers run at once.
MOST_CONNECTIONS: Final = 4096
KEPT_SECONDS: Final = 60.0
# Where the answer that is read lies beside the SDK's own.
RAW: Final = "askorac.raw"
STREAMED: Final = {
    # Unpacking costs time at each token, and a proxy that packs holds tokens back.
    "Accept-Encoding": "identity",
    # So the SDKs of OpenAI and Anthropic, too, are asked to leave the body unread.
    "X-Stainless-Raw-Response": "stream",
}


class Transport(httpx2.AsyncBaseTransport):
    """Sends the requests of one account. A redirect is an answer like any other: none is followed.

    A guarded account's address is checked each time, and what was checked is what is connected
    to. Proxies of the environment serve the others alone.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._session: aiohttp.ClientSession | None = None
        self._answers: WeakSet[aiohttp.ClientResponse] = WeakSet()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being read."""
        return any(not answer.closed for answer in self._answers)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the body of the answer is left unread. RequestRefused by the guard."""
        try:
            url = str(request.url)
            if self._account.is_guarded:
                url = target_of(url, allow=self._account.let_through).url
            raw = await self._send(request, URL(url, encoded=True))
            self._answers.add(raw)
            return httpx2.Response(
                raw.status,
                headers=raw.raw_headers,
                stream=_Body(raw),
                request=request,
                extensions={RAW: raw},
            )
        except Forbidden as error:
            sentence = NOT_AN_ADDRESS if error.code == "malformed" else NOT_PUBLIC
            if error.code == "port" and not _is_sealed(self._account):
                sentence = NOT_SEALED
            refusal: ProviderFault = RequestRefused(sentence, is_set_up=True)
        except Unreachable:
            refusal = ProviderUnavailable()
        raise refusal

    def cut(self, fault: ProviderFault) -> None:
        """End the answers that are being read with a fault, which their readers are told."""
        for answer in list(self._answers):
            if not answer.closed:
                answer.content.set_exception(fault)

    async def aclose(self) -> None:
        """Close all connections, and the streams on them."""
        # A session that closes leaves those waiting who read: their answers are closed before.
        for answer in list(self._answers):
            answer.close()
        if self._session is not None:
            await self._session.close()

    async def _send(self, request: httpx2.Request, url: URL) -> aiohttp.ClientResponse:
        waits = request.extensions.get("timeout", {})
        session = self._session = self._session or _session(self._account)
        return await session.request(
            request.method,
            url,
            headers=self._headers(request),
            data=request.content or None,
            allow_redirects=False,
            ssl=_tls(),
            timeout=aiohttp.ClientTimeout(
                connect=waits.get("pool"),
                sock_connect=waits.get("connect"),
                sock_read=waits.get("read"),
            ),
        )

    def _headers(self, request: httpx2.Request) -> list[tuple[str, str]]:
        headers = request.headers.multi_items()
        if not self._account.is_keyless:
            return headers
        return [(name, value) for name, value in headers if name.lower() != "authorization"]


class _Body(httpx2.AsyncByteStream):
    """The body of an answer, for an SDK that reads it whole."""

    def __init__(self, raw: aiohttp.ClientResponse) -> None:
        self._raw = raw

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while part := await self._raw.content.readany():
            yield part

    async def aclose(self) -> None:
        # A body that was read to its end has given its connection back before.
        self._raw.close()


def raw_of(response: httpx2.Response) -> aiohttp.ClientResponse:
    """The answer as aiohttp has it, of which nothing was read."""
    raw = response.extensions[RAW]
    assert isinstance(raw, aiohttp.ClientResponse)
    return raw


def _session(account: Account) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=_connector(account),
        timeout=aiohttp.ClientTimeout(),
        trust_env=not account.is_guarded,
        auto_decompress=False,
    )


def _connector(account: Account) -> aiohttp.TCPConnector:
    if account.is_guarded:
        # Unsealed, a key goes no further than the networks that the operator has let through.
        return guarded_connector(
            allow=account.let_through,
            kept_seconds=KEPT_SECONDS,
            ports=WEB_PORTS if _is_sealed(account) else (),
        )
    return aiohttp.TCPConnector(limit=MOST_CONNECTIONS, keepalive_timeout=KEPT_SECONDS)


def _is_sealed(account: Account) -> bool:
    return account.base_url.startswith("https:")


@lru_cache(maxsize=1)
def _tls() -> SSLContext:
    # Reading the certificates takes 20 ms, too long to do for every client.
    return httpx2.create_ssl_context()
