"""Short HTTP exchanges with key services: from any thread, within bounds of time and size.

They run in an event loop in a thread of its own, because the guard on addresses that strangers
name lives in one, and one clock runs there over looking up, connecting and reading. What breaks
inside is returned, not raised: the HTTP library's exceptions hold the headers, and so the token.
"""

import asyncio
import atexit
import os
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any, Final

import aiohttp
from django.conf import settings
from yarl import URL

from askorac.net.addresses import Address, Network, is_within, networks_of
from askorac.net.connecting import guarded_connector
from askorac.net.faults import Forbidden, Unreachable
from askorac.net.resolving import look_up
from askorac.net.urls import target_of
from askorac.sealing import KeysAway

from .base import CALL_SECONDS, CONNECT_SECONDS, READ_SECONDS

MOST_BYTES: Final = 65_536
PORTS: Final = frozenset({443, 8200})
_KEPT_SECONDS: Final = 30.0
_SPARE_SECONDS: Final = 1.0
_LOOPBACK: Final = networks_of("127.0.0.0/8,::1/128")
_EVERYWHERE: Final = networks_of("0.0.0.0/0,::/0")

AWAY: Final = (
    "The key service can't be reached. Start it, or mend the network between it and AskOrac;"
    " nothing is lost."
)
SLOW: Final = "The key service takes too long to answer. Look at how it is; nothing is lost."
UNTRUSTED: Final = (
    "The certificate of the key service is not trusted: it is out of date, made for another name,"
    " or from an authority that is not known here. Renew it; for an authority of your own, whoever"
    " runs AskOrac names its file in SSL_CERT_FILE."
)
NO_TLS: Final = (
    "No secure connection to the key service comes about. Look whether it speaks TLS 1.2 or later"
    " at this port."
)
GARBLED: Final = (
    "What answers at the address of the key service does not speak as one. Check the address,"
    " and what stands between it and AskOrac."
)
PRIVATE: Final = (
    "The address of the key service leads into a private network or to another port than 443 and"
    " 8200. Give one that is open to AskOrac, or have whoever runs it name that network in"
    " ALLOW_PRIVATE_ADDRESSES."
)
IN_CLEAR: Final = (
    "Plain HTTP to a key service stays on this machine, or in a network of"
    " ALLOW_PRIVATE_ADDRESSES. Use https."
)


class Reach(Enum):
    """Where an address may lead."""

    ANYWHERE = auto()
    GUARDED = auto()  # to public addresses, and to networks that the operator lets through
    NEAR = auto()  # to this machine, and to networks that the operator lets through: in clear
    LET_THROUGH = auto()  # to networks that the operator lets through alone: in clear

    @classmethod
    def of(cls, *, in_clear: bool, is_guarded: bool) -> "Reach":
        """The reach of an address; a stranger's, if guarded."""
        if in_clear:
            return cls.LET_THROUGH if is_guarded else cls.NEAR
        return cls.GUARDED if is_guarded else cls.ANYWHERE

    @property
    def is_in_clear(self) -> bool:
        """Whether plain HTTP is spoken, so that no public address will do."""
        return self in {Reach.NEAR, Reach.LET_THROUGH}


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """A request: a token in its headers and a key in its body, shown by nothing."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    reach: Reach


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """What came back, whatever its status; no redirect is followed."""

    status: int
    body: bytes


def exchange(question: Question) -> Reply:
    """The reply to one request, in CALL_SECONDS at most. Raises KeysAway."""
    asked = asyncio.run_coroutine_threadsafe(_bounded(question), _loop())
    try:
        outcome = asked.result(CALL_SECONDS + _SPARE_SECONDS)
    except TimeoutError:
        asked.cancel()
        outcome = KeysAway(SLOW)
    if isinstance(outcome, KeysAway):
        raise outcome
    return outcome


async def _bounded(question: Question) -> Reply | KeysAway:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await _send(question)
    except TimeoutError:
        return KeysAway(SLOW)
    except Forbidden:
        return KeysAway(IN_CLEAR if question.reach.is_in_clear else PRIVATE)
    except aiohttp.ClientConnectorCertificateError:
        return KeysAway(UNTRUSTED)
    except (aiohttp.ClientSSLError, ssl.SSLError):
        return KeysAway(NO_TLS)
    except (aiohttp.ClientConnectionError, Unreachable):
        return KeysAway(AWAY)
    except (aiohttp.ClientError, ValueError, EOFError):
        return KeysAway(GARBLED)


async def _send(question: Question) -> Reply:
    async with _session(question.reach).request(
        question.method,
        URL(checked(question.url, question.reach), encoded=True),
        data=question.body or None,
        headers=question.headers,
        allow_redirects=False,
        ssl=_tls(),
    ) as response:
        return Reply(response.status, await _whole(response))


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > MOST_BYTES:
            raise ValueError("The reply is too long.")
    return bytes(body)


def checked(url: str, reach: Reach) -> str:
    """An address as it is asked, as far as it can be told before its name is looked up.

    Raises Forbidden.
    """
    allow = _let_through(reach)
    target = target_of(url, allow=allow, ports=PORTS)
    if reach.is_in_clear and target.literal is not None:
        _check_near([target.literal], allow)
    return target.url


def _let_through(reach: Reach) -> tuple[Network, ...]:
    if reach is Reach.ANYWHERE:
        return _EVERYWHERE
    near = _LOOPBACK if reach is Reach.NEAR else ()
    return (*settings.ALLOW_PRIVATE_ADDRESSES, *near)


def _check_near(addresses: list[Address], allow: tuple[Network, ...]) -> None:
    if not all(is_within(address, allow) for address in addresses):
        raise Forbidden("address", IN_CLEAR)


_sessions: dict[tuple[Reach, tuple[Network, ...]], aiohttp.ClientSession] = {}


def _session(reach: Reach) -> aiohttp.ClientSession:
    allow = _let_through(reach)
    kept = _sessions.get((reach, allow))
    if kept is None:
        kept = _sessions[reach, allow] = aiohttp.ClientSession(
            connector=_connector(reach, allow),
            headers={"User-Agent": "AskOrac", "Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS),
            trust_env=False,
            auto_decompress=False,
        )
    return kept


def _connector(reach: Reach, allow: tuple[Network, ...]) -> aiohttp.TCPConnector:
    async def find(host: str) -> list[Address]:
        addresses = await look_up(host)
        if reach.is_in_clear:
            _check_near(addresses, allow)
        return addresses

    return guarded_connector(allow=allow, look_up=find, kept_seconds=_KEPT_SECONDS, ports=PORTS)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


_lock = threading.Lock()
_running: asyncio.AbstractEventLoop | None = None
_left_behind: list[Any] = []


def _loop() -> asyncio.AbstractEventLoop:
    global _running
    with _lock:
        if _running is None:
            _running = asyncio.new_event_loop()
            threading.Thread(target=_running.run_forever, name="key-services", daemon=True).start()
        return _running


def _start_anew() -> None:
    """In a forked child. The parent's connections are neither used nor closed: they are shared."""
    global _running, _lock, _sessions
    _left_behind.append((_running, _sessions))
    _running, _lock, _sessions = None, threading.Lock(), {}


@atexit.register
def _close() -> None:
    if _running is None:
        return

    async def close_all() -> None:
        for session in _sessions.values():
            await session.close()

    asyncio.run_coroutine_threadsafe(close_all(), _running).result(_SPARE_SECONDS)
    _running.call_soon_threadsafe(_running.stop)


os.register_at_fork(after_in_child=_start_anew)
