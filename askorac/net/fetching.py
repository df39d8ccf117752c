"""One document of the web, fetched from public addresses within bounds of size and time."""

import asyncio
import ssl
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from .addresses import Network
from .connecting import guarded_connector
from .faults import Forbidden, Unreachable
from .inflating import Body, TooMuch, body_of
from .resolving import LookUp, look_up
from .urls import Target, target_of

_REDIRECTS: Final = {301, 302, 303, 307, 308}
_LONGEST_HEADER: Final = 16_384
_MOST_HEADERS: Final = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """`most_bytes` holds for what arrives and for what it unpacks to, `seconds` for all of it."""

    most_bytes: int = 10_000_000
    seconds: float = 20.0
    most_redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered. `url` is where redirects led; `body` is not compressed.

    `content_type` is in small letters without parameters, `charset` is "" if none was named.
    """

    url: str
    status: int
    content_type: str
    charset: str
    body: bytes
    retry_after: float | None


class Fetcher:
    """Fetches what strangers name.

    The name is resolved once, all its addresses must be public, and the connection goes to one of
    them; again at each redirect. `allow` lets networks through that are not public: for an
    operator's own, and for tests. `look_up` and `tls` replace the machine's resolver and its
    trusted certificates.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        allow: Sequence[Network] = (),
        limits: Limits | None = None,
        look_up: LookUp = look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._allow = tuple(allow)
        self._limits = limits or Limits()
        self._look_up = look_up
        self._tls = tls or ssl.create_default_context()

    async def fetch(self, url: str, *, accept: str = "*/*") -> Fetched:
        """Fetch an address, whatever status it answers with. Raises Forbidden or Unreachable."""
        try:
            async with asyncio.timeout(self._limits.seconds), self._session(accept) as session:
                return await self._follow(session, url)
        except TimeoutError:
            raise Unreachable(
                "too_slow",
                f"The site took longer than {self._limits.seconds:g} seconds to answer. "
                "Try again later.",
                passes=True,
            ) from None

    def _session(self, accept: str) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=guarded_connector(allow=self._allow, look_up=self._look_up),
            headers={
                "User-Agent": self._user_agent,
                "Accept": accept,
                "Accept-Encoding": "gzip",
            },
            timeout=aiohttp.ClientTimeout(),  # one clock for all of it runs in `fetch`
            trust_env=False,
            auto_decompress=False,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
            max_headers=_MOST_HEADERS,
        )

    async def _follow(self, session: aiohttp.ClientSession, url: str) -> Fetched:
        for _ in range(self._limits.most_redirects + 1):
            answer = await self._ask(session, target_of(url, allow=self._allow))
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise Unreachable(
            "too_many_redirects",
            "This address leads from one to another without end. "
            "Give the address at which the page opens.",
        )

    async def _ask(self, session: aiohttp.ClientSession, target: Target) -> Fetched | str:
        """The answer, or the address it leads on to."""
        try:
            async with session.get(
                URL(target.url, encoded=True), allow_redirects=False, ssl=self._tls
            ) as response:
                onward = response.headers.get("Location", "")
                if response.status in _REDIRECTS and onward:
                    return _joined(target.url, onward)
                return await self._read(response, target)
        except aiohttp.ClientConnectorDNSError:
            raise _unconnected() from None
        except (aiohttp.ClientSSLError, ssl.SSLError):
            raise _untrusted() from None
        except aiohttp.ClientConnectorError:
            raise _unconnected() from None
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, EOFError):
            raise _broken_off() from None
        except (aiohttp.ClientError, zlib.error, ValueError):
            raise _garbled() from None

    async def _read(self, response: aiohttp.ClientResponse, target: Target) -> Fetched:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        body = body_of(encoding, most_bytes=self._limits.most_bytes)
        return Fetched(
            url=target.url,
            status=response.status,
            content_type=response.content_type,
            charset=response.charset or "",
            body=await self._whole(response, body),
            retry_after=_seconds(response.headers.get("Retry-After", "")),
        )

    async def _whole(self, response: aiohttp.ClientResponse, body: Body) -> bytes:
        try:
            if (response.content_length or 0) > self._limits.most_bytes:
                raise TooMuch
            async for part in response.content.iter_any():
                body.add(part)
        except TooMuch:
            megabytes = self._limits.most_bytes / 1_000_000
            raise Unreachable(
                "too_large",
                f"What lies at this address is larger than {megabytes:g} MB. "
                "Give the addresses of its parts, or upload it as a file.",
            ) from None
        return body.whole()


def _joined(base: str, onward: str) -> str:
    """Where a redirect leads, joined as text: what it says is checked as any other address."""
    try:
        return urljoin(base, onward.strip())
    except ValueError:
        raise Forbidden(
            "malformed", "This address leads on to one that is none. Give another one."
        ) from None


def _seconds(text: str) -> float | None:
    """The seconds of a Retry-After header; None for none, or a date."""
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def _unconnected() -> Unreachable:
    return Unreachable(
        "no_connection",
        "The site does not answer. Check that the address opens in a browser.",
        passes=True,
    )


def _untrusted() -> Unreachable:
    return Unreachable(
        "certificate",
        "There is no secure connection to this site: its certificate is out of date, or made for "
        "another name. Give another address, or upload the page as a file.",
    )


def _broken_off() -> Unreachable:
    return Unreachable(
        "broken_off",
        "The site broke off in the middle of its answer. Try again later.",
        passes=True,
    )


def _garbled() -> Unreachable:
    return Unreachable(
        "not_http",
        "What answers at this address does not speak as a web site does. "
        "Check that the address opens in a browser.",
    )
